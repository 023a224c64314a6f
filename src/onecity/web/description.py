"""What the API says of itself: OpenAPI, completed where FastAPI does not know."""

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from .problems import Problem
from .security import HEADER, SAFE

if TYPE_CHECKING:
    from collections.abc import Callable

ABOUT = """\
全域一张图与台账的数据接口：图层、指标、情景、填报与版本，事项、单位、会议与报告。
所有给人看的文字都中英对照（`{"zh": "…", "en": "…"}`）；不存在的数为 `null`，绝不为 0。

The API of the one map and of the ledger: layers, figures, scenarios, data intake, versions; items,
units, meetings, reports.
Words for people come in Chinese and English side by side (`{"zh": "…", "en": "…"}`); a figure that
does not exist is `null`, never zero.

* **Errors** are `application/problem+json` (RFC 9457), in both languages.
* **ETag**: answers about the region carry one; send it back as `If-None-Match` and get 304.
* **Changes** (POST, PUT, PATCH, DELETE) from a browser carry the header `X-CSRF-Token`, its value
  from `GET /session`, and an `Origin` that is this service. A program sends
  `Authorization: Bearer KEY` instead.
* **Items of the ledger** are changed with `If-Match`, the version that was seen: 428 without
  it, 412 if somebody was faster.
* **Where others can reach the service** anybody may look at the map and analyse;
  changes need a login, and so does the ledger.
* **503** with `Retry-After`: the service has as much to compute as it takes on at once.
"""
TAGS = (
    ("service", "服务", "Whether the service answers."),
    ("session", "会话与登录", "Who asks, login and logout."),
    ("region", "城市圈", "What the region is and holds."),
    ("map", "底图", "The base map as vector tiles."),
    ("layers", "图层", "What the map draws, with its figures."),
    ("cards", "卡片", "All that is known of one place."),
    ("search", "查找", "Places by name, pinyin, code or position."),
    ("times", "出行时间", "Times between places."),
    ("analysis", "分析", "Times, paths, what-ifs, proposals."),
    ("scenarios", "情景", "Saved what-ifs."),
    ("dossiers", "一页说明", "Dossiers and the report, to print or to edit."),
    ("exports", "导出", "Figures as files."),
    ("data", "数据填报与版本", "Workbooks taken in, versions, the way back."),
    ("ledger", "台账", "Whose task, by when, how far: items, units, meetings, reports."),
    ("hall", "通办", "Items, applications, cases, and the exchange between nodes."),
    ("accounts", "账号与授权", "Who may log in, and what they may do."),
    ("trail", "操作记录", "Who changed what, when."),
    ("jobs", "后台任务", "Long computations."),
)
_WORD = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "From `GET /session`; not needed by a program that shows a key",
    "schema": {"type": "string", "maxLength": 200},
}
_SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key of a program 访问密钥"},
    "session": {"type": "apiKey", "in": "cookie", "name": "onecity", "description": "Login 登录"},
}


def describe(app: FastAPI, cookie: str) -> None:
    """Let the service's own description say what holds for all routes.

    Parameters
    ----------
    app
        The service, all routes included.
    cookie
        Name of the cookie that keeps a login.
    """
    plain: Callable[[], dict[str, Any]] = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(plain(), cookie)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _completed(told: dict[str, Any], cookie: str) -> dict[str, Any]:
    parts = told.setdefault("components", {})
    _, problems = models_json_schema(
        [(Problem, "serialization")], ref_template="#/components/schemas/{model}"
    )
    parts["schemas"] = {**parts.get("schemas", {}), **problems["$defs"]}
    session = {**_SCHEMES["session"], "name": cookie}
    parts["securitySchemes"] = {**_SCHEMES, "session": session}
    for path in told["paths"].values():
        for method, operation in path.items():
            if method.upper() not in SAFE:
                operation.setdefault("parameters", []).append(_WORD)
            for answer in operation["responses"].values():
                if answer["description"] == "Successful Response":
                    answer["description"] = "OK"
    return told


def tags() -> list[dict[str, str]]:
    """Return what OpenAPI says of each group of routes."""
    return [{"name": name, "description": f"{zh}. {en}"} for name, zh, en in TAGS]
