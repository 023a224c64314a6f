"""A map as a picture of its own: SVG without a page around it, and PNG for documents."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import resvg_py
from markupsafe import escape

from onecity.core.words import Language

from .ground import LABEL_SIZES, Ground
from .overlay import MARK_RADIUS, Overlay
from .paper import WIDTH

PIXELS = 1500
"""Width of a picture: 240 dots to the inch on paper 16 cm wide."""
FONTS = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, SimHei, PingFang SC, sans-serif"
_PAPER = "#f4f6f8"
_UNITS = 2.6
"""Units of the sheet that one pixel of the page's stroke widths takes here."""


@dataclass(frozen=True, slots=True)
class View:
    """What of the sheet the map shows, and how large names are there."""

    x: int
    y: int
    width: int
    height: int
    size: int


@dataclass(frozen=True, slots=True)
class Place:
    """A name on the map in one language, in the middle above its point."""

    language: Language
    text: str
    x: int
    y: int


def png_of(
    ground: Ground,
    language: Language,
    *,
    classes: Sequence[tuple[str, str]] = (),
    overlay: Overlay | None = None,
    legend: Sequence[tuple[str, str]] = (),
    owners: str = "",
) -> bytes:
    """Return a map as a PNG picture `PIXELS` wide.

    Parameters
    ----------
    classes
        Colour and SVG path of each class of areas.
    legend
        Colours and what they mean; written into the upper left corner.
    owners
        Whose data the map draws; written into its corner.
    """
    drawn = svg_of(ground, language, classes=classes, overlay=overlay, legend=legend, owners=owners)
    return png_from(drawn)


def png_from(svg: str) -> bytes:
    """Return an SVG document of a map as a PNG picture `PIXELS` wide."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=PIXELS, background=_PAPER))


def svg_of(
    ground: Ground,
    language: Language,
    *,
    classes: Sequence[tuple[str, str]] = (),
    overlay: Overlay | None = None,
    legend: Sequence[tuple[str, str]] = (),
    owners: str = "",
    title: str = "",
    pixels: int = WIDTH,
) -> str:
    """Return a map as one SVG document that needs nothing else; see `png_of`.

    `title` is written above the legend; `pixels` is how wide the document is shown.
    """
    height = ground.sheet.height
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{pixels}" height="{round(height * pixels / WIDTH)}" '
            f'font-family="{FONTS}" style="background:{_PAPER}">'
        ),
        _path(ground.land, fill="#e6e6e6"),
        *(_path(path, fill=colour, stroke=colour, width=0.6) for colour, path in classes),
        _path(ground.water_areas, fill="#a9c8de"),
        _path(ground.water_lines, stroke="#6c9cbd", width=1.6),
        _path(ground.roads, stroke="#9aa0a8", width=0.6),
        _path(ground.county_borders, stroke="#ffffff", width=0.7),
        _path(ground.city_borders, stroke="#1c2430", width=1.3),
    ]
    for x, y, core in ground.centres:
        fill = "#c8102e" if core else "#ffffff"
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="{22 if core else 15}" fill="{fill}" '
            'stroke="#1c2430" stroke-width="4"/>'
        )
    if overlay is not None:
        parts += [_path(one.path, stroke=one.colour, width=one.width) for one in overlay.strokes]
    parts += _names(ground, language)
    if overlay is not None:
        parts += _marks(overlay)
    if title:
        parts.append(_text(title, 60, 120, 72, "start", 700))
    top = 170 if title else 70
    for row, (colour, words) in enumerate(legend):
        y = top + row * 84
        parts.append(
            f'<rect x="60" y="{y}" width="110" height="56" fill="{colour}" '
            'stroke="#9aa4b0" stroke-width="3"/>'
        )
        parts.append(_text(words, 195, y + 50, 62, "start"))
    middle = round(ground.scale_units / 2)
    parts += [
        (
            f'<g transform="translate(90 {height - 90})">'
            f'<path d="M0-30V0H{round(ground.scale_units)}V-30" fill="none" stroke="#1c2430" '
            f'stroke-width="4"/>{_text(f"{ground.scale_km} km", middle, -36, 72, "middle")}</g>'
        ),
        _text(owners, WIDTH - 40, height - 40, 60, "end"),
        "</svg>",
    ]
    return "".join(parts)


def svg_of_view(
    ground: Ground,
    language: Language,
    view: View,
    places: Sequence[Place],
    *,
    overlay: Overlay,
    scale: tuple[float, int],
) -> str:
    """Return a part of a map as one SVG document: what lies around a border, a link, a unit.

    Parameters
    ----------
    places
        Names; those of other languages are left out.
    scale
        A round length, km, and how many units of the sheet it has.
    """
    share = view.width / WIDTH
    km, units = scale
    left, low = view.x + view.size, view.y + view.height - view.size
    tick = low - view.size // 3

    def path(data: str, *, fill: str = "none", stroke: str = "none", width: float = 0) -> str:
        return _path(data, fill=fill, stroke=stroke, width=width * share)

    return "".join(
        [
            (
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox='
                f'"{view.x} {view.y} {view.width} {view.height}" font-family="{FONTS}">'
            ),
            path(ground.land, fill="#f1efe9"),
            path(ground.water_areas, fill="#a9c8de"),
            path(ground.water_lines, stroke="#6c9cbd", width=1.6),
            path(ground.roads, stroke="#9aa0a8", width=0.8),
            path(ground.county_borders, stroke="#b9bec6", width=0.7),
            path(ground.city_borders, stroke="#1c2430", width=1.3),
            *(path(one.path, stroke=one.colour, width=one.width) for one in overlay.strokes),
            *(
                _text(one.text, one.x, one.y, view.size, "middle")
                for one in places
                if one.language == language
            ),
            path(f"M{left} {tick}V{low}H{left + units}V{tick}", stroke="#1c2430", width=1),
            _text(f"{km:g} km", left + units // 2, low - view.size // 2, view.size, "middle"),
            "</svg>",
        ]
    )


def _path(data: str, *, fill: str = "none", stroke: str = "none", width: float = 0) -> str:
    if not data:
        return ""
    return (
        f'<path d="{data}" fill="{fill}" stroke="{stroke}" stroke-width="{width * _UNITS:g}" '
        'stroke-linejoin="round" stroke-linecap="round"/>'
    )


def _text(words: str, x: int, y: int, size: int, anchor: str, weight: int = 500) -> str:
    """Return words with a pale edge around them, so that they read over everything."""
    common = f'x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}"'
    edge = f'fill="none" stroke="#ffffff" stroke-width="{size // 4}" stroke-linejoin="round"'
    return f"<text {common} {edge}>{escape(words)}</text><text {common}>{escape(words)}</text>"


def _names(ground: Ground, language: Language) -> Iterator[str]:
    for label in ground.labels["large"][language]:
        weight = 700 if label.core else 500
        yield _text(label.text, label.x, label.y, LABEL_SIZES["large"], label.anchor, weight)


def _marks(overlay: Overlay) -> Iterator[str]:
    for mark in overlay.marks:
        yield (
            f'<path d="M{mark.at_x} {mark.at_y}L{mark.x} {mark.y}" stroke="#c8102e" '
            f'stroke-width="3"/><circle cx="{mark.x}" cy="{mark.y}" r="{MARK_RADIUS}" '
            'fill="#c8102e" stroke="#ffffff" stroke-width="4"/>'
            f'<text x="{mark.x}" y="{mark.y + 22}" font-size="62" font-weight="700" '
            f'text-anchor="middle" fill="#ffffff">{mark.number}</text>'
        )
