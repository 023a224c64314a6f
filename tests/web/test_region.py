"""The region, its strands and its tiles, as the map asks for them."""

import gzip
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mapbox_vector_tile
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from onecity.region.interventions import SetSpeed
from onecity.region.store import Region
from onecity.strands import strands
from onecity.strands.findings_cache import measured
from onecity.web.proposed import KEY
from onecity.web.routes.tiles import first_view
from onecity.web.settings import Limits
from tests.tiny import tiny_region

if TYPE_CHECKING:
    from onecity.web.desk import Desk

API = "/api/v1"
Serve = Callable[..., TestClient]
WHOLE = 2**32


def test_the_region_says_what_it_is(service: TestClient) -> None:
    region = tiny_region()
    told = service.get(f"{API}/region").json()
    assert told["name"] == {"zh": "云湾都市圈（虚构）", "en": "Yunwan circle (invented)"}
    assert told["counts"]["zones"] == 50
    assert told["counts"]["people"] == pytest.approx(region.table("zones")["people"].sum())
    assert [one["code"] for one in told["cities"]] == region.table("cities")["city"].tolist()
    assert [one["row"] for one in told["counties"]] == list(range(len(told["counties"])))
    shapes = region.table("counties").set_index("county").geometry
    for one in told["counties"]:
        box = shapes[one["code"]].bounds
        assert box[0] < one["lon"] < box[2]
        assert box[1] < one["lat"] < box[3]
    west, south, east, north = told["bbox"]
    assert west < east
    assert south < north
    assert {one["id"]: one["role"]["zh"] for one in told["groups"]} == {
        "bay": "核心", "east": "侧翼", "gate": "门户"}  # fmt: skip
    assert [one["key"] for one in told["sources"]] == sorted(region.manifest.sources)
    assert all(one["why"]["zh"] and one["name"]["zh"] for one in told["assumptions"])
    assert told["quality"]
    speeds = [one["kmh"] for one in told["road_classes"]]
    assert speeds == sorted(speeds, reverse=True)
    assert told["tiles"] == f"{API}/tiles.json"
    assert told["version"] == {"current": told["hash"], "can_undo": False, "can_redo": False}


def test_every_strand_and_whether_its_tables_are_there(service: TestClient) -> None:
    told = service.get(f"{API}/strands").json()
    assert [one["key"] for one in told] == list(strands())
    for one in told:
        assert [need["table"] for need in one["needs"]] == [
            need.table for need in strands()[one["key"]].needs]  # fmt: skip
        assert all(need["there"] for need in one["needs"] if not need["optional"])


def test_an_answer_that_is_known_is_not_sent_again(service: TestClient) -> None:
    address = f"{API}/region"
    answer = service.get(address)
    tag = answer.headers["etag"]
    assert answer.headers["cache-control"] == "no-cache"
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = service.get(address, headers={"If-None-Match": known})
        assert again.status_code == 304
        assert again.headers["etag"] == tag
        assert not again.content
    assert service.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
    assert service.get(address, headers={"If-None-Match": "*"}).status_code == 200
    other = service.get(f"{API}/strands").headers["etag"]
    assert other != tag
    plain = service.get(address, headers={"Accept-Encoding": "identity"})
    assert plain.headers["etag"] != tag, "another form of it is another representation"


def test_a_scenario_that_is_not_there(service: TestClient) -> None:
    answer = service.get(f"{API}/region?state=no-such-one")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:onecity:problem:programme.no_scenario"
    assert "etag" not in answer.headers


