"""The seam to a platform above the nodes, such as a province's: evidence from it, reports to it.

A platform speaks formats of its own. An adapter turns what a node says into them; everything else
is as between nodes: what is told stands in the outbox, in the transaction of what it tells of, is
sent until it is taken, in order for each case, and a platform that is down holds up nobody.

`HttpPlatform` is for platforms, or gateways before them, that take signed JSON. For another one,
write a class with the methods of `Platform` and give it to `Mail.connect`.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import httpx

from onecity.core.errors import InputError
from onecity.hall.wire import canonical, sign_request

from .mail.hosts import believed_hosts
from .mail.received import NotYetError, Told

if TYPE_CHECKING:
    from .node import Node

FILE = "platform.toml"
"""Name of its settings in a node's folder."""
_MEDIA = "application/json"
_LARGEST = 4_000_000
_OK, _BAD_REQUEST, _UNPROCESSABLE = 200, 400, 422


class Platform(Protocol):
    """What a node needs of a platform.

    Attributes
    ----------
    code
        What it is called among the node's peers; no node may have the same.
    documents
        Codes of the documents that it can give.
    reports
        Whether it is told how cases go.
    """

    code: str
    documents: frozenset[str]
    reports: bool

    def tell(self, told: Told) -> Mapping[str, Any]:
        """Tell it something and return its answer.

        To an ``evidence_wanted`` that is ``{"found": bool, "department", "fields", "labels"}``; to
        a ``report`` it does not matter.

        Raises
        ------
        NotYetError
            It cannot be reached, or is not ready: it is told again later.
        InputError
            It will not take it, now or later.
        """
        ...

    def close(self) -> None:
        """Let go of connections; what is told afterwards opens new ones."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a platform that takes signed JSON: the file ``platform.toml``.

    Each thing is posted to ``url/<kind>``, signed as requests between nodes are, with its id as
    ``Idempotency-Key``.
    """

    code: str
    url: str
    documents: tuple[str, ...] = ()
    reports: bool = True
    timeout_s: float = 30.0

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Read the settings of a node's folder; None where it has no platform.

        Raises
        ------
        InputError
            They are not fit.
        """
        file = folder / FILE
        if not file.is_file():
            return None
        try:
            record = tomllib.loads(file.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError("hall_mail.bad_platform", path=str(file), reason=error) from error
        unknown = sorted(set(record) - {one.name for one in fields(cls)})
        if unknown:
            raise InputError("hall_mail.bad_platform", path=str(file), reason=", ".join(unknown))
        documents, timeout = record.get("documents", []), record.get("timeout_s", 30.0)
        fits = (
            all(isinstance(record.get(name), str) and record[name] for name in ("code", "url"))
            and isinstance(documents, list)
            and all(isinstance(one, str) for one in documents)
            and isinstance(record.get("reports", True), bool)
            and isinstance(timeout, int | float)
            and timeout > 0
        )
        if not fits:
            reason = "code, url, documents, reports, timeout_s"
            raise InputError("hall_mail.bad_platform", path=str(file), reason=reason)
        return cls(**{**record, "documents": tuple(documents)})


class HttpPlatform:
    """A platform that takes signed JSON over HTTP."""

    def __init__(self, node: "Node", settings: Settings) -> None:
        self._node, self._settings = node, settings
        self.code, self.reports = settings.code, settings.reports
        self.documents = frozenset(settings.documents)
        self._client = self._connected()

    def _connected(self) -> httpx.Client:
        return httpx.Client(
            timeout=self._settings.timeout_s, trust_env=False, verify=believed_hosts()
        )

    def tell(self, told: Told) -> Mapping[str, Any]:
        """Tell it something and return its answer; see `Platform.tell`."""
        if self._client.is_closed:
            self._client = self._connected()
        now = self._node.office.clock()
        url = f"{self._settings.url.rstrip('/')}/{told.kind}"
        body = canonical(
            {
                "id": told.id,
                "node": self._node.code,
                "case": told.case,
                "seq": told.seq,
                "at": told.at,
                "purpose": told.purpose,
                "body": dict(told.body),
            }
        )
        headers = sign_request(
            self._node.keys.current(now), "POST", url, {"Content-Type": _MEDIA}, body, at=now
        )
        try:
            answer = self._client.post(
                url, content=body, headers={**headers, "Idempotency-Key": told.id}
            )
        except httpx.HTTPError as error:
            raise NotYetError("hall_mail.unreachable") from error
        if answer.status_code in {_BAD_REQUEST, _UNPROCESSABLE}:
            raise InputError("hall_mail.platform_refused")
        if answer.status_code != _OK or len(answer.content) > _LARGEST:
            raise NotYetError("hall_mail.takes_nothing")
        try:
            given = json.loads(answer.content)
        except ValueError as error:
            raise NotYetError("hall_mail.no_answer") from error
        if not isinstance(given, dict):
            raise NotYetError("hall_mail.no_answer")
        return given

    def close(self) -> None:
        """Close the connection; see `Platform.close`."""
        self._client.close()
