"""Where items lie: counties by how many items they have, and the lines and points of the items."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely

from onecity.core.words import Language, Sentence
from onecity.programme.ledger.model import Item
from onecity.region.store import Region
from onecity.report.ground import Ground, ground_of
from onecity.report.maps import Atlas, atlas_of
from onecity.report.names import names_of
from onecity.report.overlay import Overlay, Stroke, on_sheet
from onecity.report.page import owners_of
from onecity.report.paper import svg_path
from onecity.report.picture import png_of
from onecity.strands.contract import Level

from .spoken import Count

if TYPE_CHECKING:
    from .facts import Stand

_CLASSES = ((1, "#c6dbef"), (2, "#9ecae1"), (5, "#6baed6"), (10, "#3075ae"))
"""From so many items on, in this colour: ColorBrewer's Blues, as other maps have."""
_LATE, _OTHER = "#c8102e", "#7a3e00"
_LINE, _POINT = 2.6, 9.0


@dataclass(frozen=True, slots=True)
class ItemMap:
    """Where items lie, ready to be drawn.

    Attributes
    ----------
    ground
        What lies below.
    classes
        Colour and SVG path of counties that have so many items.
    legend
        Colours and what they mean.
    overlay
        Lines and points of items.
    owners
        Whose data the map draws.
    placed, unplaced
        Items that are on the map, and items that say nothing of where they lie, or say a county
        that the region has not.
    """

    ground: Ground
    classes: tuple[tuple[str, str], ...]
    legend: tuple[tuple[str, Sentence], ...]
    overlay: Overlay
    owners: str
    placed: int
    unplaced: int

    def text(self, language: Language) -> str:
        """Return what has to stand below it."""
        values = {"placed": Count(self.placed), "unplaced": Count(self.unplaced)}
        key = "map_about" if self.unplaced else "map_about_all"
        if not self.unplaced:
            del values["unplaced"]
        return Sentence(f"ledger_report.{key}", values).text(language)

    def png(self, language: Language) -> bytes:
        """Return the map as a picture."""
        return png_of(
            self.ground,
            language,
            classes=self.classes,
            overlay=self.overlay,
            legend=[(colour, words.text(language)) for colour, words in self.legend],
            owners=self.owners,
        )


def map_of(region: Region, stands: Sequence["Stand"]) -> ItemMap:
    """Return the map of some items on the county outlines of a region.

    An item counts in the counties it names; one that names none, in those its geometry touches.
    """
    atlas = atlas_of(region, ground_of(region, names_of(region)))
    counties = region.table("counties")
    codes = [str(one) for one in counties["county"]]
    tree = shapely.STRtree(counties.geometry.to_numpy())
    counted: Counter[str] = Counter()
    strokes: list[Stroke] = []
    placed = 0
    for stand in stands:
        shape = shape_of(stand.item)
        in_counties = counties_of(stand.item, shape, codes, tree)
        counted.update(in_counties)
        drawn = [] if shape is None else list(_strokes(atlas.ground, stand, shape))
        strokes += drawn
        placed += bool(in_counties or drawn)
    classes, legend = _classes(counted, atlas)
    late = {one.colour for one in strokes}
    for colour, key in ((_LATE, "map_late"), (_OTHER, "map_other")):
        if colour in late:
            legend.append((colour, Sentence(f"ledger_report.{key}")))
    return ItemMap(
        ground=atlas.ground,
        classes=tuple(classes),
        legend=tuple(legend),
        overlay=Overlay(strokes=tuple(sorted(strokes, key=lambda one: one.colour == _LATE))),
        owners=owners_of(region),
        placed=placed,
        unplaced=len(stands) - placed,
    )


def shape_of(item: Item) -> Any | None:
    """Return the geometry of an item, WGS-84."""
    if item.place is None or item.place.geometry is None:
        return None
    return shapely.from_geojson(item.place.geometry)


def counties_of(
    item: Item, shape: Any | None, codes: Sequence[str], tree: shapely.STRtree
) -> tuple[str, ...]:
    """Return the codes of the counties that an item lies in."""
    named = () if item.place is None else item.place.counties
    if named:
        known = set(codes)
        return tuple(one for one in dict.fromkeys(named) if one in known)
    if shape is None:
        return ()
    return tuple(codes[row] for row in sorted(tree.query(shape, predicate="intersects").tolist()))


def _classes(
    counted: Mapping[str, int], atlas: Atlas
) -> tuple[list[tuple[str, str]], list[tuple[str, Sentence]]]:
    """Return the counties of each class as one path, and the legend of the classes there are."""
    outlines = dict(zip(atlas.codes[Level.COUNTY], atlas.shapes[Level.COUNTY], strict=True))
    classes, legend = [], []
    for row, (least, colour) in enumerate(_CLASSES):
        last = row + 1 == len(_CLASSES)
        beyond = None if last else _CLASSES[row + 1][0]
        some = [
            outlines[code]
            for code, count in sorted(counted.items())
            if count >= least and (beyond is None or count < beyond) and code in outlines
        ]
        if some:
            classes.append((colour, svg_path(shapely.union_all(some, grid_size=1.0))))
            legend.append((colour, _class_words(least, beyond)))
    return classes, legend


def _class_words(least: int, beyond: int | None) -> Sentence:
    if beyond is None:
        return Sentence("ledger_report.map_class_over", {"least": least})
    if beyond == least + 1:
        return Sentence("ledger_report.map_class_one", {"count": Count(least)})
    return Sentence("ledger_report.map_class", {"least": least, "most": beyond - 1})


def _strokes(ground: Ground, stand: "Stand", shape: Any) -> Iterable[Stroke]:
    """Return the geometry of an item on the sheet: areas by their outlines, points as dots."""
    colour = _LATE if stand.late else _OTHER
    for one in ground.sheet.window(shapely.get_parts(on_sheet(ground, [shape]))):
        if one.geom_type == "Point":
            path = f"M{round(one.x)} {round(one.y)}h0"
            yield Stroke(path, colour, _POINT, stand.item.title)
        else:
            line = one.boundary if one.geom_type.endswith("Polygon") else one
            yield Stroke(svg_path(line), colour, _LINE, stand.item.title)
