"""What a route may ask for: the desk, the state a request is about, who asks."""

from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Query, Request

from onecity import __version__

from .desk import Desk
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

    The address and the version of the software are part of every tag.
    """
    packed = "gzip" in request.headers.get("accept-encoding", "")
    text = "\n".join(map(str, (*parts, __version__, request.url.path, request.url.query, packed)))
    tag = f'"{sha256(text.encode()).hexdigest()[:32]}"'
    known = {one.strip() for one in request.headers.get("if-none-match", "").split(",")}
    if request.method in {"GET", "HEAD"} and known & {tag, f"W/{tag}"}:
        raise NotModifiedError(tag)
    request.state.tag = tag


def state_of(
    request: Request,
    desk: TheDesk,
    state: Annotated[
        str | None,
        Query(
            max_length=64,
            description="Key of a saved scenario 情景编号; without it the region as it is.",
        ),
    ] = None,
) -> State:
    """Return the state a request asks about; its answer carries an ETag by the state's hash."""
    found = desk.state_of(state)
    tagged(request, found.version, found.hash)
    return found


TheState = Annotated[State, Depends(state_of)]


def current_of(request: Request, desk: TheDesk) -> State:
    """Return the region as it is, for routes that know no scenarios."""
    found = desk.state
    tagged(request, found.version, found.hash)
    return found


TheRegion = Annotated[State, Depends(current_of)]
