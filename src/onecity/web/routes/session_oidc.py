"""Login by an office's own provider: the browser goes there and comes back."""

from dataclasses import dataclass
from html import escape
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from onecity.core.words import LANGUAGES, say
from onecity.identity import Login, LoginError
from onecity.web.asking import Anyone, Asker, TheDesk
from onecity.web.cookies import keep_session
from onecity.web.desk import Desk
from onecity.web.oidc import MINUTES, SignIn
from onecity.web.problems import READING, RefusalError, documented
from onecity.web.routes import BASE

router = APIRouter(tags=["session"], responses=READING | documented(401))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider sends along with the browser."""

    code: str
    state: str
    error: str
    iss: str


START = "/session/oidc"
_BACK = "/session/oidc/back"
_LONGEST = 4000

Given = Annotated[str, Query(max_length=_LONGEST)]


@router.get(
    START,
    summary="Log in by a provider 统一身份登录",
    status_code=303,
    response_class=RedirectResponse,
)
def start(request: Request, desk: TheDesk) -> Response:
    """Send the browser to the provider."""
    try:
        begun = _offered(desk).begin(_address(request, desk))
    except LoginError as refused:
        return _page(refused)
    answer = RedirectResponse(begun.address, status_code=303)
    answer.set_cookie(
        _cookie(desk),
        begun.kept,
        max_age=MINUTES * 60,
        httponly=True,
        # Sent along when the provider sends the browser back.
        samesite="lax",
        secure=_address(request, desk).startswith("https:"),
        path=f"{BASE}{START}",
    )
    return answer


@router.get(
    _BACK,
    summary="Come back from the provider 统一身份登录返回",
    status_code=303,
    response_class=RedirectResponse,
)
def back(
    request: Request,
    desk: TheDesk,
    asker: Anyone,
    code: Given = "",
    state: Given = "",
    error: Given = "",
    iss: Given = "",
) -> Response:
    """Log in whom the provider vouches for, and show them the page."""
    try:
        login = _login(request, desk, asker, Answer(code, state, error, iss))
    except LoginError as refused:  # somebody reads this, no program
        return _page(refused)
    answer = RedirectResponse("/", status_code=303)
    keep_session(answer, desk, login, secure=_address(request, desk).startswith("https:"))
    answer.delete_cookie(_cookie(desk), path=f"{BASE}{START}")
    return answer


def _login(request: Request, desk: Desk, asker: Asker, given: Answer) -> Login:
    """Begin the session of whom the provider vouches for."""
    sign_in = _offered(desk)
    if given.error:
        raise LoginError("logins.refused", reason=given.error[:100])
    if given.iss and given.iss.rstrip("/") != sign_in.provider.issuer:  # RFC 9207
        raise LoginError("logins.not_believed")
    kept = request.cookies.get(_cookie(desk), "")
    found = sign_in.finish(kept, _address(request, desk), code=given.code, state=given.state)
    return desk.office.login_by(found.issuer, found.subject, found.name, address=asker.address)


def _page(refused: LoginError) -> HTMLResponse:
    """Return a page that says why nobody was logged in, and leads back."""
    lines = "".join(f'<p lang="{one}">{escape(refused.text(one))}</p>' for one in LANGUAGES)
    home = "".join(
        f'<span lang="{one}">{escape(say("logins.back", one))}</span> ' for one in LANGUAGES
    )
    text = (
        f'<!doctype html><meta charset="utf-8"><title>OneCity</title>{lines}<a href="/">{home}</a>'
    )
    return HTMLResponse(text, status_code=401)


def _offered(desk: Desk) -> SignIn:
    found = desk.sign_in
    if found is None:
        raise RefusalError(404, "logins.not_offered")
    return found


def _address(request: Request, desk: Desk) -> str:
    """Return the address that the provider sends the browser back to."""
    provider = _offered(desk).provider
    base = provider.address or str(request.base_url).rstrip("/")
    return f"{base}{BASE}{_BACK}"


def _cookie(desk: Desk) -> str:
    return f"{desk.settings.cookie}-login"
