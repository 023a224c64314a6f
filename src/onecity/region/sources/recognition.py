"""Recognition: how far a city lets people of another use what it offers, and since when."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from onecity.core.errors import InputError, MissingError
from onecity.core.provenance import Grade
from onecity.core.words import LANGUAGES, Language, say
from onecity.region.recognition import SERVICES
from onecity.region.schema import RECOGNITION

from .reading import Objects, ReadReport, Remark
from .tables import Table, read_table

COLUMNS = tuple(column.name for column in RECOGNITION.columns)
EVERY = "*"
"""Stands for every other city of the region."""
_KEY = list(RECOGNITION.key)
_TEXTS = ("service", "from_city", "to_city", "since", "document", "source", "grade", "note")
_NAMED = 10
LISTS: Mapping[Language, str] = {"zh": "、", "en": ", "}
"""What stands between the parts of a list."""


@dataclass(frozen=True, slots=True)
class RecognitionRead:
    """Recognition: `table` in the schema RECOGNITION, sorted by its key."""

    table: pd.DataFrame
    report: ReadReport


def read_recognition(
    path: str | os.PathLike[str],
    columns: Mapping[str, str] | None = None,
    *,
    cities: Collection[str],
    source: str,
    grade: Grade,
    service: str | None = None,
    encoding: str | None = None,
) -> RecognitionRead:
    """Read which rights one city recognises of people of another.

    ``from_city``, ``to_city``, ``share`` and ``since`` are needed, ``service`` unless it is
    stated. ``*`` stands for every other city; a row that names a city goes before one that
    does not, and one that names both before all.

    Raises
    ------
    MissingError
        If the file or a needed column is not there.
    InputError
        With file, row and column: a share outside 0 to 1, a city or service that is not known,
        a day that is none, a city towards itself, a pair twice or, by ``*``, in two ways, or an
        unknown grade.
    """
    table = read_table(path, columns, known=COLUMNS, encoding=encoding)
    if not table.has("service") and service is None:
        raise MissingError(
            "facilities.service_not_stated", path=table.path, column=table.named("service")
        )
    nothing = np.full(len(table), None, object)
    text = {name: table.texts(name) if table.has(name) else nothing.copy() for name in _TEXTS}
    for name in ("from_city", "to_city", "since"):
        table.texts(name, required=True)
    for name, value in (("service", service), ("source", source), ("grade", grade.value)):
        text[name][pd.isna(text[name])] = value
    _check(table, "service", text["service"], SERVICES)
    _check(table, "grade", text["grade"], tuple(Grade))
    for name in ("from_city", "to_city"):
        wrong = ~np.isin(text[name].astype(str), [*cities, EVERY])
        if wrong.any():
            table.fail("facilities.unknown_city", name, wrong.argmax(), known=", ".join(cities))
    share = table.numbers("share", minimum=0.0)
    if (share > 1).any():
        table.fail("facilities.share_above", "share", (share > 1).argmax())
    for at, word in enumerate(text["since"]):
        if not is_day(str(word)):
            table.fail("facilities.no_day", "since", at)
    own = text["from_city"] == text["to_city"]
    own &= text["from_city"] != EVERY
    if own.any():
        table.fail("facilities.own_city", "to_city", own.argmax())
    frame = pd.DataFrame({**text, "share": share}).loc[:, list(COLUMNS)]
    _check_twice(table, frame)
    whole = _spread(table, frame, cities)
    return RecognitionRead(whole, ReadReport(table.path, len(table), len(frame)))


def join_recognition(found: Sequence[RecognitionRead], cities: Collection[str]) -> RecognitionRead:
    """Return the recognition of several files as one table, and what it does not say.

    Raises
    ------
    InputError
        If two files speak of the same service, pair and day.
    """
    table = pd.concat([one.table for one in found], ignore_index=True)
    twice = table.duplicated(_KEY).to_numpy()
    paths = ", ".join(one.report.path for one in found)
    if twice.any():
        row = table.iloc[int(twice.argmax())]
        raise InputError("facilities.pair_twice_files", path=paths, **{k: row[k] for k in _KEY})
    report = ReadReport(
        paths,
        seen=sum(one.report.seen for one in found),
        kept=len(table),
        noted=_noted(table, cities),
    )
    return RecognitionRead(table.sort_values(_KEY, ignore_index=True), report)


def is_day(text: str) -> bool:
    """Whether a text is a year, a month of one or a day (ISO 8601)."""
    parts = text.split("-")
    widths = [len(part) for part in parts]
    if widths not in ([4], [4, 2], [4, 2, 2]) or not all(part.isdecimal() for part in parts):
        return False
    year, month, day = (*map(int, parts), 1, 1)[:3]
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _check(table: Table, name: str, values: Objects, known: Sequence[str]) -> None:
    wrong = ~np.isin(values.astype(str), list(known))
    if wrong.any():
        table.fail("sources.cell_unknown_word", name, wrong.argmax(), known=", ".join(known))


def _check_twice(table: Table, frame: pd.DataFrame) -> None:
    twice = frame.duplicated(_KEY).to_numpy()
    if twice.any():
        at = int(twice.argmax())
        alike = (frame[_KEY] == frame.loc[at, _KEY]).all(axis=1).to_numpy()
        table.fail("facilities.pair_twice", "from_city", at, first=table.row(alike.argmax()))


def _spread(table: Table, frame: pd.DataFrame, cities: Collection[str]) -> pd.DataFrame:
    """Return a row for each pair of cities; rows that name more cities go first.

    Raises
    ------
    InputError
        Two rows that name as many cities say different things of a pair.
    """
    named = (frame["from_city"] != EVERY).astype(int) + (frame["to_city"] != EVERY).astype(int)
    rows = []
    for at in named.sort_values(kind="stable", ascending=False).index:
        row = frame.loc[at].to_dict()
        starts = list(cities) if row["from_city"] == EVERY else [row["from_city"]]
        ends = list(cities) if row["to_city"] == EVERY else [row["to_city"]]
        rows += [
            {**row, "from_city": start, "to_city": end, "at": at, "named": named[at]}
            for start in starts
            for end in ends
            if start != end
        ]
    every = pd.DataFrame(rows, columns=[*COLUMNS, "at", "named"])
    rivals: Any = every.groupby([*_KEY, "named"], sort=False)
    unclear = every[every["share"] != rivals["share"].transform("first")]
    # One that a row naming both cities settles is clear.
    best = every.drop_duplicates(_KEY).set_index(_KEY)["named"]
    for one in unclear.to_dict("records"):
        pair = tuple(one[name] for name in _KEY)
        if best[pair] == one["named"]:
            other = rivals.get_group((*pair, one["named"])).iloc[0]
            raise InputError(
                "facilities.pair_unclear", path=table.path, row=table.row(one["at"]),
                first=table.row(other["at"]), start=one["from_city"], end=one["to_city"],
                one=float(other["share"]), other=float(one["share"]),
            )  # fmt: skip
    whole = every.drop_duplicates(_KEY).loc[:, list(COLUMNS)]
    for name in _TEXTS:
        whole[name] = whole[name].astype("str")
    return whole.sort_values(_KEY, ignore_index=True)


def _noted(table: pd.DataFrame, cities: Collection[str]) -> tuple[Remark, ...]:
    """Return what is one-sided, and which services and pairs nothing is said of."""
    noted: list[Remark] = []
    latest = table.sort_values(_KEY).drop_duplicates(_KEY[:3], keep="last")
    pairs = len(cities) * (len(cities) - 1)
    for service, rows in latest.groupby("service", sort=True):
        share = {
            (start, end): value
            for start, end, value in zip(
                rows["from_city"], rows["to_city"], rows["share"], strict=True
            )
        }
        uneven = [p for p, value in share.items() if value != share.get(p[::-1], 0.0)]
        uneven = [(a, b) for a, b in uneven if a < b or (b, a) not in share]
        about: dict[str, object] = {"service": service_name(service)}
        if uneven:
            given = ", ".join(f"{a} → {b}" for a, b in uneven[:_NAMED])
            given += ", …" if len(uneven) > _NAMED else ""
            noted.append(Remark("facilities.uneven", len(uneven), {**about, "given": given}))
        if len(share) < pairs:
            noted.append(Remark("facilities.silent_pairs", pairs - len(share), about))
    silent = [one for one in SERVICES if one not in set(table["service"])]
    if silent:
        names = {
            language: LISTS[language].join(service_name(one)[language] for one in silent)
            for language in LANGUAGES
        }
        noted.append(Remark("facilities.silent_services", len(silent), {"given": names}))
    return tuple(noted)


def service_name(key: object) -> dict[Language, str]:
    """Return what a service is called, by language."""
    return {language: say(f"facilities.service_{key}", language) for language in LANGUAGES}
