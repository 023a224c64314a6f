"""A platform above the nodes, played by a real HTTP service with formats of its own."""

import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from onecity.core.errors import InputError
from onecity.hall.node.broker import EvidenceState, Subject
from onecity.hall.node.mail.platform_line import PlatformLine
from onecity.hall.node.mail.sent import Went
from onecity.hall.node.platform import FILE, HttpPlatform, Settings
from onecity.hall.node.running import Running
from onecity.hall.wire import Refusal, TrustList, verify_request
from onecity.identity import Actor
from tests.hall.node.cases import CATALOGUE, CITY, WUHAN, act, apply, halls, worker
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import OUTBOX, Place, Town, towns
from tests.hall.small import SMALL

ANNA = Subject("110105194912310021", "张安")
HELD = {"证号": "省证001", "姓名": "张安", "地址": "甲市", "民族": "汉"}


class Province(ThreadingHTTPServer):
    """It believes signed requests alone, does each thing once by its id, and may be unwell."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.trust: TrustList | None = None
        self.clock = Hands()
        self.status = 200
        self.hangs_up = False
        self.done: dict[str, dict[str, Any]] = {}
        self.came: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/gateway"

    def answer(self, kind: str, told: dict[str, Any]) -> dict[str, Any]:
        self.came.append(told)
        if told["id"] not in self.done:
            self.done[told["id"]] = {"kind": kind, **told}
        if kind != "evidence_wanted":
            return {}
        if told["body"]["subject"]["number"] != ANNA.number:
            return {"found": False}
        names = {"number": "证号", "holder": "姓名", "address": "地址", "nation": "民族"}
        fields = {name: HELD[own] for name, own in names.items()}
        return {"found": True, "fields": fields, "labels": {"address": "地址", "nation": "民族"}}


class _Handler(BaseHTTPRequestHandler):
    server: Province

    def do_POST(self) -> None:
        service = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        url = f"http://{self.headers['Host']}{self.path}"
        assert service.trust is not None
        verify_request(service.trust, "POST", url, headers, body, now=service.clock())
        told = json.loads(body)
        assert headers["idempotency-key"] == told["id"]
        answer = service.answer(self.path.rsplit("/", 1)[1], told)
        if service.hangs_up:
            return
        content = json.dumps(answer).encode()
        self.send_response(service.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Province]:
    service = Province()
    thread = threading.Thread(target=service.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        service.server_close()
        thread.join()


@pytest.fixture
def circle(tmp_path: Path, hands: Hands) -> Iterator[tuple[Town, Town, Province, PlatformLine]]:
    places = [Place("jia", cities=("A",)), Place("yi", cities=("B",))]
    with serving() as service, towns(tmp_path, hands, places) as made:
        jia = made["jia"]
        service.trust, service.clock = jia.node.trust, hands
        settings = f'code = "sheng"\nurl = "{service.url}/"\ndocuments = ["house"]\n'
        (jia.node.folder / FILE).write_text(settings, "utf-8")
        for town in made.values():
            town.node.editions.take_in(SMALL, by=Actor.console())
        with Running(jia.node):  # connects the platform that the folder names
            pass
        way = PlatformLine(jia.node.mail, jia.node.mail.platforms["sheng"])
        yield jia, made["yi"], service, way
        way.close()


def ask(town: Town, subject: Subject) -> str:
    with town.node.writing(town.node.itself) as write:
        asked = town.node.broker.ask(
            write, about="draft1", item=SMALL.item["A1"], document="house", subject=subject
        )
    return asked.id


def test_a_platform_gives_evidence_that_no_node_has(
    circle: tuple[Town, Town, Province, PlatformLine],
) -> None:
    jia, yi, service, way = circle
    assert jia.node.broker.fetchable("house")
    assert not yi.node.broker.fetchable("house")
    jia.node.broker.wanted = lambda item, document: ["address"]
    there, nobody = ask(jia, ANNA), ask(jia, Subject("110105194912310048", "王五"))
    service.hangs_up = True
    assert way.send().went is Went.FAILED  # it did it, and its answer was lost
    service.hangs_up = False
    jia.node.office.clock.move(minutes=1)  # type: ignore[attr-defined]
    assert way.send().settled == 2
    assert len(service.came) == 4
    assert len(service.done) == 2
    with jia.node.reading() as connection:
        found = jia.node.broker.one(connection, there)
        assert jia.node.broker.one(connection, nobody).state is EvidenceState.ABSENT
    assert {one.name: one.value for one in found.fields} == {
        "number": "省证001", "holder": "张安", "address": "甲市",
    }  # fmt: skip
    assert found.platform == "sheng"
    with jia.node.writing(jia.node.itself) as write:
        record = jia.node.broker.agree(write, there)
    checked = yi.node.broker.check(record)
    assert (checked.node, checked.platform) == ("jia", "sheng")
    body = {**record["message"]["body"], "platform": ""}
    with pytest.raises(Refusal):
        yi.node.broker.check({**record, "message": {**record["message"], "body": body}})


def test_reports_wait_for_a_platform_that_is_down_and_stop_where_it_will_not_have_them(
    circle: tuple[Town, Town, Province, PlatformLine],
) -> None:
    jia, _, service, way = circle

    def report(case: str, state: str) -> None:
        with jia.node.writing(jia.node.itself) as write:
            jia.node.mail.report(write, case, {"state": state})

    for state in ("accepted", "decided"):
        report("c1", state)
    service.status = 503
    assert way.send().went is Went.FAILED
    assert way.wait() > 0
    peer = next(one for one in jia.node.mail.peers() if one.code == "sheng")
    assert (peer.state, peer.waiting) == ("down", 2)
    jia.node.office.clock.move(minutes=1)  # type: ignore[attr-defined]
    service.status = 200
    with Running(jia.node):
        end = threading.Event()
        for _ in range(3000):
            if not jia.waiting():
                break
            end.wait(0.02)
    assert [one["body"]["state"] for one in service.done.values()] == ["accepted", "decided"]
    assert [one["seq"] for one in service.done.values()] == [1, 2]
    service.status = 422
    report("c1", "unknown")
    assert PlatformLine(jia.node.mail, jia.node.mail.platforms["sheng"]).send().settled == 1
    assert jia.rows(OUTBOX)[-1].state == "refused"


def test_a_platform_hears_of_every_step_of_a_case_and_of_no_person(
    tmp_path: Path, hands: Hands
) -> None:
    with serving() as service, halls(tmp_path, hands, [CITY]) as made:
        town = made["wuhan"]
        service.trust, service.clock = town.node.trust, hands
        platform = HttpPlatform(town.node, Settings("sheng", service.url))
        town.node.mail.connect(platform)
        item = next(one for one in CATALOGUE.items if one.city == WUHAN and one.promised)
        case = apply(town, item)
        act(town.node, case, worker("li", item), "reject", words="材料不全，电话通知本人")
        assert PlatformLine(town.node.mail, platform).send().settled == 2
        platform.close()
    bodies = [one["body"] for one in service.done.values()]
    assert [one["what"] for one in bodies] == ["received", "rejected"]
    assert {one["case"] for one in bodies} == {case}
    for personal in ("虚构人", "42010019900101001X", "电话通知", "虚构路"):
        assert personal not in json.dumps(bodies, ensure_ascii=False)


@pytest.mark.parametrize(
    "text",
    [
        "code = 1",
        'code = "x"',
        'code = "x"\nurl = "y"\nwhat = 1',
        "[",
        'code="x"\nurl="y"\ndocuments=1',
    ],
    ids=lambda text: f"{zlib.crc32(text.encode()):08x}",
)
def test_settings_that_are_not_fit_are_told(tmp_path: Path, text: str) -> None:
    assert Settings.read(tmp_path) is None
    (tmp_path / FILE).write_text(text, "utf-8")
    with pytest.raises(InputError):
        Settings.read(tmp_path)
