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

from .checking import MODEL, Check, check
from .conditions import outcomes
from .running import Running, Saved


class Shipped(StrEnum):
    """The processes that ship."""

    STANDARD = "standard"
    SPOT = "spot"
    OPINION = "opinion"
    JOINT = "joint"


class _Parser(BpmnParser):  # type: ignore[misc]
    """Reads work and waits alike as tasks that end when somebody says so.

    What a `receiveTask` or a message event waits for comes in a message between nodes or from a
    screen, never from the engine's own event loop.
    """

    OVERRIDE_PARSER_CLASSES: Mapping[str, tuple[type, type]] = MappingProxyType(
        {
            full_tag(tag): (TaskParser, UserTask)
            for tag in ("userTask", "manualTask", "task", "receiveTask", "intermediateCatchEvent")
        }
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
    def read(cls, source: bytes | Path) -> "Process":
        """Read a process from a BPMN file.

        Raises
        ------
        InputError
            It cannot be read, holds what is not carried out, or more than one process that
            starts by itself; the first fault is told, `check` tells all.
        """
        content = source.read_bytes() if isinstance(source, Path) else source
        found = check(content, name=source.name if isinstance(source, Path) else "")
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
            parser.add_bpmn_xml(plain_tree(content))
            spec = parser.get_spec(code)
            inner = parser.get_subprocess_specs(code)
        except ValidationException as error:  # what the checks do not know of
            raise InputError("hall_process.not_read", name=found.name or code, why=error) from error
        digest = hashlib.sha256(content).hexdigest()
        return cls(code, found.title or code, digest, content, spec, MappingProxyType(inner))

    def start(self, **facts: str | int | bool) -> Running:
        """Return the process as it starts; `facts` are what its conditions may ask for.

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

        Empty where nothing is asked and any word will do.
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


def plain_tree(content: bytes) -> Any:
    """Return a BPMN file as a tree in which every process may be carried out.

    Nothing is fetched and no entity is expanded.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    tree = etree.ElementTree(etree.fromstring(content, parser))
    for process in tree.iter(f"{{{MODEL}}}process"):
        process.set("isExecutable", "true")
    return tree


@cache
def _kinds_of(content: bytes) -> Mapping[str, str]:
    return MappingProxyType(
        {
            node.get("id"): etree.QName(node).localname
            for node in plain_tree(content).iter(f"{{{MODEL}}}*")
            if node.get("id")
        }
    )


@cache
def _outcomes_of(content: bytes) -> Mapping[str, tuple[str, ...]]:
    """Return for every node the outcomes that the arrows of the gateway after it ask for."""
    leaving: dict[str, list[Any]] = {}
    tree = plain_tree(content)
    for flow in tree.iter(f"{{{MODEL}}}sequenceFlow"):
        leaving.setdefault(flow.get("sourceRef"), []).append(flow)
    asked = {}
    for source, flows in leaving.items():
        several = [
            one
            for flow in (leaving.get(flows[0].get("targetRef"), []) if len(flows) == 1 else [])
            for condition in flow.iter(f"{{{MODEL}}}conditionExpression")
            for one in outcomes(condition.text or "")
        ]
        asked[source] = tuple(dict.fromkeys(several))
    return MappingProxyType(asked)
