"""The node order of a region's network, kept beside the region.

Finding the order is the expensive part of building a network. It depends on which nodes
are joined and on nothing else, and any order is right for any arcs, if perhaps slower. So
one order is kept for a region as it was built, and serves every scenario of it: closed
roads and other speeds leave it as good as it was, a few added roads nearly so.
"""

from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from onecity.core.errors import OneCityError
from onecity.network import Network, orders, topology_hash
from onecity.region.store import CACHE

from .units import Reals, Rows


def network_from(
    tail: Rows,
    head: Rows,
    seconds: Reals,
    lon: Reals,
    lat: Reals,
    *,
    built: NDArray[np.bool_],
    folder: Path | None,
) -> Network:
    """Return the network of some arcs, by the order kept in the region's folder if it fits.

    Parameters
    ----------
    tail, head, seconds, lon, lat
        See `onecity.network.Network.from_arcs`.
    built
        Which arcs the region had when it was built, shape (arcs,): their order is kept.
    folder
        Folder of the region; None for a region in memory, whose order is not kept.
    """
    if folder is None:
        return Network.from_arcs(tail, head, seconds, lon=lon, lat=lat)
    kept = tail[built].astype(np.int32), head[built].astype(np.int32)
    topology = topology_hash(*kept, len(lon))
    file = folder / CACHE / f"order-{topology}.npz"
    try:
        order = orders.load(file, topology, len(lon))
        return Network.from_arcs(tail, head, seconds, n=len(lon), order=order)
    except OneCityError:
        # Not there, damaged, or of another network: it is made anew and takes its place.
        first = Network.from_arcs(tail[built], head[built], seconds[built], lon=lon, lat=lat)
    with suppress(OneCityError, OSError):  # a folder that cannot be written is no error
        file.parent.mkdir(exist_ok=True)
        first.save_order(file)
    if built.all():
        return first
    return Network.from_arcs(tail, head, seconds, n=len(lon), order=first.order)
