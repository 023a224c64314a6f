"""The table of times on disk says what the network says."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from onecity.core.errors import InputError, StoreError
from onecity.strands.times_table import write_times
from onecity.strands.travel import network_of
from tests.tiny import OFF, tiny_region


@pytest.mark.parametrize("limit", [None, 30.0, 0.0])
def test_every_pair_within_the_limit_is_there_once(tmp_path: Path, limit: float | None) -> None:
    region = tiny_region()
    rows = write_times(region, tmp_path / "时间.parquet", limit_minutes=limit)
    table = pd.read_parquet(tmp_path / "时间.parquet")
    travel = network_of(region)
    zones = region.table("zones")["zone"].to_numpy()
    seconds = travel.network.travel_times(travel.zone_nodes, travel.zone_nodes)
    near = np.isfinite(seconds) if limit is None else seconds <= limit * 60
    start, end = np.nonzero(near)
    expected = dict(zip(zip(zones[start], zones[end], strict=True), seconds[near], strict=True))
    pairs = zip(table["from_zone"], table["to_zone"], strict=True)
    assert dict(zip(pairs, table["seconds"], strict=True)) == expected
    assert rows == len(table) == len(expected)
    assert not ((table["from_zone"] == OFF) & (table["to_zone"] != OFF)).any()


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="absent"):
        write_times(tiny_region(), tmp_path / "absent" / "t.parquet")
    with pytest.raises(InputError):
        write_times(tiny_region(), tmp_path / "t.parquet", limit_minutes=-1.0)
    assert list(tmp_path.iterdir()) == []
