"""All checks of one node, and of several together, as one report."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from onecity.core.errors import InputError, OneCityError
from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.identity.chain import Anchor

from . import across, cases, log, messages, sealed
from .faults import Fault, Faults, Tally, raised
from .source import Source, opened

CHECKS: dict[str, Callable[[Source, Tally], Faults]] = {
    "chain": log.chain,
    "guards": log.guards,
    "seals": log.seals,
    "kept_seals": log.kept_seals,
    "outbox": messages.outbox,
    "inbox": messages.inbox,
    "logged": messages.logged,
    "answered": messages.answered,
    "lines": messages.lines,
    "keys": sealed.keys,
    "sealed": sealed.sealed,
    "rows": cases.rows,
}
"""What is checked of a node by itself, in this order."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A check: of which node, which one, the first fault that it found, and how many in all."""

    node: str
    check: str
    first: Fault | None
    faults: int

    def as_record(self) -> dict[str, Any]:
        """Return it as plain values."""
        first = None if self.first is None else self.first.as_record()
        return {"node": self.node, "check": self.check, "faults": self.faults, "first": first}


@dataclass(frozen=True, slots=True)
class Report:
    """What verification found.

    Attributes
    ----------
    nodes
        Codes of the nodes, the one asked for first.
    checks
        Every check that was made.
    counts
        By node: how much was looked at, and what could not be.
    notes
        By node: what was missing for a full check.
    """

    nodes: tuple[str, ...]
    checks: tuple[Checked, ...]
    counts: dict[str, dict[str, int]]
    notes: dict[str, tuple[Sentence, ...]]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.broken is None

    @property
    def broken(self) -> Checked | None:
        """The first check that found something."""
        return next((one for one in self.checks if one.first is not None), None)

    def as_record(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "sound": self.sound,
            "nodes": list(self.nodes),
            "checks": [one.as_record() for one in self.checks],
            "counts": self.counts,
            "notes": {
                node: [{"key": one.key, "zh": one.text("zh"), "en": one.text("en")} for one in some]
                for node, some in self.notes.items()
            },
        }


def verify(
    place: Path,
    *,
    peers: Sequence[Path] = (),
    trust: Path | None = None,
    anchor: Path | None = None,
    log_anchor: Anchor | None = None,
    progress: Progress = SILENCE,
) -> Report:
    """Check a node, and other nodes and all of them against each other where they are given.

    Parameters
    ----------
    place
        Folder of the node, its store alone (``office.sqlite``), or a backup (``.zip``).
    peers
        The same of other nodes.
    trust, anchor
        Trust list and anchor, where they do not lie beside a store.
    log_anchor
        Number and hash of an entry of the first node's log, as they were known elsewhere.
    progress
        Told of every check.

    Raises
    ------
    MissingError, InputError
        Something is not there, or is not what it should be.
    StoreError
        A store cannot be opened at all.
    """
    with ExitStack() as stack:
        sources = [
            stack.enter_context(opened(one, trust, anchor))
            for one in dict.fromkeys((place, *peers))
        ]
        codes = [one.code for one in sources]
        if len(set(codes)) < len(codes):
            raise InputError("hall_verify.same_node", code=max(codes, key=codes.count))
        tallies = {one.code: Tally() for one in sources}
        progress.stage("hall_verify.checking", _steps(len(sources)))
        made: list[Checked] = []
        for source in sources:
            tally = tallies[source.code]
            for name, check in CHECKS.items():
                faults = check(source, tally)
                if name == "chain" and source is sources[0]:
                    faults = log.chain(source, tally, log_anchor)
                made.append(_checked(source.code, name, faults))
                progress.advance()
        for one in sources:
            for other in sources:
                if one is other:
                    continue
                pair = f"{one.code} → {other.code}"
                faults = across.sent_and_taken(one, other, tallies[one.code])
                made.append(_checked(pair, "exchange", faults))
                faults = log.witnessed(one, other, tallies[one.code])
                made.append(_checked(f"{one.code} ← {other.code}", "witness", faults))
                progress.advance()
        counts = {code: dict(sorted(tally.counts.items())) for code, tally in tallies.items()}
        notes = {one.code: one.notes for one in sources}
    return Report(tuple(codes), tuple(made), counts, notes)


def _steps(nodes: int) -> int:
    return nodes * len(CHECKS) + nodes * (nodes - 1)


def _checked(node: str, name: str, faults: Iterable[Fault]) -> Checked:
    """Go through all that a check finds; a store that cannot be read further is a fault too."""
    first, count = None, 0
    try:
        for one in faults:
            first, count = first or one, count + 1
    except DBAPIError as error:
        told = raised("database", "-", error.orig if isinstance(error.orig, Exception) else error)
        first, count = first or told, count + 1
    except (SQLAlchemyError, OneCityError, ValueError, TypeError) as error:
        told = raised("database", "-", error)
        first, count = first or told, count + 1
    return Checked(node, name, first, count)
