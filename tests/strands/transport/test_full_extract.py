"""Broken roads (断头路) on full extracts: a real road cut at a border is found again, as it was.

Of two towns, pieces of real roads across a border are cut out of the extract. What is proposed
then is held against the roads themselves, counted by loops and before and after; what is
proposed beside them is held against what a dead end is.
"""

from dataclasses import dataclass
from math import atan2, cos, degrees, radians
from pathlib import Path

import numpy as np
import pytest
from shapely import LineString, Point

from onecity.region.build import build
from onecity.region.interventions import AddRoad
from onecity.region.store import Region
from onecity.strands.contract import Proposal
from onecity.strands.transport import strand
from onecity.strands.travel import network_of
from tests.region.towns import CITIES, LOCAL, RECIPE, Box, cut_out, make_recipe

pytestmark = [pytest.mark.shared, pytest.mark.slow]

# By way: its name, and the nodes from which to which it is cut out, over the border.
PIECES: dict[str, dict[int, tuple[str, int, int]]] = {
    "Porto Alegre": {
        27572899: ("Rua Passo da Pátria", 4152010388, 4152011189),
        125207779: ("Rua Casemiro de Abreu", 4152011232, 4152011231),
        357840708: ("Acesso Maraba", 1407638146, 1407637933),
        317017808: ("Rua Casca Alpina", 3232271606, 3232271595),
        37581420: ("Rua General Jonathas de Borges Fortes", 440504097, 440504098),
        328059872: ("Estrada Salater", 1407638325, 1407638109),
    },
    "Porto": {
        57678061: ("Rua Laranjeiras", 2292541496, 2292541506),
        66012037: ("Rua Sá e Melo", 3137483110, 1361261371),
        36836250: ("Rua de Dom António Barroso", 428217477, 428217478),
        118005376: ("EN 109-1", 1328045024, 1328157168),
    },
}
LAND: dict[str, Box] = {
    # The parts around the borders, so that it is quick; they run where they do in `CITIES`.
    "Porto Alegre": (-51.255, -30.115, -51.135, -29.995),
    "Porto": (-8.65, 41.09, -8.57, 41.23),
}
FEW_DRAWS = """
[assumptions.link_draws]
value = 3
reason_zh = "试验"
reason_en = "trial"
"""


@dataclass(frozen=True)
class Town:
    """A town some of whose roads were cut, and what is proposed there."""

    name: str
    region: Region
    found: tuple[Proposal, ...]

    @property
    def broken(self) -> list[Proposal]:
        return [one for one in self.found if one.kind == "dead_ends"]

    def of(self, road: int) -> Proposal:
        """The proposal that joins the ends of a piece cut out, whichever way round."""
        origin = self.region.table("road_nodes")["origin"]
        _, *ends = PIECES[self.name][road]
        wanted = {str(one) for one in ends}
        (one,) = [one for one in self.found if {origin[end] for end in ends_of(one)} == wanted]
        return one


def ends_of(one: Proposal) -> tuple[int, int]:
    assert isinstance(one.intervention, AddRoad)
    return one.intervention.tail, one.intervention.head


@pytest.fixture(scope="module", params=sorted(PIECES))
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shared_data: Path
) -> Town:
    name = str(request.param)
    folder = tmp_path_factory.mktemp("cut")
    roads = folder / "cut.osm.pbf"
    pieces = {road: (start, end) for road, (_, start, end) in PIECES[name].items()}
    cut_out(shared_data / "peers" / CITIES[name][0], roads, pieces)
    make_recipe(folder, roads, LAND[name], RECIPE + FEW_DRAWS)
    region = build(folder, folder / "out")
    return Town(name, region, strand.propose(region))


def test_each_road_that_was_cut_is_found_again(town: Town) -> None:
    for road, (name, *_) in PIECES[town.name].items():
        one = town.of(road)
        assert one.kind == "dead_ends"
        assert one.evidence["county_border"]
        assert one.evidence["roads"] == (name, name)
        assert one.evidence["roads_crossed"] == 0
        assert one.evidence["straight_km"] < 0.2
        said = [remark.key.removeprefix("transport.") for remark in one.remarks]
        assert "dead_ends" in said
        assert "ends_as_drawn" in said
        assert "one_road_broken" in said
        assert "minor_roads_unknown" not in said
        assert "断头路" in one.remarks[1].text("zh")


