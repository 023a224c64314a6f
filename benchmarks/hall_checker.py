"""Read what nodes of the shared services have kept, and prove that nothing was lost or doubled.

    python benchmarks/hall_checker.py NODE NODE …                        folders of all nodes
    python benchmarks/hall_checker.py NODE … --acknowledged FILE         and what a client was told

Nothing of the program is imported: databases are read with `sqlite3`, signatures checked with
`cryptography`, and the rules are those that `docs/explanation/hall-evidence.md` tells. So a fault
that the program and its own checks share does not hide here. FILE has one line of JSON for each
acknowledged case: ``{"case": ID, "node": CODE}``; with ``"what": EVENT`` besides, that this was
done to the case: it has to stand in its history just once. ``--only`` says that everybody was told
of everything: a case that nobody was told of is one too many.
"""

import argparse
import json
import sqlite3
import sys
from base64 import b64decode
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SHOWN = 20
ENTRY = (
    *("id", "time", "who", "via", "address", "action", "kind", "target", "phase", "of"),
    *("before", "after", "note"),
)
"""What the hash of an entry covers, in this order."""
SUITE = "ed25519-sha256"
STATES = {
    "received": "received",
    "accepted": "accepted",
    "supplement_asked": "supplement",
    "rejected": "rejected",
    "suspended": "suspended",
    "resumed": "accepted",
    "handed_over": "handed_over",
    "decided": "decided",
    "delivered": "closed",
    "withdrawn": "withdrawn",
}
"""The state that an event leads to; others leave it as it is, see `state_after`."""


@dataclass
class Found:
    """What was read, and what is wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def fault(self, node: str, text: str) -> None:
        """Note something wrong."""
        self.faults.append(f"{node}: {text}")


@dataclass
class Node:
    """What one node has kept."""

    code: str
    trail: list[dict[str, Any]]
    outbox: list[dict[str, Any]]
    inbox: list[dict[str, Any]]
    seals: list[dict[str, Any]]
    witnessed: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    events: list[dict[str, Any]]
    name: str


def canonical(value: Any) -> str:
    """Return the one JSON text of a value: keys sorted, no spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(folder: Path) -> Node:
    """Read the database of a node's folder."""
    code = next(
        line.split('"')[1]
        for line in (folder / "node.toml").read_text("utf-8").splitlines()
        if line.startswith("code")
    )
    base = sqlite3.connect(f"file:{folder / 'office.sqlite'}?mode=ro", uri=True)
    base.row_factory = sqlite3.Row

    def rows(query: str) -> list[dict[str, Any]]:
        return [dict(row) for row in base.execute(query)]

    try:
        return Node(
            code,
            rows("SELECT * FROM trail ORDER BY id"),
            rows("SELECT * FROM hall_outbox ORDER BY number"),
            rows("SELECT * FROM hall_inbox ORDER BY number"),
            rows("SELECT * FROM hall_seals ORDER BY id"),
            rows("SELECT * FROM hall_witnessed"),
            rows("SELECT * FROM hall_cases"),
            rows("SELECT * FROM hall_case_events ORDER BY id"),
            str(rows("SELECT name FROM trail_head")[0]["name"]),
        )
    finally:
        base.close()


# --- Keys ----------------------------------------------------------------------------------------


def keys_of(folder: Path, found: Found) -> dict[str, tuple[str, Ed25519PublicKey]]:
    """Return the keys of the trust list by number, each with its node; the anchor is checked."""
    signed = json.loads((folder / "trust.json").read_text("utf-8"))
    anchor = Ed25519PublicKey.from_public_bytes(
        b64decode((folder / "anchor.pub").read_text("utf-8").strip().partition(":")[2])
    )
    told = signed["list"]
    if not signs(anchor, signed["signature"]["value"], "onecity trust 1\n", told):
        found.fault(folder.name, "the trust list is not signed by the anchor")
    return {
        key["kid"]: (node["code"], Ed25519PublicKey.from_public_bytes(b64decode(key["public"])))
        for node in told["nodes"]
        for key in node["keys"]
        if key["suite"] == SUITE
    }


def signs(key: Ed25519PublicKey, signature: str, domain: str, value: Any) -> bool:
    """Whether a signature is that of a value by the holder of a key."""
    try:
        key.verify(b64decode(signature), (domain + canonical(value)).encode())
    except InvalidSignature:
        return False
    return True


Keys = dict[str, tuple[str, Ed25519PublicKey]]


def is_by(keys: Keys, kid: str, node: str, signature: str, domain: str, value: Any) -> bool:
    """Whether a signature is by a node."""
    owner, key = keys.get(kid, ("", None))
    return key is not None and owner == node and signs(key, signature, domain, value)


# --- The log -------------------------------------------------------------------------------------


