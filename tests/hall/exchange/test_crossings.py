"""Cases between cities, as a region takes them."""

from pathlib import Path

import pandas as pd

from onecity.hall.exchange.crossings import COLUMNS, Crossing, crossings_of
from onecity.region.sources.flows import read_flows
from tests.hall.small import SMALL


def test_cases_are_counted_by_pair_and_year() -> None:
    assert crossings_of(SMALL) == (
        Crossing(2023, "A", "A", 900),
        Crossing(2024, "A", "A", 140),
        Crossing(2024, "A", "B", 60),
        Crossing(2024, "B", "A", 20),
        Crossing(2024, "B", "B", 30),
    )
    assert crossings_of(SMALL, ["drug"]) == (Crossing(2024, "A", "A", 10),)


def test_a_region_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "办件.csv"
    rows = [one.row() for one in crossings_of(SMALL)]
    pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(path, index=False)
    flows = read_flows(path, codes={"city": ["A", "B"]}).table
    assert len(flows) == 5
    assert flows.set_index(["year", "origin", "destination"])["value"][2024, "A", "B"] == 60
    assert set(flows["unit"]) == {"cases/year"}