@pytest.mark.parametrize("state", ["../../secret", "", "a/b", "%00", "x" * 65])
def test_no_scenario_leads_out_of_its_folder(service: TestClient, state: str) -> None:
    answer = service.get(f"{API}/region", params={"state": state})
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_region_that_is_built_anew_is_seen(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "圈"
    tiny_region().write(folder)
    client = serve(region=folder)
    before = client.get(f"{API}/region")
    tiles = client.get(f"{API}/tiles.json").json()["tiles"][0]
    Region.open(folder).apply([SetSpeed((0,), 33.0)]).write(folder)
    tag = {"If-None-Match": before.headers["etag"]}
    after = client.get(f"{API}/region", headers=tag)
    assert after.status_code == 200
    assert after.json()["hash"] != before.json()["hash"]
    assert client.get(f"{API}/tiles.json").json()["tiles"][0] != tiles
    (folder / "manifest.json").unlink()
    assert client.get(f"{API}/region").json()["hash"] == after.json()["hash"], "served on"


# --- Tiles -----------------------------------------------------------------------------------


@pytest.fixture
def address(service: TestClient) -> str:
    told = service.get(f"{API}/tiles.json").json()
    assert told["tilejson"] == "3.0.0"
    template: str = told["tiles"][0]
    return template


def test_tiles_hold_the_region_and_may_be_kept_for_ever(service: TestClient, address: str) -> None:
    west, south, east, north = service.get(f"{API}/region").json()["bbox"]
    z, x, y = first_view(west, south, east, north)[0]
    answer = service.get(address.format(z=z, x=x, y=y))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    layers: Any = mapbox_vector_tile.decode(answer.content)
    assert {"counties", "cities", "roads"} <= layers.keys()


def test_where_nothing_lies_the_tile_is_empty(service: TestClient, address: str) -> None:
    answer = service.get(address.format(z=6, x=60, y=60))
    assert answer.status_code == 204
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert not answer.content


@pytest.mark.parametrize(
    ("place", "status"),
    [("15/0/0", 422), ("-1/0/0", 422), ("3/8/0", 400), ("a/0/0", 422), ("14/16384/0", 422),
     ("3/1.5/0", 422)],
)  # fmt: skip
def test_a_tile_that_cannot_be(service: TestClient, address: str, place: str, status: int) -> None:
    answer = service.get(f"{address.partition('{')[0]}{place}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_tiles_of_another_region(service: TestClient) -> None:
    assert service.get(f"{API}/tiles/{'0' * 64}/0/0/0").status_code == 404
    assert service.get(f"{API}/tiles/nothing/0/0/0").status_code == 422


@given(st.floats(-180, 180), st.floats(-85, 85), st.floats(0, 100), st.floats(0, 60))
def test_the_first_view_is_few_tiles_around_the_box(
    west: float, south: float, wide: float, high: float
) -> None:
    east, north = min(west + wide, 180.0), min(south + high, 85.0)
    tiles = first_view(west, south, east, north)
    assert 1 <= len(tiles) <= 30
    assert len({z for z, _, _ in tiles}) == 1
    assert all(0 <= x < 2**z and 0 <= y < 2**z for z, x, y in tiles)


def test_tiles_are_gzip_of_protobuf(service: TestClient, address: str) -> None:
    with service.stream("GET", address.format(z=0, x=0, y=0)) as answer:
        raw = b"".join(answer.iter_raw())
    assert mapbox_vector_tile.decode(gzip.decompress(raw))


# --- Many at once ----------------------------------------------------------------------------


def test_what_many_ask_for_is_made_once(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    client = serve()
    made: list[str] = []

    def counted(strand: Any, region: Any) -> Any:
        made.append(strand.key)
        time.sleep(0.1)
        return measured(strand, region)

    monkeypatch.setattr("onecity.web.state.measured", counted)
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda: codes.append(client.get(f"{API}/layers").status_code))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [200] * 6
    assert made == list(strands())


def test_a_service_with_too_much_to_do_says_when_to_come_again(serve: Serve) -> None:
    client = serve(limits=Limits(computations=1, queue=0, queue_seconds=0.1))
    desk: Desk = client.app.state.desk  # type: ignore[attr-defined]
    with desk.computing():  # in this thread, not in that of the request
        answer = client.get(f"{API}/layers")
        assert client.get(f"{API}/health").status_code == 200
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["title"] == {"zh": "服务正忙", "en": "The service is busy"}
    assert client.get(f"{API}/layers").status_code == 200, "and then it answers"


def test_a_page_that_says_more_since_is_sent_again(serve: Serve) -> None:
    """Proposals are found by a job: what names them changes while the region does not."""
    client = serve()
    address = f"{API}/dossiers/county/990101"
    tag = {"If-None-Match": client.get(address).headers["etag"]}
    assert client.get(address, headers=tag).status_code == 304
    client.app.state.desk.state.once(KEY, tuple)  # type: ignore[attr-defined]
    assert client.get(address, headers=tag).status_code == 200