def check_log(node: Node, keys: Keys, found: Found) -> None:
    """Recompute the chain of a node's log and the roots that seal it."""
    previous = sha256(f"onecity trail {node.name}".encode()).hexdigest()
    for row, entry in enumerate(node.trail, 1):
        fields = json.dumps(
            [entry[name] for name in ENTRY], ensure_ascii=False, separators=(",", ":")
        )
        own = sha256(f"{previous}\n{fields}".encode()).hexdigest()
        if entry["id"] != row or entry["previous"] != previous or entry["hash"] != own:
            found.fault(node.code, f"the log breaks at entry {row}")
            break
        previous = own
    found.counts["entries of logs"] += len(node.trail)
    after, root = 0, ""
    for number, seal in enumerate(node.seals, 1):
        told = json.loads(seal["record"])
        hashes = [entry["hash"].encode() for entry in node.trail[told["first"] - 1 : told["last"]]]
        fits = (
            told["number"] == number
            and told["first"] == after + 1
            and told["previous"] == root
            and told["root"] == seal["root"] == merkle(hashes).hex()
            and is_by(keys, seal["kid"], node.code, seal["signature"], "onecity seal 1\n", told)
        )
        if not fits:
            found.fault(node.code, f"seal {number} does not fit the log")
        after, root = told["last"], told["root"]
    found.counts["seals"] += len(node.seals)


def merkle(leaves: Sequence[bytes]) -> bytes:
    """Return the root of RFC 6962, as its definition reads."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while 2 * half < len(leaves):
        half *= 2
    return sha256(b"\x01" + merkle(leaves[:half]) + merkle(leaves[half:])).digest()


def check_witnesses(nodes: Sequence[Node], found: Found) -> None:
    """Check that what nodes keep of each other's seals is what those have."""
    kept = {(node.code, seal["id"]): seal["root"] for node in nodes for seal in node.seals}
    known = {node.code for node in nodes}
    for node in nodes:
        for one in node.witnessed:
            about = (one["node"], one["seal"])
            if one["node"] in known and kept.get(about) != one["root"]:
                found.fault(node.code, f"witnessed another seal {about[1]} of {about[0]}")
        found.counts["seals witnessed"] += len(node.witnessed)


# --- Messages ------------------------------------------------------------------------------------


def check_messages(nodes: Sequence[Node], keys: Keys, found: Found) -> None:
    """Check that every message was taken exactly once, in order, or still waits."""
    by_code = {node.code: node for node in nodes}
    inbox = {node.code: {row["id"]: row for row in node.inbox} for node in nodes}
    sent = {node.code: {row["id"]: row for row in node.outbox} for node in nodes}
    for node in nodes:
        for table, kind in ((node.outbox, "sent"), (node.inbox, "taken")):
            if len({row["id"] for row in table}) != len(table):
                found.fault(node.code, f"a message is {kind} twice")
        in_order(node, found)
        for row in node.outbox:
            check_sent(node, row, inbox.get(row["peer"]), keys, found)
        for row in node.inbox:
            origin = sent.get(row["sender"])
            if origin is None:
                continue
            known = origin.get(row["id"])
            if known is None or known["head"] != row["head"]:
                found.fault(node.code, f"took message {row['id']} that {row['sender']} never sent")
        logged(node, found)
        found.counts["messages sent"] += len(node.outbox)
        found.counts["messages taken"] += len(node.inbox)
        found.counts["messages that wait"] += sum(r["state"] == "waiting" for r in node.outbox)
    found.counts["nodes"] = len(by_code)


def check_sent(
    node: Node, row: dict[str, Any], there: dict[str, Any] | None, keys: Keys, found: Found
) -> None:
    """Check one message that a node sent against what its receiver kept."""
    head = json.loads(row["head"])
    about = f"message {row['id']} to {row['peer']}"
    if not is_by(keys, head["kid"], node.code, row["signature"], "onecity message 1\n", head):
        found.fault(node.code, f"{about} is not signed by its node")
    if (head["id"], head["to"], head["seq"]) != (row["id"], row["peer"], row["seq"]):
        found.fault(node.code, f"{about} says other than its row")
    if row["state"] == "taken" and there is not None and row["id"] not in there:
        found.fault(node.code, f"{about} counts as taken and is not there: lost")
    if row["state"] == "taken" and row["peer"] != node.code:
        receipt = json.loads(row["receipt"] or "{}")
        told = {name: value for name, value in receipt.items() if name != "signature"}
        fits = told.get("message") == row["id"] and is_by(
            keys, told["kid"], row["peer"], receipt["signature"], "onecity receipt 1\n", told
        )
        if not fits:
            found.fault(node.code, f"{about} has no receipt by its receiver")


def in_order(node: Node, found: Found) -> None:
    """Check that messages about a case stand in the order of their numbers, without a gap."""
    for table, side in ((node.outbox, "peer"), (node.inbox, "sender")):
        last: defaultdict[tuple[str, str], int] = defaultdict(int)
        for row in table:
            line = (row[side], row["case"])
            if row["seq"] != last[line] + 1:
                found.fault(node.code, f"message {row['id']} is out of order with {row[side]}")
            last[line] = row["seq"]


