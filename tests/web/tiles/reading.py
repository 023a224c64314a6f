"""A slow reader of vector tiles that refuses whatever the specification does."""

import gzip
from dataclasses import dataclass
from typing import Any

import mapbox_vector_tile
import shapely
from mapbox_vector_tile.Mapbox import vector_tile_pb2

MOVE, DRAW, CLOSE = 1, 2, 7
POINT, LINE, AREA = 1, 2, 3

Spot = tuple[int, int]


@dataclass(frozen=True)
class Feature:
    """A feature of a tile; its shape in units of the layer, y down."""

    id: int
    kind: int
    shape: Any
    properties: dict[str, Any]


@dataclass(frozen=True)
class Read:
    """A layer of a tile."""

    name: str
    extent: int
    features: list[Feature]

    @property
    def by_id(self) -> dict[int, Feature]:
        found = {feature.id: feature for feature in self.features}
        assert len(found) == len(self.features), "an id stands twice in a layer"
        return found


def read_tile(content: bytes) -> dict[str, Read]:
    """Read a compressed tile."""
    return read_layers(gzip.decompress(content))


def read_layers(content: bytes) -> dict[str, Read]:
    """Read the layers of a tile; anything the specification forbids fails."""
    tile = vector_tile_pb2.tile()
    tile.ParseFromString(content)
    found = {}
    others = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})
    for layer in tile.layers:
        assert layer.version == 2
        assert layer.name not in found, "4.1: a layer's name stands once in a tile"
        assert layer.extent > 0
        assert layer.features
        assert len(set(layer.keys)) == len(layer.keys)
        read = Read(layer.name, layer.extent, [_feature(one, layer) for one in layer.features])
        found[layer.name] = read
        # What the other decoder makes of properties must be the same.
        theirs = others[layer.name]["features"]
        assert [one["properties"] for one in theirs] == [one.properties for one in read.features]
        assert [one["id"] for one in theirs] == [one.id for one in read.features]
    return found


def _feature(one: Any, layer: Any) -> Feature:
    assert one.HasField("id")
    assert len(one.tags) % 2 == 0
    keys = list(one.tags[::2])
    assert len(set(keys)) == len(keys), "4.4: a key stands once in a feature"
    properties = {
        layer.keys[key]: _value(layer.values[value])
        for key, value in zip(keys, one.tags[1::2], strict=True)
    }
    strokes = _strokes(list(one.geometry), one.type)
    shape = {POINT: _points, LINE: _lines, AREA: _areas}[one.type](strokes)
    assert shapely.is_valid(shape), shapely.is_valid_reason(shape)
    return Feature(one.id, one.type, shape, properties)


def _value(one: Any) -> Any:
    (field,) = one.ListFields()
    return field[1]


def _strokes(numbers: list[int], kind: int) -> list[list[Spot]]:
    """Follow the pen (4.3.1 to 4.3.3)."""
    x = y = 0
    strokes: list[list[Spot]] = []
    at = 0
    while at < len(numbers):
        command, count = numbers[at] & 7, numbers[at] >> 3
        at += 1
        assert count > 0
        if command == CLOSE:
            assert kind == AREA
            assert count == 1
            assert len(strokes[-1]) >= 3
            assert strokes[-1][0] != strokes[-1][-1], "4.3.3.3: the first point is not said again"
            continue
        assert command in {MOVE, DRAW}
        if command == MOVE:
            assert kind == POINT or count == 1
            strokes.append([])
        for _ in range(count):
            dx, dy = (-(one >> 1) - 1 if one & 1 else one >> 1 for one in numbers[at : at + 2])
            at += 2
            assert command == MOVE or (dx, dy) != (0, 0), "4.3.3.2: no step of length zero"
            x, y = x + dx, y + dy
            strokes[-1].append((x, y))
    return strokes


def _points(strokes: list[list[Spot]]) -> Any:
    (stroke,) = strokes
    return shapely.MultiPoint(stroke)


def _lines(strokes: list[list[Spot]]) -> Any:
    assert all(len(stroke) >= 2 for stroke in strokes)
    return shapely.MultiLineString(strokes)


def _areas(strokes: list[list[Spot]]) -> Any:
    """Tell outer rings from holes by the sign of their area alone (4.3.3.3, 4.3.4.4)."""
    polygons: list[tuple[list[Spot], list[list[Spot]]]] = []
    for stroke in strokes:
        after = [*stroke[1:], stroke[0]]
        area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(stroke, after, strict=True))
        assert area != 0
        if area > 0:
            polygons.append((stroke, []))
        else:
            polygons[-1][1].append(stroke)
    return shapely.MultiPolygon(polygons)
