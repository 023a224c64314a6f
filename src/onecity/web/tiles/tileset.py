"""The tiles of a region, made when they are asked for and kept."""

import json
import zlib
from hashlib import sha256
from typing import Any, Self

import shapely

from onecity.core.code import code_hash
from onecity.region.store import Region
from onecity.web.once import Once

from .address import LAST_ZOOM, MOST_LATITUDE, Tile, degrees
from .ground import LAYERS
from .layer import Layer
from .store import Disk, Memory, forget_all_but

MEMORY_BYTES = 64 * 2**20
DISK_BYTES = 512 * 2**20
FOLDER = ".cache"
"""Folder in the region's own where tiles are kept. It may be deleted at any time."""
PREFIX = "tiles-"
ABOUT = "about.json"
"""File beside the tiles with what is known of all of them."""
STATES = 8
"""States of a region whose tiles are kept on disk."""
LEVEL = 5
"""Of compression."""
_GZIP = 16 + zlib.MAX_WBITS
_IN_FLIGHT = 4096


class TileSet:
    """All tiles of a region: Mapbox Vector Tiles 2.1, compressed with gzip.

    A tile carries all layers of the base map (see `onecity.web.tiles.ground`). May be asked from
    many threads: what two ask for at once is made once. Made by `of`.
    """

    def __init__(self, region: Region, memory: Memory, disk: Disk | None) -> None:
        self._region = region
        self._memory = memory
        self._disk = disk
        self._layers = Once(len(LAYERS))
        self._making = Once(_IN_FLIGHT)
        self.hash = _hash(region)

    @classmethod
    def of(
        cls, region: Region, *, memory_bytes: int = MEMORY_BYTES, disk_bytes: int = DISK_BYTES
    ) -> Self:
        """Return the tiles of a region; nothing is read or made before one is asked for.

        Parameters
        ----------
        region
            Tiles of one that lies in a folder are kept on disk there.
        memory_bytes, disk_bytes
            How much is kept in memory and on disk at most; 0 for nothing.
        """
        disk = None
        if region.path is not None and disk_bytes:
            name = f"{PREFIX}{_hash(region)[:24]}"
            forget_all_but(region.path / FOLDER, PREFIX, STATES, name)
            disk = Disk(region.path / FOLDER / name, disk_bytes)
        return cls(region, Memory(memory_bytes), disk)

    def tile(self, z: int, x: int, y: int) -> bytes:
        """Return a tile, compressed; b"" where nothing lies.

        Raises
        ------
        RangeError
            There is no such tile.
        """
        tile = Tile.at(z, x, y)
        found = self._memory.get(tile)
        if found is not None:
            return found
        try:
            return self._making.get(tile, lambda: self._found_or_made(tile))
        finally:
            self._making.forget(tile)

    def tilejson(self, url_template: str) -> dict[str, Any]:
        """Return what a map needs to know of the tiles (TileJSON 3.0).

        Parameters
        ----------
        url_template
            Address of tiles, with ``{z}``, ``{x}`` and ``{y}`` in it.
        """
        kept = self._disk.get(ABOUT) if self._disk else None
        about: dict[str, Any] = json.loads(kept) if kept else self._about()
        if self._disk and not kept:
            self._disk.put(ABOUT, json.dumps(about).encode())
        return {
            "tilejson": "3.0.0",
            "name": self._region.manifest.title_zh,
            "scheme": "xyz",
            "tiles": [url_template],
            "minzoom": 0,
            "maxzoom": LAST_ZOOM,
            **about,
        }

    def prepare(self) -> None:
        """Make ready what the first tile would wait for: tables, shapes, compiled code."""
        for name in LAYERS:
            layer = self._layer(name)
            for zoom in range(layer.first_zoom, LAST_ZOOM + 1):
                if layer.pyramid:
                    layer.pyramid.at(zoom)
        # A tile with something on it, so that the code for it is loaded.
        self._encoded(Tile.at(0, 0, 0))

    def _about(self) -> dict[str, Any]:
        """Return what only the layers know of themselves."""
        layers = [self._layer(name) for name in LAYERS]
        return {
            "bounds": _bounds(layers),
            "vector_layers": [
                {
                    "id": layer.name,
                    "fields": dict(
                        zip(layer.properties.names, layer.properties.fields, strict=True)
                    ),
                    "minzoom": layer.first_zoom,
                    "maxzoom": LAST_ZOOM,
                }
                for layer in layers
            ],
        }

    def _layer(self, name: str) -> Layer:
        return self._layers.get(name, lambda: LAYERS[name](self._region))

    def _found_or_made(self, tile: Tile) -> bytes:
        found = self._memory.get(tile)
        if found is not None:
            return found  # another thread made it since this one looked
        name = f"{tile.z}-{tile.x}-{tile.y}.mvt"
        found = self._disk.get(name) if self._disk else None
        if found is None:
            found = self._encoded(tile)
            if found and self._disk:
                self._disk.put(name, found)
        self._memory.put(tile, found)
        return found

    def _encoded(self, tile: Tile) -> bytes:
        content = b"".join(self._layer(name).encode(tile) for name in LAYERS)
        if not content:
            return b""
        press = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
        return press.compress(content) + press.flush()


def _bounds(layers: list[Layer]) -> list[float]:
    """Return west, south, east and north of all layers in degrees."""
    boxes = [layer.box for layer in layers if layer.box]
    if not boxes:
        return [-180.0, -MOST_LATITUDE, 180.0, MOST_LATITUDE]
    west, north = degrees(min(box[0] for box in boxes), min(box[1] for box in boxes))
    east, south = degrees(max(box[2] for box in boxes), max(box[3] for box in boxes))
    return [west, south, east, north]


def _hash(region: Region) -> str:
    """Return the name of a region's tiles: it changes with the region, and with what makes them."""
    makers = code_hash("region", "strands", "web/tiles")
    return sha256(f"{region.hash} {makers} {shapely.__version__}".encode()).hexdigest()
