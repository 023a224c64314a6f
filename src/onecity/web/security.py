"""What stands between the service and the world: hosts, origins, sizes, headers.

Browsers let any page send requests anywhere. So the service answers only to its own names (a
page elsewhere could else reach it through a name of its own that points here, DNS rebinding),
and takes changes only from its own pages: the address they come from is told by the browser
(``Origin``), and they carry a word that only they can read (``X-CSRF-Token``).
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from hashlib import sha256
from ipaddress import ip_address

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onecity.identity import is_loopback

from .problems import RefusalError, failure, unknown
from .settings import Settings

HEADER = "X-CSRF-Token"
BEARER = "Bearer "
"""How programs show their key."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
UPLOADS = (
    *("/intakes", "/scenarios/file", "/attachments", "/minutes/file", "/document"),
    "/hall/applications",
)
"""Ends of addresses that files are sent to."""
EXCHANGE = "/api/v1/hall/exchange"
"""Where other nodes send to: what they sign is looked at there, and nothing else is taken."""
_OF_CASES = re.compile(r"/api/v1/hall/(drafts|mine)/[^/]+/files")

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]*)?")
_POLICY = (
    "default-src 'self'",
    "worker-src 'self' blob:",
    "img-src 'self' data: blob:",
    "style-src 'self' 'unsafe-inline'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "; ".join(_POLICY),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
"""What every answer says, unless its route says otherwise."""


class Csrf:
    """The words that pages carry to show that they are ours: one for each session."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def of(self, session: str | None) -> str:
        """Return the word of a session; None where nobody is logged in."""
        return hmac.new(self._secret, (session or "").encode(), sha256).hexdigest()

    def is_of(self, word: str, session: str | None) -> bool:
        """Whether a word is that of a session."""
        return hmac.compare_digest(word.encode(), self.of(session).encode())


class Guard:
    """Refuses what no route should see, and gives every answer its headers."""

    def __init__(self, app: ASGIApp, settings: Settings, csrf: Csrf) -> None:
        self._app = app
        self._settings = settings
        self._csrf = csrf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        answer = _with_headers(scope, send)
        try:
            self._check(request)
        except (RefusalError, HTTPException) as error:
            await failure(request, error)(scope, receive, answer)
            return
        await self._pass_on(request, receive, answer)

    async def _pass_on(self, request: Request, receive: Receive, answer: Send) -> None:
        """Let the service answer; what nobody foresaw becomes an answer too, without internals."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await answer(message)

        try:
            await self._app(request.scope, _bounded(receive, self._most(request)), noted)
        except Exception as error:
            if begun:
                raise
            await unknown(request, error)(request.scope, receive, answer)

    def _check(self, request: Request) -> None:
        host = request.headers.get("host", "")
        if not self._knows(host):
            raise RefusalError(421, "web.wrong_host", given=host)
        if request.method not in SAFE and not _is_exchange(request):
            self._check_change(request, host)
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._most(request):
            raise HTTPException(413)

    def _knows(self, host: str) -> bool:
        """Whether a ``Host`` is a name of this service; a number is no name that could be bent."""
        parts = _HOST.fullmatch(host)
        name = parts[1].casefold() if parts else ""
        if is_loopback(name) or name in {self._settings.host, *self._settings.names}:
            return True
        return not is_loopback(self._settings.host) and _is_number(name)

    def _check_change(self, request: Request, host: str) -> None:
        """Refuse a change that a page elsewhere may have sent.

        Programs that show a key of their own (``Authorization``) are no browsers.
        """
        if request.headers.get("authorization", "").startswith(BEARER):
            return
        scheme, _, place = request.headers.get("origin", "").casefold().partition("://")
        if scheme not in {"http", "https"} or place != host.casefold():
            raise RefusalError(403, "web.wrong_origin")
        session = request.cookies.get(self._settings.cookie)
        if not self._csrf.is_of(request.headers.get(HEADER, ""), session):
            raise RefusalError(403, "web.wrong_csrf")

    def _most(self, request: Request) -> int:
        limits, path = self._settings.limits, request.url.path
        if _is_exchange(request):
            return limits.exchange_bytes
        ends = path.endswith(UPLOADS) or _OF_CASES.fullmatch(path) is not None
        return limits.upload_bytes if ends and request.method == "POST" else limits.body_bytes


def _is_exchange(request: Request) -> bool:
    return request.method == "POST" and request.url.path == EXCHANGE


def _is_number(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _bounded(receive: Receive, most: int) -> Receive:
    """Return `receive` that ends the request once its body is larger than `most` bytes."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(413)
        return message

    return counted


def _with_headers(scope: Scope, send: Send) -> Send:
    """Return `send` that adds the headers of every answer, and the tag of this one."""
    state = scope.setdefault("state", {})

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            tag = state.get("tag")
            if tag and message["status"] == 200:
                headers.setdefault("ETag", tag)
                headers.setdefault("Cache-Control", "no-cache")
            elif scope["path"].startswith("/api/"):
                headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return answer
