"""Dependencies that would go round in a ring, each told at its cell."""

from collections.abc import Mapping

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from onecity.core.severity import Severity
from onecity.core.workbook.findings import Collector, listing
from onecity.programme.ledger.model import Item

from .parts import Parts
from .sheets import Sheet

_SHOWN = 6


def tell_rings(sheet: Sheet, items: Mapping[str, Item], parts: Parts, told: Collector) -> None:
    """Tell of every dependency of a sheet that lies in a ring; `items` are as they would be."""
    rows = {id_: row for row, id_ in enumerate(items)}
    pairs = [
        (rows[one.id], rows[each.item])
        for one in items.values()
        for each in one.depends_on
        if each.item in rows
    ]
    if not pairs:
        return
    ends = np.array(pairs, dtype=np.int64).T
    shape = (len(rows), len(rows))
    graph = coo_array((np.ones(ends.shape[1], dtype=np.int8), (ends[0], ends[1])), shape=shape)
    _, group = connected_components(graph, directed=True, connection="strong")
    size = np.bincount(group)
    for row, after, before in parts.edges:
        ring = group[rows[after]]
        if size[ring] < 2 or group[rows[before]] != ring:
            continue
        members = [
            one.number for one, its in zip(items.values(), group, strict=True) if its == ring
        ]
        listed = listing([*members[:_SHOWN], *(["…"] if len(members) > _SHOWN else [])])
        told.at(
            sheet,
            Severity.FAULT,
            "ledger_files.ring",
            row.row,
            "item",
            given=items[before].number,
            listed=listed,
        )
