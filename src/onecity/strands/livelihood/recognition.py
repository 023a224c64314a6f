"""Who recognises what of whose people: the table ``recognition`` as pi of `models.access`.

A pair of cities that the table says nothing of is closed: nobody has said that it is open. That
is an assumption, and how many pairs rest on it is told. Of several rows for a pair the one that
came into force last holds; rows a scenario adds are marked ``planned`` and hold over all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from onecity.core.errors import InputError
from onecity.region.interventions import PLANNED
from onecity.region.recognition import recognised as shares_of
from onecity.region.store import Region
from onecity.strands.units import Reals, rows_of

from .kinds import SPEAKS_FOR

TABLE = "recognition"


@dataclass(frozen=True, slots=True)
class Recognition:
    """How far cities recognise what another's people are entitled to.

    Attributes
    ----------
    pi : float64 (C, C)
        Of people of the row's city in the column's; 1 at home.
    known : bool (C, C)
        Pairs that the table speaks of; the others are closed by assumption.
    by
        What the table calls it: the service itself, or the right that speaks for it where the
        table does not.
    """

    pi: Reals
    known: NDArray[np.bool_]
    by: str

    @property
    def silent(self) -> int:
        """Ordered pairs of two cities that the table says nothing of."""
        return int((~self.known).sum())


def rows_told(region: Region) -> pd.DataFrame:
    """Return the rows of the table, checked; none where the region has no such table.

    Raises
    ------
    InputError
        A share outside [0, 1], or a city that does not exist.
    """
    columns = ["service", "from_city", "to_city", "share", "since"]
    if not region.has(TABLE):
        return pd.DataFrame({name: [] for name in columns}).astype({"share": np.float64})
    table: pd.DataFrame = region.table(TABLE)[columns].reset_index(drop=True)
    share = table["share"].to_numpy(dtype=np.float64)
    wrong = ~((share >= 0) & (share <= 1))
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError("livelihood.share", row=row, given=float(share[row]))
    cities = pd.Index(region.table("cities")["city"])
    for column in ("from_city", "to_city"):
        rows_of(cities, table[column], TABLE, column)
    return table


def recognised(region: Region, name: str, *, until: int | None = None) -> Recognition:
    """Return what is recognised of one service or right.

    Parameters
    ----------
    until
        Only what was in force by the end of that year; None for all, plans included.

    Raises
    ------
    InputError
        As `rows_told`.
    """
    on = None if until is None else str(until)
    return recognised_by(rows_told(region), name, list(region.table("cities")["city"]), on=on)


def recognised_by(
    told: pd.DataFrame, name: str, cities: Sequence[str], *, on: str | None = None
) -> Recognition:
    """Return what a table says of one service or right, between cities in their order."""
    own = shares_of(told, name, cities, on=on)
    right = SPEAKS_FOR.get(name, "")
    other = shares_of(told, right, cities, on=on)
    spoken = other.known & ~own.known
    return Recognition(
        pi=np.where(own.known, own.share, other.share),
        known=own.known | other.known,
        by=right if spoken.any() else name,
    )


def years_of(since: pd.Series) -> Reals:
    """Return the year each row holds from; +inf for what is planned only."""
    text = since.astype(str).str[:4]
    return np.asarray(
        pd.to_numeric(text.where(since != PLANNED), errors="coerce").fillna(np.inf), np.float64
    )
