"""The same-circle premium of groups, from lists of flows between real cities."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from onecity.core.errors import InputError, OneCityError
from onecity.core.words import Sentence
from onecity.league.gazetteer import gazetteer
from onecity.league.groups import Group, read_groups
from onecity.league.premium import PLACEBOS, premiums, read_city_flows
from onecity.league.standing import Premium
from onecity.strands.travel import straight_km

TRUTH, TOP = 2.5, 14


@pytest.fixture(scope="module")
def zhengzhou() -> Group:
    return next(one for one in read_groups() if one.key == "zhengzhou")


@pytest.fixture(scope="module")
def flows(zhengzhou: Group, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Flows between the cities of Henan and around, more within the group, lists cut off."""
    cities = [
        one
        for one in gazetteer().cities.values()
        if 110.5 < one.lon < 117.5 and 31 < one.lat < 37.5
    ]
    lon, lat = np.array([(one.lon, one.lat) for one in cities]).T
    members = {one.city.code for one in zhengzhou.members}
    inside = np.array([one.code in members for one in cities])
    province = np.array([one.code[:2] for one in cities])
    o, d = np.nonzero(~np.eye(len(cities), dtype=bool))
    rng = np.random.default_rng(4)
    size = rng.normal(0, 0.6, (2, len(cities)))
    mean = 12 + size[0][o] + size[1][d] - 1.4 * np.log(straight_km(lon[o], lat[o], lon[d], lat[d]))
    mean += np.log(TRUTH) * (inside[o] & inside[d]) - 0.7 * (province[o] != province[d])
    value = np.exp(mean + 0.3 * rng.normal(size=len(o)))
    names = [
        (one.code, one.name_zh, one.name_zh.removesuffix("市"))[place % 3]
        for place, one in enumerate(cities)
    ]
    table = pd.DataFrame(
        {"origin": [names[at] for at in o], "destination": [names[at] for at in d], "value": value}
    )
    table = table.sort_values("value", ascending=False).groupby("origin").head(TOP)
    lost = pd.DataFrame({"origin": ["郑州"], "destination": ["Atlantis"], "value": [1.0]})
    table = pd.concat([table, lost])
    file = tmp_path_factory.mktemp("流量") / "城市间流量.csv"
    table.assign(year=2020, listing="top").to_csv(file, index=False)
    return file


def test_a_planted_premium_comes_back_and_stands_out(zhengzhou: Group, flows: Path) -> None:
    read = read_city_flows(flows)
    assert [one.values["count"] for one in read.remarks] == [1]
    assert read.source.grade.value == "E"
    found = premiums([zhengzhou], read)["zhengzhou"]
    assert isinstance(found, Premium)
    low, high = found.interval
    assert low < TRUTH < high
    assert high / low < 3
    assert found.members == (9, 9)
    assert found.p <= 0.1
    assert found.placebos > PLACEBOS // 2


def test_whole_lists_with_zeros_are_fitted_as_they_are(
    zhengzhou: Group, flows: Path, tmp_path: Path
) -> None:
    """What a whole list does not name is zero, and zeros do not stop the estimate."""
    table = pd.read_csv(flows, dtype=str)
    table["value"] = table["value"].astype(float).round()
    table.assign(listing="whole").to_csv(tmp_path / "whole.csv", index=False)
    read = read_city_flows(tmp_path / "whole.csv")
    assert read.listed.all()
    assert (read.flow == 0).any()
    found = premiums([zhengzhou], read)["zhengzhou"]
    assert isinstance(found, Premium)
    assert found.interval[0] < found.factor < found.interval[1]
    assert 1.5 < found.factor < 2 * TRUTH
    # Beside whole lists those that are cut off are left out, and it is said.
    first = table["origin"] == table["origin"].iloc[0]
    mixed = table.assign(listing=np.where(first, "top", "whole"))
    mixed.to_csv(tmp_path / "mixed.csv", index=False)
    read = read_city_flows(tmp_path / "mixed.csv")
    assert read.listed.all()
    assert "flow_findings.cut_left_out" in {one.key for one in read.remarks}


def test_groups_that_flows_do_not_speak_of_get_a_reason(three: Group, flows: Path) -> None:
    prd = next(one for one in read_groups() if one.key == "prd")
    found = premiums([prd], read_city_flows(flows))["prd"]
    assert isinstance(found, Sentence)
    assert found.values == {"here": 0, "members": 9}
    assert "0" in found.text("zh")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("origin,destination,value,year\n郑州,开封,5,2020\n", "league.flows_column"),
        (
            "origin,destination,value,year,listing\n郑州,开封,5,2020,top\n郑州,开封,5,2021,top\n",
            "league.flows_several",
        ),
        (
            "origin,destination,value,year,listing\n郑州,开封,5,2020,top\n410100,开封市,5,2020,top\n",
            "league.flows_twice",
        ),
        ("origin,destination,value,year,listing\n广州,哈尔滨,5,2020,top\n", "league.flows_too_far"),
        ("origin,destination,value,year,listing\n郑州,开封,-5,2020,top\n", "sources.cell_below"),
        ("origin,destination,value,year,listing\n甲,乙,5,2020,top\n", "flows.none_inside"),
    ],
)
def test_wrong_flows_say_where(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "流量.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(OneCityError) as caught:
        read_city_flows(file)
    assert caught.value.key == key
    assert str(file) in caught.value.text("zh")
    assert isinstance(caught.value, (InputError, LookupError))
