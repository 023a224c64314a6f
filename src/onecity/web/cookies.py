"""The cookie that keeps a login."""

from starlette.responses import Response

from onecity.identity import Login

from .desk import Desk


def keep_session(response: Response, desk: Desk, login: Login, *, secure: bool) -> None:
    """Let the browser keep a session as long as it lasts; no script can read it."""
    lasts = login.session.ends - login.session.created
    response.set_cookie(
        desk.settings.cookie,
        login.token,
        max_age=int(lasts.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=secure,
    )


def drop_session(response: Response, desk: Desk) -> None:
    """Take the cookie away."""
    response.delete_cookie(desk.settings.cookie, httponly=True, samesite="strict")
