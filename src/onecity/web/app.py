"""The service as a whole."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Lifespan

from onecity import __version__
from onecity.identity.clock import Clock, utc_now

from . import problems
from .asking import NotModifiedError
from .description import ABOUT, describe, tags
from .desk import Desk
from .pages import pages_router
from .routes import BASE, routers
from .security import Guard
from .settings import Settings
from .settling import settle

_COOKIE = "onecity-PORT"


def create_app(settings: Settings, *, clock: Clock = utc_now) -> FastAPI:
    """Return the service of a region and a ledger; `app.state.desk` is what its routes share.

    Parameters
    ----------
    settings
        What is served, and how.
    clock
        Tells the time to whatever depends on it: sessions, the trail, the ledger's days.

    Raises
    ------
    MissingError, StoreError
        If the region is not there or cannot be read.
    """
    desk = Desk(settings, clock)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        settle(desk)
        desk.start_hall()
        desk.warm()
        yield
        desk.close()

    app = _api(settings.cookie, life)
    app.state.desk = desk
    app.include_router(pages_router(settings.static, region=desk.has_region))
    problems.install(app)
    app.add_exception_handler(NotModifiedError, _not_modified)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    app.add_middleware(Guard, settings=settings, csrf=desk.csrf)
    return app


def reference() -> dict[str, Any]:
    """Return what the API says of itself (OpenAPI), without serving anything."""
    return _api(_COOKIE, None).openapi()


def _api(cookie: str, life: Lifespan[FastAPI] | None) -> FastAPI:
    """Return all routes of the API, and their description."""
    app = FastAPI(
        title="OneCity 九城就是一城",
        description=ABOUT,
        openapi_tags=tags(),
        version=__version__,
        openapi_url=f"{BASE}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=life,
    )
    for router in routers():
        app.include_router(router, prefix=BASE)
    describe(app, cookie)
    return app


async def _not_modified(_: Request, error: Exception) -> Response:
    assert isinstance(error, NotModifiedError)  # noqa: S101
    return Response(status_code=304, headers={"ETag": error.tag, "Cache-Control": "no-cache"})
