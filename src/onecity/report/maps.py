"""Maps of layers: units of one class drawn as one shape, with legend and values to point at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from onecity.core.words import LANGUAGES, Language, say
from onecity.region.store import Region
from onecity.strands.contract import BorderLayer, Findings, Layer, Level

from .figures import NO_FIGURE, class_words, plain, unit_words
from .ground import Ground
from .names import Name
from .paper import svg_path


@dataclass(frozen=True, slots=True)
class Swatch:
    """One class of the legend, or the colour of no value."""

    colour: str
    text: Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Hint:
    """What is read when one points at a unit of the map."""

    level: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A layer as a map: paths by colour, legend and hints."""

    layer: Layer
    paths: tuple[tuple[str, str], ...]
    legend: tuple[Swatch, ...]
    hints: tuple[Hint, ...]


@dataclass(frozen=True, slots=True)
class Atlas:
    """The shapes of a region's units on the sheet, by level and code.

    `tiled` holds the levels whose units meet edge to edge, point by point (a valid coverage):
    these are joined by dropping the edges that two of them share, which is exact and a
    hundred times quicker than a union.
    """

    ground: Ground
    codes: Mapping[Level, NDArray[Any]]
    shapes: Mapping[Level, NDArray[Any]]
    tiled: frozenset[Level]


def atlas_of(region: Region, ground: Ground) -> Atlas:
    """Put the units of every level that has outlines on the sheet."""
    codes, shapes, tiled = {}, {}, []
    for level, key in ((Level.ZONE, "zones"), (Level.COUNTY, "counties"), (Level.CITY, "cities")):
        table = region.table(key)
        codes[level] = table[level.value].to_numpy()
        placed = ground.sheet.place(table.geometry)
        if shapely.coverage_is_valid(placed):
            shapes[level] = placed
            tiled.append(level)
        else:
            # On whole units neighbours share their points, so that unions leave no slivers.
            shapes[level] = shapely.set_precision(placed, 1.0)
    return Atlas(ground, codes, shapes, frozenset(tiled))


def draw(
    layer: Layer | BorderLayer,
    findings: Findings,
    atlas: Atlas,
    names: Mapping[Level, Mapping[str, Name]],
    *,
    tolerance: float = 0.0,
) -> Drawn | None:
    """Draw a layer, or nothing where it lies on no areas or its level has no outlines.

    `tolerance`, in units of the sheet, is how far an outline may be off where that is not seen.
    """
    if isinstance(layer, BorderLayer) or layer.level not in atlas.codes:
        return None
    column = findings.tables[layer.level][layer.indicator.key]
    values = column.reindex(atlas.codes[layer.level]).to_numpy(dtype=np.float64)
    colours = np.array([*layer.scale.colours, layer.missing])
    known = np.isfinite(values)
    limits = np.asarray(layer.scale.limits, dtype=np.float64)
    place = np.where(known, np.searchsorted(limits, values, side="left"), len(colours) - 1)
    paths = []
    for row, colour in enumerate(colours):
        some = atlas.shapes[layer.level][place == row]
        if len(some):
            joined = _joined(some, tiled=layer.level in atlas.tiled)
            paths.append((str(colour), svg_path(joined, tolerance=tolerance)))
    return Drawn(
        layer,
        tuple(paths),
        _legend(layer, lacking=bool((~known).any())),
        _hints(layer, findings, names),
    )


def _joined(shapes: NDArray[Any], *, tiled: bool) -> Any:
    return shapely.coverage_union_all(shapes) if tiled else shapely.union_all(shapes, grid_size=1.0)


def _legend(layer: Layer, *, lacking: bool) -> tuple[Swatch, ...]:
    swatches = [
        Swatch(colour, {language: class_words(layer, row, language) for language in LANGUAGES})
        for row, colour in enumerate(layer.scale.colours)
    ]
    if lacking:
        none = {language: say("report.legend_none", language) for language in LANGUAGES}
        swatches.append(Swatch(layer.missing, none))
    return tuple(swatches)


def _hints(
    layer: Layer, findings: Findings, names: Mapping[Level, Mapping[str, Name]]
) -> tuple[Hint, ...]:
    """Return a hint for each unit: its own figure, or the county's where zones are too small."""
    one = layer.indicator
    level = Level.COUNTY if layer.level == Level.ZONE else layer.level
    table = findings.tables.get(level)
    if table is None or one.key not in table.columns:
        return ()
    hints = []
    for code, value in table[one.key].items():
        name = names[level].get(str(code))
        if name is None:
            continue
        both = name.zh if name.zh == name.en else f"{name.zh} {name.en}"
        figure = plain(value, one.decimals)
        unit = f"{unit_words(one.unit, 'zh')} {unit_words(one.unit, 'en')}"
        unit = unit_words(one.unit, "zh") if one.unit == "percent" else unit
        text = f"{both}: {figure}" if figure == NO_FIGURE else f"{both}: {figure} {unit}"
        hints.append(Hint(level.value, str(code), text))
    return tuple(hints)
