"""Other networks: whether they stop at city borders, and what one loses with another."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString

from onecity.core.errors import InputError
from onecity.core.words import chapter
from onecity.region.manifest import Assumption
from onecity.region.schema import CRS, LINES
from onecity.region.store import Region
from onecity.region.validation import check_table
from onecity.strands.contract import Level
from onecity.strands.examination import Examination, Ranked, topics_of
from onecity.strands.keeping import from_bytes, to_bytes
from onecity.strands.transport.other_networks import TOPIC
from onecity.strands.transport.strand import strand
from tests.tiny import CORE, tiny_manifest, tiny_region, tiny_tables


def spot(column: int, row: int) -> tuple[float, float]:
    return -30 + 0.1 * column + 0.05, 1 + 0.1 * row + 0.05


def line(name: str, kind: str, a: Any, b: Any, **more: Any) -> dict[str, Any]:
    """Return a straight line from the middle of one zone to that of another."""
    row = {"line": name, "kind": kind, "capacity": np.nan, "unit": None, "km": 11.1}
    row |= {"tail": f"{kind}{a}", "head": f"{kind}{b}", "needs": None}
    return row | more | {"geometry": LineString([spot(*a), spot(*b)])}


def lines(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    table = gpd.GeoDataFrame(list(rows), geometry="geometry", crs=CRS)
    texts = [c.name for c in LINES.columns if c.kind == "text"]
    table[texts] = table[texts].astype("str")
    for name in ("unit", "needs"):
        table[name] = pd.Series([row[name] for row in rows], dtype="str")
    table = table.loc[:, [c.name for c in LINES.columns]]
    check_table(table, LINES)
    return table


def grid(*, held_back: bool) -> list[dict[str, Any]]:
    """Return power lines between all neighbours, or only between those of one city."""
    made = []
    for column in range(10):
        for row in range(5):
            for other in ((column + 1, row), (column, row + 1)):
                across = {column, other[0]} in ({4, 5}, {7, 8})
                if other[0] < 10 and other[1] < 5 and not (across and held_back):
                    name = f"{column}{row}{other}"
                    made.append(line(name, "power", (column, row), other, capacity=10.0, unit="MW"))
    return made


def examine(*rows: dict[str, Any]) -> Examination:
    return TOPIC.examine(tiny_region(lines=lines(*rows)))


def ranked(found: Examination, ranking: str, name: str) -> tuple[Ranked, dict[str, float]]:
    listed = next(one for one in found.rankings if one.key == f"networks.ranking_{ranking}")
    row = next(one for one in listed.rows if one.name["en"] == name)
    keys = (one.key.partition(".")[2] for one in listed.columns)
    return row, dict(zip(keys, row.values, strict=True))


def test_lines_everywhere_show_no_border_and_those_that_stop_at_it_do() -> None:
    even, held = examine(*grid(held_back=False)), examine(*grid(held_back=True))
    row, figures = ranked(even, "borders", "Power")
    assert figures["crossing"] == 10
    assert figures["edges"] == 85
    assert figures["placed"] == 12  # around the lake, which belongs to the place beside it
    # As many lines cross a kilometre of any border.
    assert figures["expected"] == pytest.approx(12, rel=0.02)
    assert abs(figures["border"]) < 2
    interval: Any = next(one.values for one in row.remarks if one.key == "networks.interval")
    assert interval["low"] < -30 < 30 < interval["high"]
    row, figures = ranked(held, "borders", "Power")
    assert figures["crossing"] == 0
    assert figures["border"] < -70
    assert row.remarks[0].key == "networks.verdict_clear"
    assert "networks.carries" in {one.key for one in row.remarks}
    matrix = even.findings.matrices[0].values
    assert matrix.loc[CORE, "990200"] == 3  # roads, rail and power
    assert held.findings.matrices[0].values.loc[CORE, "990200"] == 2
    assert even.findings.tables[Level.REGION]["networks.kinds"].tolist() == [3]
    _, figures = ranked(even, "pairs", "Power: Yunwan–Lanpu")
    assert figures["crossing"] == 5


def test_a_line_that_needs_another_is_lost_with_it() -> None:
    power = [line(f"p{k}", "power", (k, 1), (k + 1, 1)) for k in range(4)]
    fibre = [
        line(f"f{k}", "fibre", (k, 3), (k + 1, 3), needs="p1" if k == 1 else None) for k in range(4)
    ]
    found = examine(*power, *fibre)
    row, figures = ranked(found, "couplings", "Power → Fibre")
    # The path of five nodes loses 2 x 3 of its 10 pairs, by one line of four.
    assert figures["coupling_worst"] == pytest.approx(60)
    assert figures["coupling"] == pytest.approx(15)
    assert figures["coupling_edges"] == 1
    assert row.remarks[0].values["line"] == "p1"
    assert row.point == pytest.approx((-29.8, 1.15))
    _, back = ranked(found, "couplings", "Fibre → Power")
    assert back["coupling"] == 0


def test_lines_in_one_corridor_and_nodes_of_one_name_are_lost_together() -> None:
    road = (0, 2), (1, 2)  # beside the trunk road, which runs at 2.6 rows
    beside = line("f", "fibre", *road)
    (x, y), (across, _) = spot(*road[0]), spot(*road[1])
    beside["geometry"] = LineString([(x, y + 0.0105), (across, y + 0.0105)])
    found = examine(beside)
    row, figures = ranked(found, "couplings", "Roads → Fibre")
    assert figures["coupling_worst"] == 100
    assert row.edges == (0,)
    power = [
        line(f"p{k}", "power", (k, 1), (k + 1, 1), tail=f"N{k}", head=f"N{k + 1}") for k in range(3)
    ]
    pumps = [
        line(f"w{k}", "water", (k, 3), (k + 1, 3), tail=f"M{k}", head=f"M{k + 1}") for k in range(3)
    ]
    pumps[0]["tail"] = "N0"  # the only node they share: power's first line parts it
    found = examine(*power, *pumps)
    _, figures = ranked(found, "couplings", "Power → Water supply")
    assert figures["coupling_worst"] == pytest.approx(50)  # 3 of 6 pairs
    assert figures["coupling_edges"] == 1


def test_a_region_with_roads_alone_has_nothing_to_examine() -> None:
    bare = tiny_region(without=("rail_edges",))
    assert not TOPIC.open_to(bare)
    assert TOPIC.open_to(tiny_region())
    found = TOPIC.examine(tiny_region())
    assert from_bytes(to_bytes(found), "here").rankings == found.rankings
    assert {one.key for one in topics_of(strand, bare)} >= {"cuts", "hubs"}
    assert {one.key for one in topics_of(strand, tiny_region())} >= {"cuts", "hubs", "networks"}


def test_one_city_and_lines_elsewhere_say_so() -> None:
    tables = tiny_tables()
    alone = tables["cities"].iloc[:1].copy()
    alone["geometry"] = [tables["cities"].geometry.union_all()]
    one = tiny_region(
        without=("groups",),
        cities=alone,
        counties=tables["counties"].assign(city=CORE),
        zones=tables["zones"].assign(city=CORE),
    )
    found = TOPIC.examine(one)
    assert "networks.no_borders" in {remark.key for remark in found.findings.remarks}
    assert not found.findings.matrices
    away = line("far", "power", (0, 1), (60, 1))
    found = examine(away)
    told: list[Any] = [
        one.values["kind"] for one in found.findings.remarks if one.key == "networks.none_within"
    ]
    assert [one["en"] for one in told] == ["Power"]


def test_every_assumption_has_a_name() -> None:
    found = TOPIC.examine(tiny_region())
    assert found.assumptions
    assert all(f"name_{one.key}" in chapter("assumptions") for one in found.assumptions)


def test_an_assumption_that_is_no_number_is_refused() -> None:
    tables = tiny_tables()
    manifest = tiny_manifest(tables)
    wrong = Assumption("network_beside_m", -5.0, "m", "错", "wrong")
    object.__setattr__(manifest, "assumptions", (*manifest.assumptions, wrong))
    with pytest.raises(InputError, match="network_beside_m"):
        TOPIC.examine(Region.from_tables(manifest, tables))
