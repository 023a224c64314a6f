from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from onecity.core.errors import InputError, MissingError
from onecity.region.schema import ROAD_EDGES, ROAD_NODES
from onecity.region.sources.coordinates import wgs84_to_gcj02
from onecity.region.sources.edge_table import read_edges
from onecity.region.sources.roads import Roads
from onecity.region.validation import check_table

NODES = "node,lon,lat,cut\na,114.0,30.0,0\nb,114.01,30.0,0\nc,114.02,30.0,1\nlone,115,31,0\n"
EDGES = "tail,head,km\na,b,1.2\nb,c,1.0\n"


def read(folder: Path, nodes: str, edges: str, **options: object) -> Roads:
    for name, text in (("节点.csv", nodes), ("路段.csv", edges)):
        (folder / name).write_text(text, encoding="utf-8")
    options.setdefault("kmh", 60.0)
    roads = read_edges(folder / "节点.csv", folder / "路段.csv", **options)  # type: ignore[arg-type]
    check_table(roads.nodes, ROAD_NODES)
    check_table(roads.edges, ROAD_EDGES)
    return roads


def test_reads_nodes_and_edges(tmp_path: Path) -> None:
    roads = read(tmp_path, NODES, EDGES)
    assert roads.nodes["origin"].tolist() == ["a", "b", "c"]
    assert roads.nodes["cut"].tolist() == [False, False, True]
    assert roads.edges[["tail", "head"]].to_numpy().tolist() == [[0, 1], [1, 2]]
    assert roads.edges["seconds_forward"].tolist() == [72.0, 60.0]
    assert roads.edges["seconds_backward"].tolist() == [72.0, 60.0]
    assert roads.edges["class"].tolist() == ["trunk_extract"] * 2
    assert roads.edges.geometry.iloc[0].wkt == "LINESTRING (114 30, 114.01 30)"
    assert roads.report.count("sources.nodes_lone") == 1
    assert (roads.pieces.weak, roads.pieces.strong) == (1, 1)


def test_all_optional_columns(tmp_path: Path) -> None:
    header = "id,u,v,metres,oneway,class,kmh,lanes,bridge,tunnel,ferry,name\n"
    rows = "e1,a,b,1000,1,g,50,2,是,0,no,长江大桥\ne2,b,c,2000,-1,s,,,,,,\ne3,c,a,500,0,s,,,,,,\n"
    roads = read(
        tmp_path,
        NODES,
        header + rows,
        columns={"tail": "u", "head": "v", "edge": "id"},
        kmh={"g": 100.0, "s": 36.0},
    )
    edges = roads.edges
    assert edges["kmh"].tolist() == [50.0, 36.0, 36.0]
    np.testing.assert_allclose(edges["seconds_forward"], [72.0, np.nan, 50.0])
    np.testing.assert_allclose(edges["seconds_backward"], [np.nan, 200.0, 50.0])
    assert edges["origin"].tolist() == ["e1", "e2", "e3"]
    assert edges["bridge"].tolist() == [True, False, False]
    assert edges["name"].iloc[0] == "长江大桥"
    assert edges["name"].isna().tolist() == [False, True, True]
    np.testing.assert_array_equal(edges["lanes"], [2.0, np.nan, np.nan])


def test_times_of_the_table_are_taken(tmp_path: Path) -> None:
    text = "tail,head,seconds,seconds_backward,km\na,b,60,90,1\nb,c,0,,0\n"
    roads = read(tmp_path, NODES, text)
    assert roads.edges["seconds_forward"].tolist() == [60.0, 0.0]
    np.testing.assert_array_equal(roads.edges["seconds_backward"], [90.0, np.nan])
    assert roads.edges["kmh"].tolist() == [60.0, 60.0]


def test_without_length_the_straight_line_stands_in(tmp_path: Path) -> None:
    roads = read(tmp_path, NODES, "tail,head,seconds\na,b,60\n")
    assert roads.edges["km"].iloc[0] == pytest.approx(0.9649, abs=1e-4)
    assert roads.report.count("sources.edges_straight_length") == 1


def test_loops_and_parallel_edges_are_kept(tmp_path: Path) -> None:
    roads = read(tmp_path, NODES, "tail,head,km\na,b,1\na,b,2\nb,a,3\nb,b,0.5\n")
    assert roads.edges[["tail", "head"]].to_numpy().tolist() == [[0, 1], [0, 1], [1, 0], [1, 1]]
    assert roads.report.count("sources.edges_loops") == 1


def test_pieces_are_counted_and_kept(tmp_path: Path) -> None:
    nodes = NODES + "x,113,29,0\ny,113.1,29,0\n"
    roads = read(tmp_path, nodes, "tail,head,km,oneway\na,b,1,1\nx,y,10,0\n")
    assert (roads.pieces.weak, roads.pieces.strong) == (2, 3)
    assert roads.pieces.largest_weak == 2
    assert "2 片" in roads.pieces.text("zh")


def test_impossible_lengths_are_noted(tmp_path: Path) -> None:
    roads = read(tmp_path, NODES, "tail,head,km\na,b,0.5\nb,c,1\n")
    assert roads.report.count("sources.edges_short") == 1


