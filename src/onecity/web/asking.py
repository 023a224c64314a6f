"""What a route may ask for: the desk, the state a request is about, who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Query, Request

from onecity.core.code import code_hash
from onecity.identity import Actor, ForbiddenError, Via

from .desk import Desk
from .problems import RefusalError
from .security import BEARER
from .state import State


class NotModifiedError(Exception):
    """The asker holds this answer already."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def desk_of(request: Request) -> Desk:
    """Return what all routes share."""
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(desk_of)]


def tagged(request: Request, *parts: object) -> None:
    """Give the answer an ETag made of what it depends on; stop here if the asker holds it.

    The address and the software are part of every tag.
    """
    packed = "gzip" in request.headers.get("accept-encoding", "")
    text = "\n".join(map(str, (*parts, code_hash(), request.url.path, request.url.query, packed)))
    tag = f'"{sha256(text.encode()).hexdigest()[:32]}"'
    known = {one.strip() for one in request.headers.get("if-none-match", "").split(",")}
    if request.method in {"GET", "HEAD"} and known & {tag, f"W/{tag}"}:
        raise NotModifiedError(tag)
    request.state.tag = tag


def named_state(
    desk: TheDesk,
    state: Annotated[
        str | None,
        Query(
            max_length=64,
            pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
            description="Key of a saved scenario 情景编号; without it the region as it is.",
        ),
    ] = None,
) -> State:
    """Return the state a request asks about."""
    return desk.state_of(state)


PlainState = Annotated[State, Depends(named_state)]
"""For answers that depend on more than the state: they are `tagged` by their route, if at all."""


def state_of(request: Request, state: PlainState) -> State:
    """Return the state a request asks about; its answer carries an ETag by the state's hash."""
    tagged(request, state.version, state.hash)
    return state


TheState = Annotated[State, Depends(state_of)]


def current_of(request: Request, desk: TheDesk) -> State:
    """Return the region as it is, for routes that know no scenarios."""
    found = desk.state
    tagged(request, found.version, found.hash)
    return found


TheRegion = Annotated[State, Depends(current_of)]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and from where.

    `token` is that of the session, from the cookie; None where there is none.
    """

    actor: Actor
    address: str
    token: str | None = None

    @property
    def name(self) -> str:
        """The name of the account."""
        return self.actor.name


def asker_of(request: Request, desk: TheDesk) -> Asker:
    """Return who asks: everybody is the local user where no account is needed.

    Raises
    ------
    RefusalError
        If a program shows a key that is nobody's: it should hear of it, not be a guest.
    """
    address = request.client.host if request.client else ""
    if not desk.settings.login:
        return Asker(Actor.local(), address)
    shown = request.headers.get("authorization", "")
    if shown.startswith(BEARER):
        actor = desk.office.recognise(shown.removeprefix(BEARER).strip())
        if actor is None or actor.via is Via.SESSION:
            raise unauthorised("web.wrong_key")
        return Asker(actor, address)
    token = request.cookies.get(desk.settings.cookie)
    return Asker(desk.office.actor(token), address, token)


def known_of(asker: Annotated[Asker, Depends(asker_of)]) -> Asker:
    """Return who asks, if they have logged in.

    Raises
    ------
    RefusalError
        If they have not.
    """
    if asker.actor.via is Via.GUEST:
        raise unauthorised("web.login_first")
    return asker


def needs(permission: str) -> Callable[[Asker, Desk], Asker]:
    """Return a dependency that gives who asks, if they may do what `permission` names.

    What anybody may, whoever has logged in may too, with a role in one city alone or with none.
    """

    def allowed(asker: Anyone, desk: TheDesk) -> Asker:
        if desk.rules.may(Actor.guest(), permission):
            return asker
        try:
            desk.rules.require(asker.actor, permission)
        except ForbiddenError as error:
            if asker.actor.via is Via.GUEST:
                raise unauthorised("web.login_first") from error
            raise
        return asker

    return allowed


def unauthorised(key: str) -> RefusalError:
    """Return the refusal of somebody who has to show who they are."""
    error = RefusalError(401, key)
    error.headers["WWW-Authenticate"] = BEARER.strip()
    return error


Anyone = Annotated[Asker, Depends(asker_of)]
Known = Annotated[Asker, Depends(known_of)]
Analyst = Annotated[Asker, Depends(needs("analyse"))]
Planner = Annotated[Asker, Depends(needs("scenario.write"))]
Editor = Annotated[Asker, Depends(needs("data.write"))]
Auditor = Annotated[Asker, Depends(needs("trail.read"))]
