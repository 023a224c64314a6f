"""Kinds of facilities: one list for sources, workbook and strands.

A kind is found from a word of ours, a code of land use (GB/T 50137, the classes of the 2011
edition, public services A, transport S, logistics W, industry M), or tags of OpenStreetMap
(pages *Key:amenity*, *Key:healthcare*, *Key:social_facility* and *Key:isced:level* of its
wiki). A class of land that holds several kinds stands for the widest of them and is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FacilityKind:
    """One kind.

    Attributes
    ----------
    key
        What tables hold.
    unit
        Unit its capacity is given in, where there is a customary one.
    land
        Codes of GB/T 50137 that mean this kind.
    tags
        Tags of OpenStreetMap that mean this kind, any of them.
    """

    key: str
    unit: str | None = None
    land: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()


KINDS = (
    FacilityKind("hospital", "beds", ("A5", "A51"),
                 (("amenity", "hospital"), ("healthcare", "hospital"))),
    FacilityKind("clinic", "beds", ("A59",),
                 (("amenity", "clinic"), ("healthcare", "clinic"), ("healthcare", "centre"))),
    FacilityKind("kindergarten", "places", (), (("amenity", "kindergarten"),)),
    FacilityKind("primary_school", "places"),
    FacilityKind("middle_school", "places"),
    FacilityKind("school", "places", ("A33",), (("amenity", "school"),)),
    FacilityKind("vocational_school", "places", ("A32",), (("amenity", "college"),)),
    FacilityKind("university", "places", ("A31",), (("amenity", "university"),)),
    FacilityKind("elderly_care", "beds", ("A6",),
                 (("amenity", "nursing_home"), ("social_facility", "nursing_home"),
                  ("social_facility", "assisted_living"))),
    FacilityKind("library", "seats", (), (("amenity", "library"),)),
    FacilityKind("museum", "m2", ("A21",), (("tourism", "museum"), ("tourism", "gallery"))),
    FacilityKind("theatre", "seats", (), (("amenity", "theatre"),)),
    FacilityKind("cultural_centre", "m2", ("A2", "A22"),
                 (("amenity", "arts_centre"), ("amenity", "community_centre"))),
    FacilityKind("stadium", "seats", ("A4", "A41"),
                 (("leisure", "stadium"), ("leisure", "sports_centre"))),
    FacilityKind("service_hall", "people_per_day", (), (("amenity", "townhall"),)),
    FacilityKind("station", "people_per_day", ("S3",),
                 (("railway", "station"), ("amenity", "bus_station"))),
    FacilityKind("logistics", "m2", ("W", "W1", "W2", "W3")),
    FacilityKind("laboratory", None, ("A35",), (("amenity", "research_institute"),)),
    FacilityKind("industrial_park", None, ("M", "M1", "M2", "M3")),
    FacilityKind("other"),
)  # fmt: skip
"""Every kind, in the order they are offered."""

KEYS = tuple(one.key for one in KINDS)

TAG_KEYS = tuple(dict.fromkeys(key for one in KINDS for key, _ in one.tags))
"""Keys of OpenStreetMap that may name a kind."""

WIDE = frozenset({"A5", "A2", "A21", "A6", "A4"})
"""Classes of land that also hold other kinds than the one they are read as."""

_OF_LAND = {code: one.key for one in KINDS for code in one.land}
_OF_TAG = {tag: one.key for one in KINDS for tag in one.tags}


def kind_of_land(code: str) -> str | None:
    """Return the kind a code of GB/T 50137 stands for, None where it is none."""
    return _OF_LAND.get(code.strip().upper())


def kind_of_tags(tags: Mapping[str, str]) -> str | None:
    """Return the kind that tags of OpenStreetMap stand for, None where they name none.

    Of several tags the kind that stands first in `KINDS` counts. A school whose
    ``isced:level`` is 1 alone is a primary school, one with 2 or 3 alone a middle school.
    A thing that is no longer there (``disused:amenity``) has other keys and is not found.
    """
    found = {kind for tag in tags.items() if (kind := _OF_TAG.get(tag)) is not None}
    kind = next((one for one in KEYS if one in found), None)
    if kind == "school":
        levels = {part.strip() for part in tags.get("isced:level", "").split(";")} - {""}
        if levels and levels <= {"1"}:
            return "primary_school"
        if levels and levels <= {"2", "3"}:
            return "middle_school"
    return kind
