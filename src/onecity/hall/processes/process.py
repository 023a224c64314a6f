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

from .checking import Check, check
from .conditions import outcomes
from .preparing import WORK, condition_of, named, prepared, tag_of
from .running import DONE, Running, Saved


class Shipped(StrEnum):
    """The processes that ship."""

    STANDARD = "standard"
    SPOT = "spot"
    OPINION = "opinion"
    JOINT = "joint"


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
    source
        The file.
    """

    code: str
    title: str
    digest: str
    source: bytes = field(repr=False)
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
        return cls(code, found.title or code, digest, content, spec, MappingProxyType(inner))

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
        return self._outcomes.get(name, ())

    @property
    def _outcomes(self) -> Mapping[str, tuple[str, ...]]:
        return _outcomes_of(self.source)

    @property
    def kinds(self) -> Mapping[str, str]:
        """Element name of every task, by its identifier: ``userTask``, ``receiveTask``..."""
        return _kinds_of(self.source)


@cache
def shipped(which: Shipped) -> Process:
    """Return one of the processes that ship."""
    source = files(__package__) / "shipped" / f"{which.value}.bpmn"
    return Process.read(source.read_bytes())


@cache
def _kinds_of(content: bytes) -> Mapping[str, str]:
    found = {node.get("id"): tag_of(node) for node in prepared(content).iter() if tag_of(node)}
    return MappingProxyType({code: tag for code, tag in found.items() if code})


@cache
def _outcomes_of(content: bytes) -> Mapping[str, tuple[str, ...]]:
    """Return for every node the outcomes that the arrows of the gateway after it ask for."""
    leaving: dict[str, list[Any]] = {}
    gateways = set()
    for node in prepared(content).iter(named("sequenceFlow"), named("exclusiveGateway")):
        if tag_of(node) == "sequenceFlow":
            leaving.setdefault(node.get("sourceRef"), []).append(node)
        else:
            gateways.add(node.get("id"))

    def asked_at(gate: str, before: frozenset[str]) -> tuple[str, ...]:
        """Return what a gateway asks for, and what those behind its other arrows do."""
        asked: list[str] = []
        for arrow in leaving[gate]:
            ahead = arrow.get("targetRef")
            further = ahead in gateways and ahead not in before and len(leaving.get(ahead, ())) > 1
            others = asked_at(ahead, before | {gate}) if further else ()
            asked += _said(arrow) or others or (DONE,)
        return () if set(asked) == {DONE} else tuple(dict.fromkeys(asked))

    found = {}
    for source, several in leaving.items():
        gate = several[0].get("targetRef")
        choice = len(several) == 1 and gate in gateways and len(leaving.get(gate, ())) > 1
        found[source] = asked_at(gate, frozenset()) if choice else ()
    return MappingProxyType(found)


def _said(arrow: Any) -> tuple[str, ...]:
    condition = condition_of(arrow)
    return outcomes(condition) if condition else ()
