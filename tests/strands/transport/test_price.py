import pytest

from onecity.core.errors import MissingError
from onecity.region.interventions import AddRoad
from onecity.strands.transport import appraise
from onecity.strands.transport.price import price_of
from onecity.strands.travel import network_of
from tests.tiny import DEAD_ENDS, tiny_region

ROAD = AddRoad(*DEAD_ENDS, 60.0, detour=1.2)


def test_the_price_is_that_of_the_appraisal() -> None:
    region = tiny_region()
    (appraised,) = appraise(region, [ROAD])
    found = price_of(region, network_of(region), ROAD)
    assert found is not None
    assert found.cost_million_cny == appraised.cost_million_cny
    said = {one.key for one in appraised.remarks}
    assert {one.key for one in found.remarks} <= said
    assert set(found.assumptions) <= set(appraised.assumptions)


def test_a_tunnel_is_priced_as_one() -> None:
    region = tiny_region()
    travel = network_of(region)
    through = AddRoad(*DEAD_ENDS, 60.0, road_class="tunnel")
    found = price_of(region, travel, through)
    assert found is not None
    assert set(found.lengths.high) == {"tunnel"}


def test_beside_a_road_there_is_no_price() -> None:
    region = tiny_region()
    edge = region.table("road_edges").iloc[0]
    road = AddRoad(int(edge["tail"]), int(edge["head"]), 60.0)
    assert price_of(region, network_of(region), road) is None


def test_a_node_that_is_not_there_is_told() -> None:
    region = tiny_region()
    with pytest.raises(MissingError):
        price_of(region, network_of(region), AddRoad(0, 10_000, 60.0))
