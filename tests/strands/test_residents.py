import numpy as np
import pytest

from onecity.core.provenance import Grade, Nature
from onecity.region.store import Region
from onecity.strands import residents as rs
from onecity.strands.contract import Findings, Level
from tests.strands.yearly import with_years
from tests.tiny import tiny_region


@pytest.fixture(scope="module")
def region() -> Region:
    return tiny_region()


@pytest.fixture(scope="module")
def found(region: Region) -> Findings:
    return rs.residents(region)


def test_every_level_has_its_people_land_and_density(region: Region, found: Findings) -> None:
    zones = region.table("zones")
    for level, table in found.tables.items():
        assert list(table.columns) == [rs.PEOPLE, rs.AREA, rs.DENSITY], level
        assert np.allclose(table[rs.DENSITY], table[rs.PEOPLE] / table[rs.AREA])
    whole = found.tables[Level.REGION].loc["tiny"]
    assert whole[rs.PEOPLE] == pytest.approx(zones["people"].sum())
    assert whole[rs.AREA] == pytest.approx(zones["area_km2"].sum())
    assert list(found.tables[Level.ZONE].index) == list(zones["zone"])
    gate = zones[zones["county"].isin(["990102", "990202"])]
    assert found.tables[Level.GROUP].loc["gate", rs.PEOPLE] == pytest.approx(gate["people"].sum())


def test_a_region_without_groups_has_none() -> None:
    found = rs.residents(tiny_region(without=("groups",)))
    assert not len(found.tables[Level.GROUP])
    assert list(found.tables[Level.GROUP].columns) == [rs.PEOPLE, rs.AREA, rs.DENSITY]


def test_trust_is_that_of_the_table_and_of_the_unit(region: Region, found: Findings) -> None:
    assert rs.indicators_at(region, Level.CITY)[rs.PEOPLE].grade is Grade.C
    assert rs.indicators_at(region, Level.ZONE)[rs.PEOPLE].nature is Nature.MODELLED
    assert found.indicators[rs.PEOPLE].grade is Grade.D, "the weakest of all levels"

    def trust(level: Level, code: str, key: str = rs.PEOPLE) -> tuple[Grade, Nature]:
        one = rs.indicator_in(region, level, code, key)
        return one.grade, one.nature

    assert trust(Level.COUNTY, "999001") == (Grade.B_MINUS, Nature.OBSERVED)
    assert trust(Level.COUNTY, "999001", rs.DENSITY) == (Grade.B_MINUS, Nature.OBSERVED)
    assert trust(Level.COUNTY, "999001", rs.AREA) == (Grade.D, Nature.MODELLED)
    assert trust(Level.CITY, "990100") == (Grade.A, Nature.OBSERVED)
    assert trust(Level.GROUP, "east") == (Grade.D, Nature.MODELLED)
    assert trust(Level.GROUP, "bay") == (Grade.A, Nature.MODELLED)
    assert trust(Level.REGION, "tiny") == (Grade.C, Nature.OBSERVED)
    assert trust(Level.ZONE, "z00") == (Grade.D, Nature.MODELLED)


def test_layers_draw_what_the_tables_hold(region: Region, found: Findings) -> None:
    several = rs.layers(region, found)
    assert len({one.key for one in several}) == len(several)
    for one in several:
        column = found.tables[one.level][one.indicator.key]
        assert set(one.scale.limits) <= set(column)


def test_years_stand_in_order_and_gaps_stay_gaps() -> None:
    rows = [
        ("city", "990100", 2020, 2.0),
        ("city", "990100", 2010, 1.0),
        ("city", "990200", 2020, 3.0),
        ("county", "990101", 2015, 4.0),
        ("county", "000000", 2015, 5.0),
    ]
    found = rs.people_by_year(with_years(rows))
    cities = found[Level.CITY]
    assert np.array_equal(cities.columns, [2010, 2020])
    assert list(cities.index) == ["990100", "990200", "999001"]
    assert np.array_equal(
        cities.to_numpy(), [[1.0, 2.0], [np.nan, 3.0], [np.nan, np.nan]], equal_nan=True
    )
    assert "000000" not in found[Level.COUNTY].index
    assert rs.people_by_year(tiny_region()) == {}
    assert list(rs.people_by_year(with_years(rows[:3]))) == [Level.CITY]
