"""Borders: cities of zones and facilities, and how far a right is worth anything across.

pi[a, b] is the part of a right that people of city a have in city b: 1 at home, from 0 (closed)
to 1 (open) across. It need not be symmetric: b may recognise what a does not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError
from onecity.models.effects import Reals


@dataclass(frozen=True, slots=True)
class Places:
    """The city of every zone and facility.

    Attributes
    ----------
    zone_city : int32 (Z,)
        0..C-1.
    facility_city : int32 (F,)
        0..C-1.
    cities
        C.
    """

    zone_city: NDArray[np.int32]
    facility_city: NDArray[np.int32]
    cities: int


def places_of(zone_city: ArrayLike, facility_city: ArrayLike, cities: int) -> Places:
    """Return cities, checked.

    Raises
    ------
    InputError
        A city that is not 0..C-1.
    """
    checked = []
    for what, given in (("zone_city", zone_city), ("facility_city", facility_city)):
        values = np.asarray(given)
        if values.ndim != 1 or (len(values) and not np.issubdtype(values.dtype, np.integer)):
            raise InputError("access.not_whole", what=what, given=values.dtype.name)
        wrong = (values < 0) | (values >= cities)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise InputError(
                "access.no_row", what=what, row=row, given=int(values[row]), count=cities
            )
        checked.append(values.astype(np.int32))
    return Places(checked[0], checked[1], cities)


def permeability(cities: int, across: float = 0.0) -> Reals:
    """Return one pi for all borders (C, C): 0 is closed, 1 is open."""
    pi = np.full((cities, cities), float(across))
    np.fill_diagonal(pi, 1.0)
    return checked_permeability(pi, cities)


def opened(pi: ArrayLike, share: float) -> Reals:
    """Return pi + share (1 - pi): the way from today to all open.

    Parameters
    ----------
    pi
        Today's, (C, C).
    share
        0 is today, 1 all open.

    Raises
    ------
    InputError
        A share outside [0, 1], or a wrong pi.
    """
    if not 0 <= share <= 1:
        raise InputError("access.setting", what="share", given=share)
    given = np.asarray(pi, np.float64)
    checked = checked_permeability(given, len(given))
    # At 1 exactly one, whatever rounding makes of the sum.
    return np.ones_like(checked) if share == 1 else checked + share * (1.0 - checked)


def checked_permeability(pi: ArrayLike, cities: int) -> Reals:
    """Return pi (C, C) as numbers.

    Raises
    ------
    InputError
        A wrong shape, a number outside [0, 1], or a city that is closed to its own people.
    """
    given = np.asarray(pi, np.float64)
    if given.shape != (cities, cities):
        raise InputError("access.pi_shape", given=given.shape, cities=cities)
    wrong = ~((given >= 0) & (given <= 1))
    if wrong.any():
        a, b = (int(k) for k in np.argwhere(wrong)[0])
        raise InputError("access.pi_range", home=a, host=b, given=float(given[a, b]))
    at_home = np.diagonal(given)
    if (at_home != 1).any():
        city = int(np.argmax(at_home != 1))
        raise InputError("access.pi_home", city=city, given=float(at_home[city]))
    return np.ascontiguousarray(given)


def one_sided(pi: Reals) -> tuple[tuple[int, int], ...]:
    """Return cities a < b whose pi differs between the two ways."""
    upper = np.triu(pi != pi.T)
    return tuple((int(a), int(b)) for a, b in np.argwhere(upper))
