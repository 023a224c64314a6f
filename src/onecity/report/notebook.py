"""Findings in a notebook: a map and a table that show themselves, in one language."""

import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from onecity.core.errors import InputError
from onecity.core.files import replacing
from onecity.core.words import Language
from onecity.region.store import Region
from onecity.strands.border_lines import border_lines
from onecity.strands.contract import BorderLayer, Findings, Indicator, Layer, Level

from .borders import border_legend, overlay_of
from .figures import unit_words
from .ground import ground_of
from .maps import atlas_of, draw
from .names import names_of
from .page import owners_of
from .picture import png_from, svg_of

_PIXELS = 960
"""Width on the screen; the drawing is as sharp at any other."""
_ENDINGS = (".svg", ".png")


@dataclass(frozen=True, slots=True)
class Picture:
    """A map as one SVG document; a notebook shows it where it is the last value of a cell."""

    svg: str

    def _repr_svg_(self) -> str:
        """Return what a notebook draws."""
        return self.svg

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the map as SVG or, by the ending of `path`, PNG.

        Raises
        ------
        InputError
            If the ending is another.
        StoreError
            If it cannot be written; what stood there before is still there.
        """
        file = Path(path)
        kind = file.suffix.lower()
        if kind not in _ENDINGS:
            raise InputError("report.picture_ending", path=str(path), known=" ".join(_ENDINGS))
        drawn = self.svg.encode() if kind == ".svg" else png_from(self.svg)
        with replacing(file) as draft:
            draft.write_bytes(drawn)


def map_of(
    region: Region, findings: Findings, layer: Layer | BorderLayer, language: Language = "zh"
) -> Picture:
    """Draw one layer of a strand over the region's land, water, roads and borders.

    Parameters
    ----------
    findings
        What the strand measured in this region.
    layer
        One of the strand's ``layers(region, findings)``.

    Raises
    ------
    InputError
        If the layer's level has no outlines to draw.
    """
    names = names_of(region)
    ground = ground_of(region, names)
    classes: tuple[tuple[str, str], ...] = ()
    overlay = None
    if isinstance(layer, BorderLayer):
        lines = border_lines(region)
        overlay = overlay_of(findings.borders, layer, lines, names[Level.CITY], ground)
        legend = border_legend(layer, language)
    else:
        drawn = draw(layer, findings, atlas_of(region, ground), names)
        if drawn is None:
            raise InputError("report.no_outlines", level=layer.level)
        classes = drawn.paths
        legend = [(swatch.colour, swatch.text[language]) for swatch in drawn.legend]
    one = layer.indicator
    svg = svg_of(
        ground,
        language,
        classes=classes,
        overlay=overlay,
        legend=legend,
        owners=owners_of(region),
        title=f"{one.text(language)} ({unit_words(one.unit, language)}) · {_trust(one, language)}",
        pixels=_PIXELS,
    )
    return Picture(svg)


def table_of(
    region: Region, findings: Findings, level: Level | str, language: Language = "zh"
) -> pd.DataFrame:
    """Return the figures of one level to be read: named units as rows, indicators as columns.

    Each column is headed by title, unit, and nature with grade. Figures have the decimals of
    their indicator; those to reckon with are in ``findings.tables``, which this is made from.

    Parameters
    ----------
    level
        ``"zone"``, ``"county"``, ``"city"``, ``"group"`` or ``"region"``.

    Raises
    ------
    InputError
        If the strand gives nothing for that level.
    """
    known = {one.value: one for one in findings.tables}
    if level not in known:
        raise InputError("report.no_level", given=level, known=", ".join(known))
    chosen = known[level]
    table = findings.tables[chosen]
    names = names_of(region)[chosen]
    columns, heads = [], []
    for key in table.columns:
        one = findings.indicators[key]
        heads.append((one.text(language), unit_words(one.unit, language), _trust(one, language)))
        rounded = table[key].round(one.decimals)
        columns.append(rounded if one.decimals else rounded.astype("Int64"))
    made = pd.concat(columns, axis=1)
    made.columns = pd.MultiIndex.from_tuples(heads)
    made.index = pd.Index([names[str(code)].text(language) for code in table.index])
    return made


def _trust(one: Indicator, language: Language) -> str:
    return f"{one.nature.text(language)} {one.grade.value}"
