"""Somebody who asks a node over HTTP, as their browser would."""

from contextlib import suppress
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

import httpx

from onecity.core.errors import InputError

from .making import Login

_PATH = "/api/v1"
_WAIT_S, _PAUSE_S, _PATIENCE_S = 30.0, 0.1, 20.0


class RefusedError(InputError):
    """A node took something not."""

    @property
    def status(self) -> int:
        """What it answered."""
        return int(str(self.values["status"]))


class Asking:
    """Somebody who asks a node; `title` is what they are called where they are refused."""

    def __init__(self, client: httpx.Client, title: str, url: str = "", key: str = "") -> None:
        self.title = title
        self._client, self._base = client, url
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def plain(self, method: str, path: str, **more: Any) -> Any:
        """Return what is answered, as JSON; None where nothing is.

        Raises
        ------
        RefusedError
            It is refused; what was said is told.
        """
        headers = {**self._headers, **more.pop("headers", {})}
        answer = self._client.request(method, f"{self._base}{path}", headers=headers, **more)
        if answer.is_error:
            raise RefusedError(
                "hall_demo.refused",
                who=self.title,
                path=f"{method} {path}",
                status=answer.status_code,
                reason=answer.text[:500],
            )
        return answer.json() if answer.content else None

    def get(self, path: str, **params: Any) -> Any:
        """Return what somebody reads of the hall."""
        return self.plain("GET", f"{_PATH}/hall/{path}", params=params)

    def put(self, path: str, body: Any) -> Any:
        """Change something of the hall."""
        return self.plain("PUT", f"{_PATH}/hall/{path}", json=body)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """Do something at the hall."""
        return self.plain("POST", f"{_PATH}/hall/{path}", json=body, **more)

    def hand(self, path: str, name: str, filename: str, content: bytes) -> Any:
        """Give a file for a slot of a form."""
        files = {"file": (filename, content)}
        return self.plain("POST", f"{_PATH}/hall/{path}", data={"name": name}, files=files)


class Asker(Asking):
    """Somebody who logs in at a node by their password."""

    def __init__(self, url: str, login: Login) -> None:
        self.login = login
        client = httpx.Client(
            base_url=url, headers={"Origin": url}, timeout=_WAIT_S, trust_env=False
        )
        super().__init__(client, login.title)
        guest = self.plain("GET", f"{_PATH}/session")
        self._client.headers["X-CSRF-Token"] = guest["csrf"]
        given = {"name": login.name, "password": login.password}
        known = self.plain("POST", f"{_PATH}/session", json=given)
        self._client.headers["X-CSRF-Token"] = known["csrf"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        with suppress(httpx.HTTPError):
            if kind is None:
                self.plain("DELETE", f"{_PATH}/session")
        self._client.close()


def client_for(count: int) -> httpx.Client:
    """Return what asks nodes for so many at once, by keys."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=count)
    return httpx.Client(timeout=_WAIT_S, trust_env=False, limits=limits)


def awaited(what: str, look: Any) -> Any:
    """Return what `look` finds, once it finds something: nodes take a moment to tell each other.

    Raises
    ------
    InputError
        Nothing was found for twenty seconds.
    """
    end, said = monotonic() + _PATIENCE_S, InputError("hall_demo.nothing")
    while monotonic() < end:
        try:
            if found := look():
                return found
        except InputError as error:  # as of a case that has not come yet
            said = error
        sleep(_PAUSE_S)
    raise InputError("hall_demo.waited", what=what, seconds=_PATIENCE_S, reason=said) from said
