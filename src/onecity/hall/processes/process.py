"""A process: read from a BPMN file, known by its digest, started and loaded again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.task_parsers import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.defaults import UserTask

from onecity.core.errors import InputError

from .checking import Check, Lane, check, lanes
from .conditions import facts_asked, outcomes, texts
from .preparing import WORK, asks, condition_of, named, prepared, tag_of, title_of
from .running import DONE, Running, Saved

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Shipped(StrEnum):
    """The processes that ship."""

    STANDARD = "standard"
    SPOT = "spot"
    OPINION = "opinion"


class _Parser(BpmnParser):  # type: ignore[misc]
    """Reads work and waits alike as tasks that end when somebody says so.

    What a `receiveTask` waits for comes in a message between nodes or from a screen, never from
    the engine's own event loop.
    """

    OVERRIDE_PARSER_CLASSES: Mapping[str, tuple[type, type]] = MappingProxyType(
        {full_tag(tag): (TaskParser, UserTask) for tag in (*WORK, "receiveTask")}
    )


@dataclass(frozen=True)
class Process:
    """A process that can be carried out; made by `read`.

    Attributes
    ----------
    code, title
        Identifier and name in the file.
    digest
        SHA-256 of the file, in hexadecimal: a running case keeps the process of its digest.
    tasks
        Identifier and name of every task.
    source
        The file.
    """

    code: str
    title: str
    digest: str
    tasks: tuple[tuple[str, str], ...] = field(repr=False, compare=False)
    source: bytes = field(repr=False, compare=False)
    spec: Any = field(repr=False, compare=False)
    inner: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def read(cls, source: bytes | Path, *, code: str = "") -> "Process":
        """Read a process from a BPMN file.

        Parameters
        ----------
        code
            Of the process that is meant, where a file holds several.

        Raises
        ------
        InputError
            It cannot be read, holds what is not carried out, or several processes and none is
            named; the first fault is told, `check` tells all.
        """
        content = source.read_bytes() if isinstance(source, Path) else source
        name = source.name if isinstance(source, Path) else ""
        found = check(content, name=name, code=code)
        if found.faults:
            fault = found.faults[0]
            raise InputError(
                "hall_process.faulty",
                name=found.name or found.title or "BPMN",
                count=len(found.faults),
                where=fault.where,
                why=fault.why,
            )
        return cls._of(content, found)

    @classmethod
    def _of(cls, content: bytes, found: Check) -> "Process":
        code = found.code
        try:
            parser = _Parser()
            parser.add_bpmn_xml(etree.ElementTree(prepared(content)))
            spec = parser.get_spec(code)
            inner = parser.get_subprocess_specs(code)
        except ValidationException as error:  # what the checks do not know of
            raise InputError(
                "hall_process.not_read", name=found.name or code, why=str(error)
            ) from error
        digest = hashlib.sha256(content).hexdigest()
        return cls(
            code, found.title or code, digest, found.tasks, content, spec, MappingProxyType(inner)
        )

    def start(self, **facts: str | int | bool) -> Running:
        """Return the process as it starts; `facts` are those of `conditions.FACTS`.

        Nothing personal may be among them: what a process knows is stored in plain.
        """
        return Running.start(self, facts)

    def load(self, saved: Saved) -> Running:
        """Return the process as it was saved.

        Raises
        ------
        InputError
            It was saved by another edition of the process.
        """
        return Running.load(self, saved)

    def outcomes(self, name: str) -> tuple[str, ...]:
        """Return what may be said at a task: the outcomes that its gateway asks for.

        `DONE` is among them where something else than those it names leads on too. Empty where
        nothing is asked and any word will do.
        """
        return tuple(self.choices(name))

    def choices(self, name: str) -> Mapping[str, str]:
        """Return what may be said at a task, as in `outcomes`, each with the name of its arrow.

        An arrow without a name, or one for several outcomes, lends each its outcome as name.
        """
        return _choices_of(self.source).get(name, _NOTHING)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """Its lanes, as far as tasks stand in them."""
        return lanes(self.source, self.tasks)

    @property
    def asks(self) -> frozenset[str]:
        """Which facts of a case its conditions ask for: `start` needs no others."""
        return _asked_of(self.source)[0]

    @property
    def texts(self) -> frozenset[str]:
        """The texts that its conditions compare such facts with."""
        return _asked_of(self.source)[1]


@cache
def shipped(which: Shipped) -> Process:
    """Return one of the processes that ship."""
    source = files(__package__) / "shipped" / f"{which.value}.bpmn"
    return Process.read(source.read_bytes())


@cache
def _choices_of(content: bytes) -> Mapping[str, Mapping[str, str]]:
    """Return for every node the outcomes that the arrows of the gateway after it ask for."""
    leaving: dict[str, list[Any]] = {}
    gateways = set()
    for node in prepared(content).iter(named("sequenceFlow"), named("exclusiveGateway")):
        if tag_of(node) == "sequenceFlow":
            leaving.setdefault(node.get("sourceRef"), []).append(node)
        else:
            gateways.add(node.get("id"))

    def asked_at(gate: str, before: frozenset[str]) -> dict[str, str]:
        """Return what a gateway asks for, and what those behind its other arrows do."""
        asked: dict[str, str] = {}
        for arrow in leaving[gate]:
            ahead = arrow.get("targetRef")
            further = ahead in gateways and ahead not in before and len(leaving.get(ahead, ())) > 1
            others = asked_at(ahead, before | {gate}) if further else {}
            for outcome, title in (_said(arrow) or others or {DONE: DONE}).items():
                asked.setdefault(outcome, title)
        return {} if set(asked) == {DONE} else asked

    found = {}
    for source, several in leaving.items():
        gate = several[0].get("targetRef")
        choice = len(several) == 1 and gate in gateways and len(leaving.get(gate, ())) > 1
        found[source] = MappingProxyType(asked_at(gate, frozenset()) if choice else {})
    return MappingProxyType(found)


def _said(arrow: Any) -> dict[str, str]:
    """Return the outcomes that an arrow asks for, each with its name."""
    condition = condition_of(arrow)
    asked = outcomes(condition) if condition else ()
    return {one: (len(asked) == 1 and title_of(arrow)) or one for one in asked}


@cache
def _asked_of(content: bytes) -> tuple[frozenset[str], frozenset[str]]:
    """Return which facts the conditions ask for, and the texts that stand beside them."""
    arrows = [one for one in prepared(content).iter(named("sequenceFlow")) if asks(one)]
    conditions = [condition_of(one) for one in arrows]
    factual = [one for one in conditions if facts_asked(one)]
    return (
        frozenset().union(*map(facts_asked, factual)),
        frozenset().union(*map(texts, factual)),
    )
