"""How much nodes of the shared services take: cases made, messages exchanged, lists read."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from hall_faults import samples_of
from hall_nodes import BY, CITIES, PORTAL, Circle, Spot, circle, settled, until
from hall_work import OK, Job, Told, hand_in, judged

from onecity.hall.node.node import Node

WUHAN = CITIES["wuhan"]
HANDS = 4
LISTED = 100
TOLD_AT_ONCE = 100
SEEN = 50
"""Cases that somebody looks at again and again."""


def creations(count: int) -> dict[str, Any]:
    """Return how many applications a second one node takes, each kept on disk before its answer."""
    with tempfile.TemporaryDirectory() as folder, circle(Path(folder), ["wuhan"]) as made:
        told, spot = Told(Path(folder) / "told.jsonl"), made["wuhan"]
        several = samples_of(made)["wuhan", WUHAN]
        spot.start()
        hand_in([Job(spot, several[row % len(several)], f"warm-{row}") for row in range(20)], told)
        jobs = [Job(spot, several[row % len(several)], f"once-{row}") for row in range(count)]
        begun = time.monotonic()
        hand_in(jobs, told, HANDS)
        seconds = time.monotonic() - begun
        return {"cases": count, "per_s": count / seconds, **judged(made, told)}


def tellings(count: int) -> dict[str, Any]:
    """Return how many messages a second go from one node to another, and back as receipts.

    They tell an applicant's node who looked at cases; it keeps a row for each look. All of them
    wait in the sender's outbox when the two nodes begin to talk.
    """
    with pair() as (made, told):
        spot, portal = made["wuhan"], made[PORTAL]
        cases = _handed_in(made, told)
        with Node.open(spot.folder) as node:
            for first in range(0, count, TOLD_AT_ONCE):
                with node.writing(BY) as write:
                    for row in range(first, min(count, first + TOLD_AT_ONCE)):
                        case, number = cases[row % len(cases)]
                        body = {"id": write.new_id(), "number": number, "at": write.at}
                        body |= {"who": "officer", "unit": f"{WUHAN}.housing", "node": node.code}
                        body["reason"] = "测试"
                        write.send(portal.code, "looked", case, body, purpose="测试")
        return {"messages": count, **_drained(made, spot, told)}


def _handed_in(made: Circle, told: Told) -> list[tuple[str, str]]:
    """Have cases of the city applied for at the portal and taken; stop both, return the cases."""
    spot, portal = made["wuhan"], made[PORTAL]
    for one in made.values():
        one.start()
    several = samples_of(made)[PORTAL, WUHAN]
    hand_in([Job(portal, several[row % len(several)], f"first-{row}") for row in range(SEEN)], told)
    if not settled(made, 60.0):
        raise SystemExit("the cases to be looked at did not come")
    for one in made.values():
        one.stop()
    return [(case, number) for case, number in spot.rows("SELECT id, number FROM hall_cases")]


def applications_sent(count: int) -> dict[str, Any]:
    """Return how many messages a second go between two nodes where each makes a case.

    Applications wait at a portal while the city's node is down; when it comes up, each becomes a
    case there.
    """
    with pair() as (made, told):
        spot = made[PORTAL]
        several = samples_of(made)[PORTAL, WUHAN]
        spot.start()
        jobs = [Job(spot, several[row % len(several)], f"once-{row}") for row in range(count)]
        hand_in(jobs, told, HANDS)
        return {"messages": count, **_drained(made, spot, told)}


@contextmanager
def pair() -> Iterator[tuple[Circle, Told]]:
    """Make a city's node and a portal."""
    with tempfile.TemporaryDirectory() as folder, circle(Path(folder), ["wuhan", PORTAL]) as made:
        yield made, Told(Path(folder) / "told.jsonl")


def _drained(made: Circle, spot: Spot, told: Told) -> dict[str, Any]:
    """Start what is not served, and time until nothing waits any more at a sender."""
    waits = spot.waiting()
    for one in made.values():
        if one.process is None:
            one.start(wait=False)
    until(lambda: spot.waiting() < waits, 60.0, 0.005)
    begun, first = time.monotonic(), spot.waiting()
    until(lambda: not spot.waiting(), 300.0, 0.01)
    seconds = time.monotonic() - begun
    for one in made.values():
        one.wait_until_up()
    return {"waited": waits, "per_s": first / max(seconds, 1e-9), **judged(made, told)}


# --- Lists ---------------------------------------------------------------------------------------


def questions(spot: Spot) -> dict[str, str]:
    """Return what people ask of lists, by names."""
    unit = f"{spot.city}.housing"
    newest = f"SELECT number, item FROM hall_cases WHERE unit = '{unit}' ORDER BY id DESC LIMIT 1"  # noqa: S608
    number, item = spot.rows(newest)[0]
    return {
        "queue: first page": "/desk/tasks?size=20",
        "queue: late ones": "/desk/tasks?light=late&size=20",
        "queue: page 50": "/desk/tasks?page=50&size=20",
        "queue: of an item": f"/desk/tasks?item={item}&size=20",
        "queue: by a number": f"/desk/tasks?text={number}",
        "cases: first page": "/desk/cases?size=20",
        "cases: of a department, accepted": f"/desk/cases?unit={unit}&state=accepted&size=20",
        "cases: closed, page 50": "/desk/cases?state=closed&page=50&size=20",
        "cases: by a number": f"/desk/cases?number={number}",
        "cases: beginning of a number": f"/desk/cases?number={number[:8]}",
        "cases: of a year": "/desk/cases?from=2026-01-01&to=2026-12-31&size=20",
    }


def asked(spot: Spot, times: int = LISTED) -> dict[str, dict[str, float]]:
    """Return how long lists of a served node take, ms, by what is asked and who asks."""
    found: dict[str, dict[str, float]] = {}
    for name, path in questions(spot).items():
        # Queues are of those who handle cases; a supervisor sees the cases of all departments.
        for who in ("officer",) if name.startswith("queue") else ("officer", "supervisor"):
            client = spot.client(who)
            status, answer = client.ask("GET", path)
            if status != OK:
                raise SystemExit(f"{path}: {status} {answer}")
            took = []
            for _ in range(times):
                begun = time.perf_counter()
                client.ask("GET", path)
                took.append(1000 * (time.perf_counter() - begun))
            middle, high = np.percentile(took, [50, 95])
            rows = float(answer["total"])
            found[f"{name} ({who})"] = {
                "p50": float(middle), "p95": float(high), "max": max(took), "total": rows,
            }  # fmt: skip
            client.close()
    return found
