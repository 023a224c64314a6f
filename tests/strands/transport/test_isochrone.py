import pytest

from onecity.core.errors import InputError
from onecity.strands.transport.isochrone import isochrones, shapes_of
from tests.strands.twins import arcs_of, search
from tests.tiny import OFF, tiny_region


def spot_in(zone: str) -> tuple[float, float]:
    row = tiny_region().table("zones").set_index("zone").loc[zone]
    return float(row["lon"]) + 0.04, float(row["lat"]) - 0.03


def test_what_is_reached_is_what_dijkstra_reaches() -> None:
    region = tiny_region()
    found = isochrones(region, *spot_in("z24"), [90, 30, 60])
    assert found.zone == "z24"
    assert list(found.table["minutes"]) == [30, 60, 90]
    reached = search(arcs_of(region), "z24")[0]
    zones = region.table("zones").set_index("zone")
    for row in shapes_of(region, found).to_dict("records"):
        inside = [z for z in zones.index if reached.get(z, 1e12) <= row["minutes"] * 60_000]
        assert row["zones"] == len(inside)
        assert row["people"] == pytest.approx(zones.loc[inside, "people"].sum())
        assert row["area_km2"] == pytest.approx(zones.loc[inside, "area_km2"].sum())
        whole = zones.loc[inside].geometry.union_all()
        assert row["geometry"].symmetric_difference(whole).area == pytest.approx(0, abs=1e-12)
    assert found.table["zones"].is_monotonic_increasing
    assert found.table["zones"].iloc[-1] > found.table["zones"].iloc[0]


def test_a_point_off_the_network_is_told() -> None:
    region = tiny_region()
    found = isochrones(region, *spot_in(OFF), [60])
    assert found.table["zones"].tolist() == [1]
    assert found.indicator.remarks[0].key == "transport.point_off"
    assert "transport.point_off" not in [
        one.key for one in isochrones(region, *spot_in("z24"), [60]).indicator.remarks
    ]


def test_a_point_in_no_zone_is_named() -> None:
    with pytest.raises(InputError, match=r"\(114\.30000, 30\.60000\)"):
        isochrones(tiny_region(), 114.3, 30.6, [60])