def test_positions_of_any_system(tmp_path: Path) -> None:
    lon, lat = wgs84_to_gcj02([114.0, 114.01], [30.0, 30.0])
    nodes = f"node,lon,lat\na,{lon[0]!r},{lat[0]!r}\nb,{lon[1]!r},{lat[1]!r}\n"
    roads = read(
        tmp_path, nodes.replace("np.float64(", "").replace(")", ""), EDGES[:20], crs="GCJ-02"
    )
    np.testing.assert_allclose(roads.nodes["lon"], [114.0, 114.01], atol=1e-9)


def test_whole_numbers_name_nodes_in_any_format(tmp_path: Path) -> None:
    nodes = pd.DataFrame({"node": [10, 7], "lon": [114.0, 114.1], "lat": [30.0, 30.0]})
    nodes.to_parquet(tmp_path / "n.parquet")
    (tmp_path / "e.csv.gz").write_bytes(b"")
    pd.DataFrame({"tail": [7], "head": [10], "km": [10.0]}).to_csv(
        tmp_path / "e.csv.gz", index=False
    )
    roads = read_edges(tmp_path / "n.parquet", tmp_path / "e.csv.gz", kmh=60.0)
    assert roads.edges[["tail", "head"]].to_numpy().tolist() == [[1, 0]]
    assert roads.nodes["origin"].tolist() == ["10", "7"]


def test_gbk_files(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_bytes("节点,经度,纬度\n武,114,30\n昌,114.1,30\n".encode("gbk"))
    (tmp_path / "e.csv").write_bytes("起,讫,公里,名称\n武,昌,10,武昌大道\n".encode("gbk"))
    columns = {"node": "节点", "lon": "经度", "lat": "纬度", "tail": "起", "head": "讫"}
    roads = read_edges(
        tmp_path / "n.csv",
        tmp_path / "e.csv",
        kmh=60.0,
        columns={**columns, "km": "公里", "name": "名称"},
    )
    assert roads.edges["name"].tolist() == ["武昌大道"]
    assert roads.nodes["origin"].tolist() == ["武", "昌"]


@pytest.mark.parametrize(
    ("edges", "where"),
    [
        ("tail,head,km\na,b,-1\n", "row 2, column 'km' holds -1"),
        ("tail,head,km\na,b,1\nb,c,\n", "row 3, column 'km' is empty"),
        ("tail,head,km\na,b,NaN\n", "row 2, column 'km' is empty"),
        ("tail,head,km\na,b,long\n", "row 2, column 'km' holds 'long'"),
        ("tail,head,seconds\na,b,-60\n", "row 2, column 'seconds' holds -60"),
        ("tail,head,seconds\na,b,\n", "row 2, column 'seconds' is empty"),
        ("tail,head,seconds\na,b,inf\n", "row 2, column 'seconds' holds 'inf'"),
        ("tail,head,km,kmh\na,b,1,0\n", "row 2, column 'kmh' holds 0; it must be above 0"),
        ("tail,head,km,oneway\na,b,1,2\n", "row 2, column 'oneway' holds '2'"),
        ("tail,head,km\n,b,1\n", "row 2, column 'tail' is empty"),
        ("tail,head,km\n", "no records"),
    ],
)
def test_bad_edges_are_refused_with_their_place(tmp_path: Path, edges: str, where: str) -> None:
    with pytest.raises(InputError, match=where):
        read(tmp_path, NODES, edges)


def test_unknown_nodes_are_named_and_counted(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"row 3, column 'head': node 'q' .*\(2 such cells"):
        read(tmp_path, NODES, "tail,head,km\na,b,1\na,q,1\nb,r,1\n")


@pytest.mark.parametrize(
    ("nodes", "where"),
    [
        ("node,lon,lat\na,114,30\nb,114,31\na,114,32\n", "row 4: node 'a' is there twice"),
        ("node,lon,lat\na,114,30\nb,,30\n", "row 3, column 'lon' is empty"),
        ("node,lon,lat\na,30,114\nb,30,114\n", "seem to be swapped"),
        ("node,lon,lat\na,500000,3400000\nb,510000,3400000\n", "metres of a projection"),
        ("node,lon,lat\n", "no records"),
    ],
)
def test_bad_nodes_are_refused_with_their_place(tmp_path: Path, nodes: str, where: str) -> None:
    with pytest.raises(InputError, match=where):
        read(tmp_path, nodes, "tail,head,km\na,b,1\n")


def test_wrong_arguments(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'trunk_extract' has no speed"):
        read(tmp_path, NODES, EDGES, kmh={"motorway": 100.0})
    with pytest.raises(InputError, match="must be a number above zero"):
        read(tmp_path, NODES, EDGES, kmh=0.0)
    with pytest.raises(InputError, match="'lenght' in the mapping"):
        read(tmp_path, NODES, EDGES, columns={"lenght": "km"})
    with pytest.raises(MissingError, match="no column 'head'"):
        read(tmp_path, NODES, "tail,km\na,1\n")
