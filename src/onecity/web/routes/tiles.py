"""The base map as vector tiles."""

from math import log2
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from onecity.web.answers import Json
from onecity.web.asking import TheDesk, TheRegion
from onecity.web.desk import Desk
from onecity.web.problems import READING
from onecity.web.routes import BASE
from onecity.web.tiles.address import LAST_ZOOM, PIXELS, world

router = APIRouter(tags=["map"], responses=READING)
MEDIA = "application/vnd.mapbox-vector-tile"
FOREVER = "public, max-age=31536000, immutable"
WARM = 1
_WIDE, _HIGH = 1440 / PIXELS, 900 / PIXELS
"""A window, in tiles."""


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


def warm(desk: Desk) -> None:
    """Make ready what the first tile waits for, then the tiles of the first view."""
    tiles = desk.tiles
    tiles.prepare()
    west, south, east, north = map(float, desk.region.table("cities").total_bounds)
    for z, x, y in first_view(west, south, east, north):
        tiles.tile(z, x, y)


def first_view(west: float, south: float, east: float, north: float) -> list[tuple[int, int, int]]:
    """Return the tiles of a wide window in which a box of degrees is as large as it fits."""
    (left, top), (right, bottom) = world([west, east], [north, south])
    side = max((right - left) / _WIDE, (bottom - top) / _HIGH, 2.0**-LAST_ZOOM)
    z = max(int(-log2(side)), 0)
    x, y = (left + right) / 2, (top + bottom) / 2
    columns, rows = (
        range(max(int((at - half) * 2**z), 0), min(int((at + half) * 2**z) + 1, 2**z))
        for at, half in ((x, side * _WIDE / 2), (y, side * _HIGH / 2))
    )
    return [(z, column, row) for column in columns for row in rows]
