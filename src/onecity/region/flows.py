"""From a table of flows to all pairs of places: listed, known to be zero, or known to be small."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from onecity.core.errors import MissingError

from .sources.flows import Level, level_name


@dataclass(frozen=True, slots=True)
class AllPairs:
    """Every pair that one kind of flow says something of, by origin and then destination.

    Attributes
    ----------
    origin, destination : int64 (M,)
        Places in the codes given.
    flow : float64 (M,)
        The flow of a listed pair; of any other the most that it can have.
    listed : bool (M,)
        Whether the flow is known: listed, or absent from a whole list and so zero.
    unit
        Of the flow.
    """

    origin: NDArray[np.int64]
    destination: NDArray[np.int64]
    flow: NDArray[np.float64]
    listed: NDArray[np.bool_]
    unit: str


def all_pairs(
    flows: pd.DataFrame, codes: Sequence[str], *, level: Level, kind: str, year: int
) -> AllPairs:
    """Return all pairs from the origins that have a list.

    An origin without a list is unknown and has no pairs. A place paired with itself has one only
    where a row says so: most lists are of other places, and their silence is no figure.

    Parameters
    ----------
    flows
        A table in the schema FLOWS.
    codes
        The places that could be listed, all those of the flows among them.
    level, kind, year
        Which flows.

    Raises
    ------
    MissingError
        No such flows, or a code that is not given.
    """
    same = (flows["level"] == level) & (flows["kind"] == kind) & (flows["year"] == year)
    rows = flows.loc[same]
    if rows.empty:
        raise MissingError("flows.no_such", kind=kind, level=level_name(level), year=year)
    places = pd.Index(codes)
    o, d = (places.get_indexer(pd.Index(rows[end])) for end in ("origin", "destination"))
    lost = (o < 0) | (d < 0)
    if lost.any():
        at = int(lost.argmax())
        given = rows["origin" if o[at] < 0 else "destination"].iloc[at]
        raise MissingError("flows.code_not_given", given=given, level=level_name(level))
    count = len(places)
    flow, listed = np.full((count, count), np.nan), np.zeros((count, count), np.bool_)
    # What the list of each origin says of those that it does not name.
    whole = np.zeros(count, np.bool_)
    whole[o] = (rows["listing"] == "whole").to_numpy()
    last = np.full(count, np.nan)
    last[o] = rows["at_most"].to_numpy(np.float64)
    flow[:] = np.where(whole, 0.0, last)[:, None]
    listed[:] = whole[:, None]
    np.fill_diagonal(flow, np.nan)
    flow[o, d], listed[o, d] = rows["value"].to_numpy(np.float64), True
    origin, destination = np.nonzero(~np.isnan(flow))
    chosen = origin, destination
    return AllPairs(
        origin.astype(np.int64),
        destination.astype(np.int64),
        flow[chosen],
        listed[chosen],
        str(rows["unit"].iloc[0]),
    )
