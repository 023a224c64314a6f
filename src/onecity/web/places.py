"""Points that somebody gives in an address."""

from math import isfinite
from typing import Annotated

from fastapi import Query

from onecity.core.errors import InputError

Lon = Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False, examples=[114.3])]
Lat = Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False, examples=[30.6])]

POINT = r"^\s*-?\d{1,3}(\.\d{1,12})?\s*,\s*-?\d{1,2}(\.\d{1,12})?\s*$"
"""What a point looks like in an address."""


def point_of(text: str) -> tuple[float, float]:
    """Return longitude and latitude of a point written ``lon,lat`` (degrees, WGS-84).

    Raises
    ------
    InputError
        If it is none.
    """
    parts = text.split(",")
    try:
        lon, lat = (float(part) for part in parts)
    except ValueError as error:
        raise InputError("web_analysis.point", given=text) from error
    if not (isfinite(lon) and isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise InputError("web_analysis.point", given=text)
    return lon, lat