def test_what_restoring_gives_is_what_was_promised(town: Town) -> None:
    """Every zone is a cell here: trips and times between all of them, before and after."""
    region = town.region
    zones = region.table("zones")
    travel = network_of(region)
    nodes = travel.zone_nodes
    before = travel.network.travel_times(nodes, nodes)
    legs = region.table("connectors")["zone"]
    people = zones["people"].where(zones["zone"].isin(legs), 0.0).to_numpy()
    pull = people * np.exp(-before / 60 / 30)
    trips = people[:, None] * pull / np.maximum(pull.sum(axis=1, keepdims=True), 1e-300)
    for road in PIECES[town.name]:
        one = town.of(road)
        built = network_of(region.apply([one.intervention]))
        after = built.network.travel_times(nodes, nodes)
        saved = trips * np.where(np.isfinite(before), before - np.where(
            np.isfinite(before), after, 0.0), 0.0) / 3600  # fmt: skip
        assert one.benefit > 0
        assert one.benefit == pytest.approx(saved.sum(), rel=1e-6)
        by_city = {str(code): saved[(zones["city"] == code).to_numpy()].sum() for code in one.gains}
        assert one.gains == pytest.approx(by_city, rel=1e-6, abs=1e-6)


def test_they_stand_among_all_by_what_they_give(town: Town) -> None:
    ranks = [one.rank for one in town.found]
    assert ranks[:20] == list(range(1, 21))
    # Behind the best, what is a finding whatever its rank, with the rank it has.
    assert ranks == sorted(set(ranks))
    assert all(one.rank <= one.evidence["compared"] for one in town.found)
    assert all(one.evidence["stands_out"] for one in town.found[20:])
    gains = [one.benefit for one in town.found]
    assert gains == sorted(gains, reverse=True)
    assert all(one.stability is None or one.stability.draws == 3 for one in town.found)
    # Links between other crossings are among them: long ways round, none of them dead ends.
    rest = [one for one in town.found if one.kind == "long_way_round"]
    assert len(rest) >= 5
    for one in rest:
        assert one.evidence["detour"] >= 2
        assert not one.evidence["dead_ends"]


def test_what_is_called_a_broken_road_is_one(town: Town) -> None:
    """Every dead end proposed, those of the world too: two stubs facing over a border, no way."""
    nodes, edges = town.region.table("road_nodes"), town.region.table("road_edges")
    counties = town.region.table("counties").geometry
    assert len(town.broken) >= len(PIECES[town.name])
    for one in town.broken:
        ends = ends_of(one)
        spots = [(float(nodes["lon"][end]), float(nodes["lat"][end])) for end in ends]
        land = [int(counties.intersects(Point(spot)).argmax()) for spot in spots]
        assert land[0] != land[1]
        gap = LineString(spots)
        own = []
        for end, spot, other in zip(ends, spots, reversed(spots), strict=True):
            at = edges[(edges["tail"] == end) | (edges["head"] == end)]
            assert len(at) == 1  # nothing else leads on
            stub = at.iloc[0]
            assert stub["class"] not in {"service", "track", "motorway", "ferry"}
            course = list(stub.geometry.coords)
            if Point(course[0]).distance(Point(spot)) > 1e-9:
                course.reverse()
            far = [bend for bend in course[1:] if metres(bend, spot) >= 20] or [course[-1]]
            turn = heading(far[0], spot) - heading(spot, other)
            assert abs((turn + 180) % 360 - 180) <= 60.5
            own.append(at.index[0])
        between = edges.drop(index=own)
        between = between[between["seconds_forward"].notna() | between["seconds_backward"].notna()]
        assert not between.geometry.intersects(gap).any()


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    east = (other[0] - one[0]) * cos(radians(one[1]))
    return 111_200 * float(np.hypot(east, other[1] - one[1]))


def heading(start: tuple[float, float], end: tuple[float, float]) -> float:
    east = (end[0] - start[0]) * cos(radians(start[1]))
    return degrees(atan2(end[1] - start[1], east))


def test_where_local_roads_are_left_out_nothing_is_called_broken(
    tmp_path: Path, shared_data: Path
) -> None:
    """The same town with main roads alone: most ends are where the class ends."""
    name = "Porto Alegre"
    text = RECIPE + FEW_DRAWS
    for line in LOCAL:
        text = text.replace(line, "")
    text = text.replace("max_km = 3", "max_km = 8").replace("resolution = 9", "resolution = 8")
    make_recipe(tmp_path, shared_data / "peers" / CITIES[name][0], LAND[name], text)
    found = strand.propose(build(tmp_path, tmp_path / "out"))
    assert found
    for one in found:
        assert one.kind != "dead_ends"
        assert one.evidence["roads_crossed"] is None
        assert one.remarks[0].key == "transport.candidate_only"
        assert not any("断头路" in remark.text("zh") for remark in one.remarks)
