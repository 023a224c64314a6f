"""Which pairs of zones cross which borders, as columns of zeros and ones."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError

from .effects import Reals, Rows

By = Literal["circle", "border", "city"]
#: ``"all"`` or ``"other"``, a city, or two cities in ascending order.
Label = Any


@dataclass(frozen=True, slots=True)
class Dummies:
    """Borders as regressors.

    Attributes
    ----------
    labels
        What each of the B columns stands for.
    columns : float64 (M, B)
        1 where a pair crosses, else 0.
    absent
        Borders that no pair crosses; they have no column.
    """

    labels: tuple[Label, ...]
    columns: Reals
    absent: tuple[Label, ...]


def border_dummies(
    origin: Rows,
    destination: Rows,
    city: ArrayLike,
    *,
    by: By = "circle",
    touching: ArrayLike | None = None,
) -> Dummies:
    """Return which pairs cross which borders.

    Parameters
    ----------
    origin, destination
        Zones of the pairs, shape (M,).
    city
        City of each zone, any labels, shape (Z,).
    by
        ``"circle"``: one column ``"all"``. ``"border"``: one for each two cities in `touching`
        and one, ``"other"``, for all that cross elsewhere. ``"city"``: one for each city, 1
        where exactly one end lies in it.
    touching
        With ``"border"``: labels of cities that touch, shape (T, 2), in any order; None means
        every two cities.

    Raises
    ------
    InputError
        A zone without a city, or a label in `touching` that no zone has.
    """
    zones = 1 + int(max(np.max(origin), np.max(destination)))
    names, code = codes(city, zones, "city")
    a, b = code[origin], code[destination]
    crossing = a != b
    found: list[tuple[Label, NDArray[np.bool_]]]
    if by == "circle":
        found = [("all", crossing)]
    elif by == "city":
        found = [(name, (a == k) != (b == k)) for k, name in enumerate(names)]
    else:
        key = np.minimum(a, b) * len(names) + np.maximum(a, b)
        chosen = _borders(names, touching)
        found = [((names[i], names[j]), key == i * len(names) + j) for i, j in chosen]
        others = crossing & ~np.isin(key, [i * len(names) + j for i, j in chosen])
        if others.any():
            found.append(("other", others))
    some = [(label, column) for label, column in found if column.any()]
    if not some:
        raise InputError("border.none_crosses", pairs=len(crossing))
    return Dummies(
        labels=tuple(label for label, _ in some),
        columns=np.column_stack([column for _, column in some]).astype(np.float64),
        absent=tuple(label for label, column in found if not column.any()),
    )


def codes(labels: ArrayLike, zones: int, what: str = "clusters") -> tuple[list[Any], Rows]:
    """Return the distinct labels in ascending order and the place of each zone's among them.

    Raises
    ------
    InputError
        Fewer labels than zones, or a zone without one.
    """
    given = np.asarray(labels)
    if given.ndim != 1 or len(given) < zones:
        raise InputError("border.zone_shape", what=what, given=given.shape, zones=zones)
    # NaN is the only value that differs from itself; None stands in columns of objects.
    missing = np.array([x is None or x != x for x in given.tolist()])  # noqa: PLR0124
    if missing.any():
        raise InputError("border.no_label", what=what, zone=int(np.argmax(missing)))
    distinct, places = np.unique(given, return_inverse=True)
    return distinct.tolist(), np.asarray(places, np.int64)


def _borders(names: list[Any], touching: ArrayLike | None) -> list[tuple[int, int]]:
    """Return borders as ascending pairs of codes, each once, in ascending order."""
    if touching is None:
        return [(i, j) for i in range(len(names)) for j in range(i + 1, len(names))]
    given = np.asarray(touching)
    if given.size == 0:
        return []
    if given.ndim != 2 or given.shape[1] != 2:
        raise InputError("border.touching_shape", given=given.shape)
    place = {name: k for k, name in enumerate(names)}
    pairs = set()
    for row, (left, right) in enumerate(given.tolist()):
        for label in (left, right):
            if label not in place:
                raise InputError("border.unknown_city", row=row, given=label)
        if left != right:
            pairs.add((min(place[left], place[right]), max(place[left], place[right])))
    return sorted(pairs)
