"""Every failure as one kind of answer, in both languages."""

from collections.abc import Callable
from typing import Annotated, Literal, get_args

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core.core_schema import ErrorType

from onecity import __version__
from onecity.core.errors import InputError, MissingError, OneCityError, RangeError, StoreError
from onecity.core.words import chapter
from onecity.identity import ForbiddenError, LoginError
from onecity.web.jobs import StoppedError
from onecity.web.problems import RefusalError, install, status_of
from onecity.web.slots import BusyError


def test_the_service_answers(service: TestClient) -> None:
    answer = service.get("/api/v1/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "version": __version__}


def test_an_unknown_address_is_told_in_both_languages(service: TestClient) -> None:
    answer = service.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == 404
    assert told["title"] == {"zh": "找不到", "en": "Not found"}
    assert told["instance"] == "/api/v1/nothing"


@pytest.mark.parametrize("name", [one for one in chapter("web") if one.startswith("fault_")])
def test_every_fault_is_one_that_a_value_can_have(name: str) -> None:
    assert name.removeprefix("fault_") in get_args(ErrorType)


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")
    a: Annotated[int, Field(ge=2, lt=9)]
    b: Annotated[str, Field(min_length=2, max_length=3, pattern="^a")] = "ab"
    c: Literal["x", "y"] = "x"
    d: Annotated[list[float], Field(min_length=1, max_length=2)] = [1.0]
    e: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 1.0
    f: bool = True


@pytest.mark.parametrize(
    ("given", "where", "zh", "en"),
    [
        ({}, "a", "缺少这一项。", "This is missing."),
        ({"a": 1}, "a", "不能小于 2。", "This cannot be below 2."),
        ({"a": 9}, "a", "应小于 9。", "This should be below 9."),
        ({"a": "x"}, "a", "应为整数。", "This should be a whole number."),
        ({"a": 2.5}, "a", "应为整数。", "This should be a whole number."),
        ({"a": 3, "z": 1}, "z", "没有这一项，请删去。",
         "There is no such thing here: leave it out."),
        ({"a": 3, "b": "a"}, "b", "太短，至少 2 个字符。", "Too short: at least 2 character(s)."),
        ({"a": 3, "b": "abcd"}, "b", "太长，最多 3 个字符。", "Too long: at most 3 characters."),
        ({"a": 3, "b": "bb"}, "b", "写法不对，应符合 ^a。", "Not spelled as it should be: ^a."),
        ({"a": 3, "b": 1}, "b", "应为文字。", "This should be text."),
        ({"a": 3, "c": "z"}, "c", "应为 'x' or 'y' 之一。", "This should be 'x' or 'y'."),
        ({"a": 3, "d": []}, "d", "应至少有 1 项，现有 0 项。",
         "At least 1 item(s) are needed; there are 0."),
        ({"a": 3, "d": 1}, "d", "应为列表。", "This should be a list."),
        ({"a": 3, "d": ["x"]}, "d.0", "应为数字。", "This should be a number."),
        ({"a": 3, "e": 0}, "e", "应大于 0。", "This should be above 0."),
        ({"a": 3, "e": "inf"}, "e", "应为有限的数字。", "This should be a finite number."),
        ({"a": 3, "f": "x"}, "f", "应为 true 或 false。", "This should be true or false."),
        ([], "", "应为 JSON 对象。", "This should be a JSON object."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_value_is_told_in_both_languages(
    given: object, where: str, zh: str, en: str
) -> None:
    app = FastAPI()
    install(app)

    @app.post("/")
    def take(given: Given) -> None:
        """Take it."""

    answer = TestClient(app).post("/", json=given)
    assert answer.status_code == 422
    told = answer.json()
    assert told["detail"]["zh"].startswith("请求中有 1 处不符合要求")
    assert told["where"] == told["errors"][0]["where"]
    assert told["errors"] == [
        {"where": ".".join(filter(None, ("body", where))), "text": {"zh": zh, "en": en}}
    ]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("web.busy"), 422),
        (MissingError("web.busy"), 404),
        (RangeError("web.busy"), 400),
        (StoreError("web.busy"), 500),
        (BusyError("web.busy"), 503),
        (ForbiddenError("web.busy"), 403),
        (LoginError("web.busy"), 401),
        (LoginError("web.busy", seconds=7), 429),
        (StoppedError("web.busy"), 500),
        (RefusalError(418, "web.busy"), 418),
    ],
)
def test_every_error_has_its_status(error: OneCityError, status: int) -> None:
    assert status_of(error) == status


def test_where_files_lie_is_nothing_for_visitors(
    serve: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreError("core.not_written", path="/secret/place", reason="disk full")

    monkeypatch.setattr("onecity.web.routes.strands.strands", fail)
    for login, shown in ((False, True), (True, False)):
        answer = serve(login=login).get("/api/v1/strands")
        assert answer.status_code == 500
        assert ("/secret/place" in answer.text) is shown
