"""What is drawn over the ground of a map: lines with a meaning, and numbered marks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any

import geopandas as gpd
from markupsafe import Markup

from .ground import FIRST_HAN, LABEL_SIZES, Ground
from .paper import WIDTH

MARK_RADIUS = 46
"""Radius of a numbered mark, units of the sheet."""
_GAP = 14
_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line over the ground: SVG path data, colour, width in pixels, and what it says."""

    path: str
    colour: str
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A number in a circle, beside the place it speaks of."""

    number: int
    x: int
    y: int
    at_x: int
    at_y: int
    title: str


@dataclass(frozen=True, slots=True)
class Key:
    """One line of a legend."""

    colour: str
    text: Markup


@dataclass(frozen=True, slots=True)
class Overlay:
    """All that one map draws over the ground."""

    strokes: tuple[Stroke, ...] = ()
    marks: tuple[Mark, ...] = ()
    legend: tuple[Key, ...] = ()


def on_sheet(ground: Ground, lines: Iterable[Any]) -> list[Any]:
    """Return lines (WGS-84) on the sheet of a ground."""
    placed = ground.sheet.place(gpd.GeoSeries(list(lines), crs="EPSG:4326"))
    return list(placed)


def apart(spots: Sequence[tuple[float, float]], ground: Ground) -> list[tuple[int, int]]:
    """Return places for marks near some spots where none touches another or a place name.

    Marks that touch push each other away, step by step, and place names push marks; the first
    of two on one spot goes up.
    """
    names = list(_discs(ground))
    places = [list(spot) for spot in spots]
    for _ in range(_ROUNDS):
        moved = False
        for one, place in enumerate(places):
            for other in places[:one]:
                dx, dy, lacking = _push(place, (other[0], other[1]), 2 * MARK_RADIUS + _GAP)
                if lacking > 0:
                    moved = True
                    place[0], place[1] = place[0] + dx / 2, place[1] + dy / 2
                    other[0], other[1] = other[0] - dx / 2, other[1] - dy / 2
            for x, y, radius in names:
                dx, dy, lacking = _push(place, (x, y), MARK_RADIUS + radius)
                if lacking > 0:
                    moved = True
                    place[0], place[1] = place[0] + dx, place[1] + dy
        if not moved:
            break
    edge = MARK_RADIUS + _GAP
    return [
        (
            round(min(max(x, edge), WIDTH - edge)),
            round(min(max(y, edge), ground.sheet.height - edge)),
        )
        for x, y in places
    ]


def _push(
    place: Sequence[float], other: tuple[float, float], least: float
) -> tuple[float, float, float]:
    """Return the step that takes a place as far from another as it must be, and what lacks."""
    dx, dy = place[0] - other[0], place[1] - other[1]
    far = hypot(dx, dy)
    lacking = least - far
    across, down = (dx / far, dy / far) if far > 0 else (0.0, -1.0)
    return across * (lacking + 0.5), down * (lacking + 0.5), lacking


def _discs(ground: Ground) -> Iterator[tuple[float, float, float]]:
    """Cover the place names of a large map, in both languages, with discs."""
    height = LABEL_SIZES["large"]
    for labels in ground.labels["large"].values():
        for label in labels:
            widths = [height if letter >= FIRST_HAN else height * 0.58 for letter in label.text]
            left = label.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[label.anchor] * sum(widths)
            for x in range(round(left), round(left + sum(widths)) + 1, height // 2):
                yield float(x), label.y - height * 0.36, height * 0.55
