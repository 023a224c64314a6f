"""The base map as vector tiles."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from onecity.web.answers import Json
from onecity.web.asking import TheDesk, TheRegion
from onecity.web.problems import READING
from onecity.web.routes import BASE
from onecity.web.tiles.address import LAST_ZOOM

router = APIRouter(tags=["map"], responses=READING)
MEDIA = "application/vnd.mapbox-vector-tile"
FOREVER = "public, max-age=31536000, immutable"


@router.get(
    "/tiles.json",
    summary="What the tiles hold 底图说明",
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
def tilejson(desk: TheDesk, _: TheRegion) -> Response:
    """Return TileJSON 3.0: addresses, bounds, zooms and layers of the tiles."""
    tiles = desk.tiles
    told: dict[str, Any] = tiles.tilejson(f"{BASE}/tiles/{tiles.hash}/{{z}}/{{x}}/{{y}}")
    return Json(told)


@router.get(
    "/tiles/{hash}/{z}/{x}/{y}",
    summary="A tile 底图瓦片",
    response_class=Response,
    responses={
        200: {
            "description": "A Mapbox Vector Tile 2.1, compressed with gzip",
            "content": {MEDIA: {"schema": {"type": "string", "format": "binary"}}},
        },
        204: {"description": "Nothing lies there"},
    },
)
def tile(
    desk: TheDesk,
    hash: Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="From tiles.json")],  # noqa: A002
    z: Annotated[int, Path(ge=0, le=LAST_ZOOM)],
    x: Annotated[int, Path(ge=0, lt=2**LAST_ZOOM)],
    y: Annotated[int, Path(ge=0, lt=2**LAST_ZOOM)],
) -> Response:
    """Return a tile. Its address changes with the region, so that it may be kept for ever."""
    content = desk.tiles_of(hash).tile(z, x, y)
    headers = {"Cache-Control": FOREVER}
    if not content:
        return Response(status_code=204, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=MEDIA, headers=headers)
