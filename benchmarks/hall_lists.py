"""How long lists take at a node with many cases, brought in by the product's own loader."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hall_load import asked
from hall_nodes import BY, CITIES, circle
from hall_work import Told, judged

from onecity.hall.catalogue.example import example
from onecity.hall.node.loading import load_rows
from onecity.hall.node.node import Node

WUHAN = CITIES["wuhan"]
SEED = 23
DAYS = 700
OPEN_SHARE = 0.1
"""Part of the cases that somebody has still to work on."""
Found = dict[str, Any]


def invented(count: int, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield cases as another system would give them: nine of ten are closed."""
    chance = random.Random(SEED)
    items = [one for one in example().items if one.city == WUHAN]
    begin = now - timedelta(days=DAYS)
    for row in range(count):
        item = chance.choice(items)
        opened = begin + timedelta(days=DAYS * row / count)
        state = chance.choice(("received", "accepted"))
        if item.promised is not None and not item.promised.count:
            state = "received"  # decided on the spot, once it is accepted
        if chance.random() > OPEN_SHARE:
            state = "closed"
        later = opened + (now - opened) * chance.random() / 50
        told: dict[str, Any] = {
            "number": f"OLD{row:08d}",
            "item": item.code,
            "state": state,
            "opened": opened.isoformat(),
            "accepted": "" if state == "received" else later.isoformat(),
            "applicant_kind": min(item.applicants).value,
            "applicant_name": f"虚构{row % 5000}",
        }
        if state == "closed":
            ended = (later + (now - later) * chance.random() / 50).isoformat()
            told |= {"decided": ended, "closed": ended, "outcome": "grant"}
        yield told


def measured(count: int, show: Callable[[str, Found], Found]) -> Found:
    """Return how long the loader took for so many cases, and lists over them."""
    with tempfile.TemporaryDirectory() as folder, circle(Path(folder), ["wuhan"]) as made:
        spot, told = made["wuhan"], Told(Path(folder) / "told.jsonl")
        now = datetime.now(UTC)
        begun = time.monotonic()
        with Node.open(spot.folder) as node:
            loaded = load_rows(node, lambda: invented(count, now), key="benchmark", by=BY)
        seconds = time.monotonic() - begun
        size = sum(one.stat().st_size for one in spot.folder.glob("office.sqlite*")) / 1e6
        start_s = spot.start()
        lists = asked(spot)
        for one in spot.rows("SELECT id FROM hall_cases"):
            told.cases.append(one[0])
        found = judged(made, told, only=False)
        how = (
            f"{loaded.written:,} cases loaded in {seconds:,.0f} s "
            f"({loaded.written / seconds:,.0f} a second) by ``onecity hall load``'s loader, "
            f"{size:,.0f} MB; the node starts in {start_s:.1f} s. One asks at a time, over HTTP."
        )
        return show(
            f"lists over {count:,}",
            {"cases": count, "loader_s": seconds, "mb": size, "how": how, "asked": lists, **found},
        )