def logged(node: Node, found: Found) -> None:
    """Check that the log has each message just once, with the head that the table has."""
    for table, action in ((node.outbox, "message.sent"), (node.inbox, "message.taken")):
        told = Counter(
            (entry["target"], canonical(json.loads(entry["after"])["head"]))
            for entry in node.trail
            if entry["action"] == action
        )
        for row in table:
            if row["state"] == "refused":
                continue
            times = told[(row["id"], canonical(json.loads(row["head"])))]
            if times != 1:
                found.fault(node.code, f"{action} of {row['id']} stands {times} times in the log")


# --- Cases ---------------------------------------------------------------------------------------


def check_cases(
    nodes: Sequence[Node],
    acknowledged: Iterable[dict[str, str]],
    found: Found,
    *,
    only: bool = False,
) -> None:
    """Check that each acknowledged case is there once, and that states follow from events."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    done = Counter((n.code, event["case"], event["what"]) for n in nodes for event in n.events)
    for node in nodes:
        events: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for event in node.events:
            events[event["case"]].append(event)
        for case in node.cases:
            if case["state"] != "handed_over":
                places[case["id"]].append(node.code)
            check_case(node, case, events.pop(case["id"], []), found)
        for gone in events:
            found.fault(node.code, f"events of a case {gone} that is not there")
        found.counts["cases"] += len(node.cases)
        found.counts["events"] += len(node.events)
    for id_, several in places.items():
        if len(several) > 1:
            found.fault(" and ".join(several), f"case {id_} is doubled")
    check_told(places, done, acknowledged, found, only=only)


def check_told(
    places: dict[str, list[str]],
    done: Counter[tuple[str, str, str]],
    acknowledged: Iterable[dict[str, str]],
    found: Found,
    *,
    only: bool,
) -> None:
    """Check what somebody was told: each case is there once, each deed in its history once."""
    cases = set()
    for told in acknowledged:
        if "what" in told:
            check_deed(told, done, found)
            continue
        found.counts["acknowledged"] += 1
        if told["case"] in cases:
            found.fault(told["node"], f"case {told['case']} answers two applications")
        cases.add(told["case"])
        if places.get(told["case"]) != [told["node"]]:
            found.fault(
                told["node"], f"case {told['case']} was acknowledged and is not there: lost"
            )
    if only:
        for id_ in places.keys() - cases:
            found.fault(places[id_][0], f"nobody was told of case {id_}: one too many")


def check_deed(told: dict[str, str], done: Counter[tuple[str, str, str]], found: Found) -> None:
    """Check that what somebody was told they did stands in the case's history once."""
    found.counts["deeds acknowledged"] += 1
    times = done[told["node"], told["case"], told["what"]]
    if times != 1:
        found.fault(told["node"], f"case {told['case']}: {told['what']} stands {times} times")


def check_case(
    node: Node, case: dict[str, Any], events: list[dict[str, Any]], found: Found
) -> None:
    """Check a case against what happened to it."""
    if not events:
        found.fault(node.code, f"case {case['number']} has no history")
        return
    if max(event["version"] for event in events) > case["version"]:
        found.fault(node.code, f"case {case['number']} is older than its history")
    should = state_after(event["what"] for event in events)
    if should != case["state"]:
        found.fault(node.code, f"case {case['number']} is {case['state']}, its history: {should}")
    if sum(event["what"] == "decided" for event in events) > 1:
        found.fault(node.code, f"case {case['number']} was decided twice")


def state_after(what: Iterable[str]) -> str:
    """Return the state that events lead to."""
    state, accepted = "submitted", False
    for one in what:
        accepted |= one == "accepted"
        if one == "supplemented":
            state = "accepted" if accepted else "received"
        else:
            state = STATES.get(one, state)
    return state


def check(
    folders: Sequence[Path], acknowledged: Iterable[dict[str, str]] = (), *, only: bool = False
) -> Found:
    """Check all nodes together."""
    found = Found()
    nodes = [read(folder) for folder in folders]
    keys: Keys = {}
    for folder in folders:
        keys |= keys_of(folder, found)
    for node in nodes:
        check_log(node, keys, found)
    check_witnesses(nodes, found)
    check_messages(nodes, keys, found)
    check_cases(nodes, acknowledged, found, only=only)
    return found


def told_in(path: Path | None) -> Iterator[dict[str, str]]:
    """Yield what a client was told; a last line that was cut off counts as not told."""
    if path is None:
        return
    for line in path.read_text("utf-8").split("\n")[:-1]:
        yield json.loads(line)


def main() -> None:
    """Check the folders that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("nodes", nargs="+", type=Path)
    parser.add_argument("--acknowledged", type=Path)
    parser.add_argument("--only", action="store_true", help="of no case was nobody told")
    given = parser.parse_args()
    found = check(given.nodes, told_in(given.acknowledged), only=given.only)
    print(", ".join(f"{count:,} {name}" for name, count in found.counts.items()))
    for one in found.faults[:SHOWN]:
        print(f"  ! {one}")
    print(f"{len(found.faults)} faults")
    sys.exit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
