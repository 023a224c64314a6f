"""Two nodes, an office that issues the trust list, and a stranger, each with keys."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from onecity.hall.wire import Anchor, Keys, Peer, Suite, Suites, TrustList
from onecity.hall.wire.keys import SigningKey, write_private

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(days=30)


@dataclass
class Parties:
    anchor_key: SigningKey
    anchor: Anchor
    wuhan: Keys
    huangshi: Keys
    stranger: Keys
    trust: TrustList


def peer(code: str, keys: Keys, kind: str = "city") -> Peer:
    title = {"zh": code, "en": code}
    return Peer(code, title, kind, (code,), None, f"http://{code}.test:80", keys.public)


def meet(folder: Path, suites: Suites, suite: Suite | None = None) -> Parties:
    made = {
        code: Keys.make(folder / code / "keys", code, BEFORE, suite=suite, suites=suites)
        for code in ("wuhan", "huangshi", "stranger")
    }
    root = write_private(folder / "anchor.key", "anchor", BEFORE, suite or suites.first)
    nodes = (peer("wuhan", made["wuhan"]), peer("huangshi", made["huangshi"]))
    trust = TrustList(1, BEFORE, nodes).signed(root)
    anchor = Anchor(root.suite, root.public.public)
    return Parties(root, anchor, made["wuhan"], made["huangshi"], made["stranger"], trust)
