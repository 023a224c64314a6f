"""Travel times between all zones as a table on disk, for what does not fit in memory."""

import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from onecity.core.files import replacing
from onecity.core.progress import SILENCE, Progress
from onecity.region.store import Region

from .travel import network_of


def write_times(
    region: Region,
    path: str | os.PathLike[str],
    *,
    limit_minutes: float | None = None,
    progress: Progress = SILENCE,
) -> int:
    """Write the times between zones to a Parquet file, batch by batch; return its rows.

    Columns: ``from_zone`` and ``to_zone`` (identifiers, dictionary-encoded), ``seconds``
    (float64). Pairs without a way, or farther apart than `limit_minutes`, are left out; a
    zone is zero seconds from itself. Only a few batches of 64 zones are in memory. The
    file is written beside `path` and renamed into place.

    Raises
    ------
    StoreError
        If the file cannot be written; what was there before is still there.
    InputError
        If the limit is negative or not a number.
    """
    travel = network_of(region)
    names = pa.array(region.table("zones")["zone"].astype(str))
    limit = None if limit_minutes is None else limit_minutes * 60
    batches = travel.network.pairs(travel.zone_nodes, travel.zone_nodes, limit_seconds=limit)
    columns = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([("from_zone", columns), ("to_zone", columns), ("seconds", pa.float64())])
    rows = 0
    progress.stage("strands.stage_times")
    with replacing(path) as draft, pq.ParquetWriter(draft, schema, compression="zstd") as writer:
        for batch in batches:
            ends = (batch.sources, batch.targets)
            zones = [pa.array(np.asarray(end - travel.roads, np.int32)) for end in ends]
            named = [pa.DictionaryArray.from_arrays(zone, names) for zone in zones]
            writer.write_table(pa.table([*named, pa.array(batch.seconds)], schema=schema))
            rows += len(batch.seconds)
    return rows
