"""What one city recognises of another's people, as shares between pairs of cities on a day."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

SERVICES = (
    "health",
    "education",
    "culture",
    "elderly",
    "medical_insurance",
    "pension",
    "housing_fund",
)
"""Services whose recognition may be given: four to reach, and three rights to carry."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """Shares of one service between cities, in the order they were asked for.

    Attributes
    ----------
    share
        (cities, cities): how far the city of the column recognises people of the city of the
        row. 1 on the diagonal, 0 where nothing is said.
    known
        (cities, cities): whether a row of the table says so; the diagonal is known.
    rows
        Rows of the table that hold on the day, as its index; in the order of the table.
    """

    share: npt.NDArray[np.float64]
    known: npt.NDArray[np.bool_]
    rows: tuple[int, ...]

    @property
    def uneven(self) -> npt.NDArray[np.bool_]:
        """(cities, cities): pairs whose two directions differ."""
        return np.asarray(self.share != self.share.T)


def recognised(
    table: pd.DataFrame, service: str, cities: Sequence[str], *, on: str | None = None
) -> Recognised:
    """Return the shares of a service between cities on a day.

    Parameters
    ----------
    table
        In the schema RECOGNITION.
    service
        One of `SERVICES`.
    cities
        Codes, in the order of the result; rows of other cities are left out.
    on
        Day, month or year (ISO 8601) at whose end it is asked; what begins later does not
        hold yet. None for the latest known. Of a pair's rows the last to begin holds.
    """
    number = {code: at for at, code in enumerate(cities)}
    share = np.eye(len(cities))
    known = np.eye(len(cities), dtype=np.bool_)
    mine = table[table["service"] == service].sort_values("since", kind="stable")
    holding: dict[tuple[int, int], int] = {}
    for row, start, end, value, since in zip(
        mine.index, mine["from_city"], mine["to_city"], mine["share"], mine["since"], strict=True
    ):
        # ISO dates order as text; "2023-05" holds at the end of 2023, so "2023" covers it.
        if start not in number or end not in number or (on is not None and since[: len(on)] > on):
            continue
        pair = number[start], number[end]
        share[pair], known[pair] = value, True
        holding[pair] = int(row)
    return Recognised(share, known, tuple(sorted(holding.values())))
