"""A dossier: one printable page on one thing, for the table of a meeting.

What a page shows is a `Dossier`, made by `onecity.report.dossiers` (a border, a link) or
`onecity.report.unit_dossier` (a county, a city, a group); how it is shown is said here and, for
Word, in `onecity.report.dossier_document`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from shapely import box
from shapely.geometry.base import BaseGeometry

from onecity import __version__
from onecity.core.words import LANGUAGES, Language, say
from onecity.region.store import Region
from onecity.strands.contract import Level

from .chapter import Card
from .ground import Ground, text_width
from .names import names_of
from .overlay import Overlay
from .page import SourceLine, environment, numbers_of, owners_of, sources_of
from .paper import WIDTH
from .picture import Place, View

LEAST_VIEW = 620
"""A map shows at least so many units of the sheet, a fifth of the region: what lies around."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A name with a figure and its share of the whole, percent, as a bar."""

    name: Markup
    text: str
    share: float


@dataclass(frozen=True, slots=True)
class Part:
    """A titled list of bars, or of names with texts where shares make no sense."""

    title: Markup
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything the page shows; `ground` is what its map lies on."""

    ground: Ground
    title: Markup
    kind: Markup
    cards: tuple[Card, ...]
    parts: tuple[Part, ...]
    remarks: tuple[Markup, ...]
    overlay: Overlay
    view: View
    assumptions: tuple[Any, ...] = ()
    sources: tuple[str, ...] = ()


def view_of(shapes: Sequence[BaseGeometry], ground: Ground, least: float = LEAST_VIEW) -> View:
    """Return a window around some shapes; the whole sheet where there are none.

    Parameters
    ----------
    least
        How many units of the sheet it shows at least.
    """
    height = ground.sheet.height
    if not shapes:
        return View(0, 0, WIDTH, height, WIDTH // 38)
    bounds = [shape.bounds for shape in shapes]
    west, north = min(one[0] for one in bounds), min(one[1] for one in bounds)
    east, south = max(one[2] for one in bounds), max(one[3] for one in bounds)
    wide = max(1.4 * (east - west), 1.4 * 1.5 * (south - north), least)
    high = wide / 1.5
    x, y = (west + east - wide) / 2, (north + south - high) / 2
    return View(round(x), round(y), round(wide), round(high), round(wide / 36))


def places_of(region: Region, ground: Ground, view: View) -> tuple[Place, ...]:
    """Return the names of counties that the map has room for, whole and apart from each other."""
    counties = region.table("counties")
    middles = ground.sheet.place(counties.geometry.representative_point())
    named = names_of(region)[Level.COUNTY]
    window = box(view.x, view.y, view.x + view.width, view.y + view.height)
    found = []
    for language in LANGUAGES:
        taken: list[BaseGeometry] = []
        for code, at in zip(counties["county"], middles, strict=True):
            text = named[code].text(language)
            half = text_width(text, view.size) / 2
            room = box(at.x - half, at.y - view.size, at.x + half, at.y + 0.4 * view.size)
            if window.contains(room) and not any(room.intersects(one) for one in taken):
                taken.append(room)
                found.append(Place(language, text, round(at.x), round(at.y)))
    return tuple(found)


def titles_of(region: Region) -> dict[Language, str]:
    """Return what a dossier of a region is called."""
    return {
        language: f"{region.manifest.text(language)} · {say('report.dossier', language)}"
        for language in LANGUAGES
    }


def scale_of(dossier: Dossier) -> tuple[float, int]:
    """Return a round length, about a fifth of the map: km, and units of the sheet."""
    metres = dossier.ground.sheet.metres
    most = dossier.view.width * metres / 1000 / 5
    km = next((one for one in (100, 50, 20, 10, 5, 2, 1, 0.5, 0.2) if one <= most), 0.1)
    return km, round(1000 * km / metres)


def cited_in(region: Region, dossier: Dossier) -> list[SourceLine]:
    """Return the sources a dossier rests on, numbered as in the whole region."""
    numbers = numbers_of(region)
    wanted = {numbers[key] for key in dossier.sources}
    return [line for line in sources_of(region, numbers) if line.number in wanted]


def page_of(region: Region, dossier: Dossier) -> str:
    """Return the page, in both languages, for screen and paper."""
    km, bar = scale_of(dossier)
    page: str = (
        environment()
        .get_template("dossier.html.j2")
        .render(
            region=region,
            known=region.manifest,
            one=dossier,
            ground=dossier.ground,
            places=places_of(region, dossier.ground, dossier.view),
            km=km,
            bar=bar,
            titles=titles_of(region),
            owners=owners_of(region),
            languages=LANGUAGES,
            sources=cited_in(region, dossier),
            version=__version__,
            heat=(),
        )
    )
    return page
