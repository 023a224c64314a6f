"""Cities, county names and groups from tables of text."""

import os
from collections.abc import Mapping

import numpy as np
import pandas as pd

from onecity.core.errors import InputError
from onecity.core.provenance import Grade

from .tables import Table, read_table

ROLES = frozenset({"core", "sub-centre", "gateway", "wing", "airport", "other"})
_CITY = ("city", "name_zh", "name_en", "lon", "lat")
_COUNTY = ("county", "name_zh", "name_en", "city", "bank")
_GROUP = ("group", "name_zh", "name_en", "role", "members", "source", "grade", "note")


def read_cities(
    path: str | os.PathLike[str], columns: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Read the cities: city (code), name_zh, name_en, and lon, lat of the centre (WGS-84).

    Raises
    ------
    MissingError
        If the file or a column is missing.
    InputError
        If a cell is empty or off the globe, or a code stands twice.
    """
    table = read_table(path, columns, known=_CITY)
    codes = _unique(table, "city")
    lon = table.numbers("lon", minimum=-180)
    lat = table.numbers("lat", minimum=-90)
    for name, values, most in (("lon", lon, 180), ("lat", lat, 90)):
        if (values > most).any():
            table.fail("region.cell_above", name, int(np.argmax(values > most)), maximum=most)
    return pd.DataFrame(
        {
            "city": codes,
            "name_zh": table.texts("name_zh", required=True),
            "name_en": table.texts("name_en", required=True),
            "lon": lon,
            "lat": lat,
        }
    )


def read_county_names(
    path: str | os.PathLike[str], columns: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Read what is known of counties: county (code), and name_zh, name_en, city, bank if given.

    `bank` names the side of the great river a county lies on (``north``, ``south``).

    Raises
    ------
    MissingError
        If the file or the column of codes is missing.
    InputError
        If a code is empty or stands twice.
    """
    table = read_table(path, columns, known=_COUNTY)
    given = {"county": _unique(table, "county")}
    given |= {name: table.texts(name) for name in _COUNTY[1:] if table.has(name)}
    return pd.DataFrame(given)


def read_groups(
    path: str | os.PathLike[str],
    counties: pd.DataFrame,
    columns: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Read groups and spell out their members, in the schema of table ``groups``.

    `members` holds codes of counties or of whole cities, joined by ``;``.

    Parameters
    ----------
    counties
        Columns county and city of the region.

    Raises
    ------
    MissingError
        If the file or a column is missing.
    InputError
        If a group stands twice, has no members, an unknown member, role or grade.
    """
    table = read_table(path, columns, known=_GROUP)
    names = _unique(table, "group")
    texts = {name: table.texts(name, required=name != "note") for name in _GROUP[1:]}
    of_city = counties.groupby("city")["county"].apply(list).to_dict()
    known = set(counties["county"])
    rows = []
    for at, group in enumerate(names):
        if texts["role"][at] not in ROLES:
            table.fail("region.cell_not_one_of", "role", at, known=", ".join(sorted(ROLES)))
        if texts["grade"][at] not in set(Grade):
            table.fail("region.cell_not_one_of", "grade", at, known=", ".join(Grade))
        members: list[str] = []
        for code in (part.strip() for part in texts["members"][at].split(";")):
            if code not in of_city and code not in known:
                table.fail("region.group_member_unknown", "members", at, member=code)
            members += of_city.get(code, [code])
        rows += [
            {
                "group": group,
                "county": code,
                **{key: texts[key][at] for key in _GROUP[1:] if key != "members"},
            }
            for code in dict.fromkeys(members)
        ]
    return pd.DataFrame(rows)


def _unique(table: Table, name: str) -> np.ndarray:
    codes = table.texts(name, required=True)
    twice = pd.Series(codes).duplicated().to_numpy()
    if twice.any():
        at = int(twice.argmax())
        raise InputError(
            "region.code_twice",
            path=table.path,
            row=table.row(at),
            column=table.named(name),
            given=codes[at],
        )
    return codes
