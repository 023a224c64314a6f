"""Flows between zones as a matrix, checked: what every measure of regions reads."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from onecity.core.errors import InputError
from onecity.models.dummies import codes
from onecity.models.effects import Reals, Rows


def flow_matrix(
    origin: ArrayLike, destination: ArrayLike, flow: ArrayLike, zones: int | None = None
) -> csr_array:
    """Return flows from zone to zone, shape (Z, Z); pairs that repeat add up.

    Parameters
    ----------
    origin, destination
        Zones 0..Z-1, shape (M,). Those of a zone to itself belong to it.
    flow
        Not negative and finite, any one unit, shape (M,).
    zones
        Z; None means one more than the largest.

    Raises
    ------
    InputError
        A value that is missing or out of range, with its row; no flow at all.
    """
    given = np.asarray(flow, np.float64)
    ends = [np.asarray(origin), np.asarray(destination)]
    for what, values in (("destination", ends[1]), ("flow", given)):
        if values.shape != ends[0].shape or values.ndim != 1:
            raise InputError("gravity.shape", what=what, given=values.shape, pairs=ends[0].size)
    wrong = ~(np.isfinite(given) & (given >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError("gravity.region_flow", row=row, given=float(given[row]))
    if not given.any():
        raise InputError("gravity.no_flow", pairs=len(given))
    for what, values in zip(("origin", "destination"), ends, strict=True):
        if not np.issubdtype(values.dtype, np.integer):
            raise InputError("border.zones_not_whole", what=what, given=values.dtype.name)
        last = max(int(values.max()), 0) if zones is None else zones - 1
        out = (values < 0) | (values > last)
        if out.any():
            row = int(np.argmax(out))
            raise InputError(
                "gravity.region_zone", what=what, row=row, given=int(values[row]), last=last
            )
    count = 1 + max(int(end.max()) for end in ends) if zones is None else zones
    return csr_array((given, (ends[0], ends[1])), shape=(count, count))


def parts_of(part: ArrayLike, zones: int) -> tuple[list[Any], Rows]:
    """Return labels of parts, ascending, and the place of each zone's (Z,) among them."""
    names, code = codes(part, zones, "part")
    if len(code) != zones:
        raise InputError("border.zone_shape", what="part", given=code.shape, zones=zones)
    return names, code


def between(flows: csr_array, code: Rows) -> Reals:
    """Return flows from part to part, shape (P, P)."""
    pairs = flows.tocoo()
    count = int(code.max()) + 1
    key = code[pairs.row] * count + code[pairs.col]
    return np.bincount(key, pairs.data, count * count).reshape(count, count).astype(np.float64)
