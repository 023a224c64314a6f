"""What of a BPMN file is carried out, and what is not: every place is named."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lxml import etree

from onecity.core.errors import InputError
from onecity.core.severity import Severity
from onecity.core.words import Language, Sentence

from .preparing import (
    BY_HAND,
    FOR_READERS,
    LOOPS,
    MODEL,
    NODES,
    WORK,
    asks,
    condition_of,
    definitions,
    ends_task,
    flows,
    is_empty,
    named,
    prepared,
    read_tree,
    tag_of,
    title_of,
    unnamed,
)

_MOST_BYTES = 5_000_000
_MOST_NODES = 500

NOT_CARRIED_OUT: Mapping[str, str] = MappingProxyType(
    {
        "complexGateway": "not_gateway",
        "transaction": "not_subprocess",
        "adHocSubProcess": "not_subprocess",
        "callChoreography": "not_choreography",
        "choreographyTask": "not_choreography",
        "subChoreography": "not_choreography",
    }
)
"""Elements that are not carried out, and the sentence that says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a file that is not carried out, or only shown.

    `line` is its line in the file, `element` the name of the element, `id` and `title` its own.
    """

    severity: Severity
    element: str
    id: str
    title: str
    line: int
    why: Sentence

    @property
    def where(self) -> Sentence:
        """What and where it is."""
        name = self.title or self.id or "–"
        return Sentence(
            "hall_process.where", {"element": self.element, "name": name, "line": self.line}
        )

    def text(self, language: Language) -> str:
        """Return the whole sentence in one language."""
        return f"{self.where.text(language)}{'：' if language == 'zh' else ': '}" + self.why.text(
            language
        )


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found.

    Attributes
    ----------
    name
        Of the file.
    code, title
        Of the process that was looked at; empty where it is not clear which.
    codes
        Of every process in the file that something is drawn in and no other calls.
    tasks
        Identifier and name of every task in it.
    findings
        In the order of the file.
    """

    name: str
    code: str
    title: str
    codes: tuple[str, ...]
    tasks: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """Findings for which the process cannot be carried out."""
        return tuple(one for one in self.findings if one.severity is Severity.FAULT)

    @property
    def sound(self) -> bool:
        """Whether it can be carried out."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane of a drawing: `tasks` are identifier and name of each in it."""

    title: str
    id: str
    line: int
    tasks: tuple[tuple[str, str], ...]

    def finding(self, why: str, severity: Severity, **values: object) -> Finding:
        """Return something that there is to say of it."""
        said = Sentence(f"hall_process.{why}", values)
        return Finding(severity, "lane", self.id, self.title, self.line, said)


def lanes(source: bytes, tasks: tuple[tuple[str, str], ...]) -> tuple[Lane, ...]:
    """Return the lanes of a drawing in which some of its tasks stand."""
    known = dict(tasks)
    found = []
    for node in read_tree(source).iter(named("lane")):
        held = ("".join(one.itertext()).strip() for one in node.findall(named("flowNodeRef")))
        mine = tuple((one, known[one]) for one in held if one in known)
        if mine and title_of(node):
            found.append(Lane(title_of(node), node.get("id") or "", node.sourceline or 0, mine))
    return tuple(found)


def check(source: bytes | Path, *, name: str = "", code: str = "") -> Check:
    """Check a BPMN file.

    Parameters
    ----------
    code
        Of the process that is meant, where a file holds several.

    Raises
    ------
    InputError
        It is no BPMN file: too large, no XML, not in UTF-8, or no process stands in it.
    """
    if isinstance(source, Path):
        name = name or source.name
        if source.stat().st_size > _MOST_BYTES:
            raise InputError("hall_process.too_large", name=name, most=_MOST_BYTES)
        source = source.read_bytes()
    if len(source) > _MOST_BYTES:
        raise InputError("hall_process.too_large", name=name, most=_MOST_BYTES)
    try:
        root = read_tree(source)
    except etree.XMLSyntaxError as error:
        raise InputError("hall_process.not_read", name=name or "BPMN", why=str(error)) from error
    try:
        source.decode()  # as texts its cases keep it, to be read again
    except UnicodeDecodeError as error:
        raise InputError("hall_process.not_utf8", name=name or "BPMN") from error
    processes = {one.get("id"): one for one in root.iter(named("process"))}
    called = {node.get("calledElement") for node in root.iter(named("callActivity"))}
    starting = [one for key, one in processes.items() if key not in called and not is_empty(one)]
    if not starting:
        raise InputError("hall_process.no_process", name=name or "BPMN")
    meant = [one for one in starting if code in {"", one.get("id")}]
    main = meant[0] if len(meant) == 1 else None
    findings = [] if main is not None else [_found(root, "not_one", count=len(meant))]
    looked = [main] if main is not None else starting
    for process in (*looked, *(processes[key] for key in called if key in processes)):
        findings += _of_process(process, set(processes))
    return Check(
        name,
        "" if main is None else main.get("id") or "",
        "" if main is None else _title(main, root),
        tuple(one.get("id") or "" for one in starting),
        () if main is None else _tasks(source, main.get("id")),
        tuple(sorted(findings, key=lambda one: one.line)),
    )


def _title(process: Any, root: Any) -> str:
    """Return the name of a process, or of the pool that shows it."""
    pools = (
        title_of(one)
        for one in root.iter(named("participant"))
        if one.get("processRef") == process.get("id")
    )
    return str(title_of(process) or next(pools, None) or process.get("id") or "")


def _tasks(source: bytes, code: str) -> tuple[tuple[str, str], ...]:
    """Return the tasks of a process once it is ready to be carried out."""
    return tuple(
        (node.get("id") or "", title_of(node))
        for process in prepared(source).iter(named("process"))
        if process.get("id") == code
        for node in process.iter(f"{{{MODEL}}}*")
        if tag_of(node) in WORK | {"receiveTask"}
    )


def _found(node: Any, why: str, severity: Severity = Severity.FAULT, **values: object) -> Finding:
    return Finding(
        severity,
        tag_of(node) or str(etree.QName(node).localname),
        node.get("id") or "",
        title_of(node),
        node.sourceline or 0,
        Sentence(f"hall_process.{why}", values),
    )


def _of_process(process: Any, processes: set[str | None]) -> Iterator[Finding]:
    """Yield what there is to say of a process and all within it."""
    inside = list(process.iter(f"{{{MODEL}}}*"))
    if len([one for one in inside if tag_of(one) in NODES]) > _MOST_NODES:
        yield _found(process, "too_many", most=_MOST_NODES)
    if len(process.findall(named("startEvent"))) > 1:
        count = len(process.findall(named("startEvent")))
        yield _found(process, "starts", count=count)
    seen: set[str] = set()
    for node in inside:
        tag, code = tag_of(node), node.get("id") or ""
        if code and code in seen:
            yield _found(node, "twice")
        seen.add(code)
        if tag in NODES and not code:
            yield _found(node, "no_id")
        elif tag in NOT_CARRIED_OUT:
            yield _found(node, NOT_CARRIED_OUT[tag])
        elif tag in LOOPS:
            within = tag_of(node.getparent()) in {"subProcess", "callActivity"}
            yield _found(
                node.getparent(),
                "not_loop" if within else "once",
                Severity.FAULT if within else Severity.WARNING,
            )
        elif tag in FOR_READERS:
            yield _found(node, "passed_over", Severity.NOTE)
        else:
            yield from _of_node(node, tag, processes)
            if tag in WORK | BY_HAND | {"receiveTask", "exclusiveGateway"}:
                yield from _of_arrows(node)


def _of_node(  # noqa: C901  (a case for each)
    node: Any, tag: str, processes: set[str | None]
) -> Iterator[Finding]:
    """Yield what there is to say of a node that is carried out, by hand or otherwise."""
    told = set(definitions(node))
    match tag:
        case "boundaryEvent" if not ends_task(node):
            yield _found(node, "not_at_edge")
        case "boundaryEvent" | "eventBasedGateway":
            yield _found(node, "told", Severity.WARNING)
        case "callActivity" if node.get("calledElement") not in processes:
            called = node.get("calledElement") or "–"
            yield _found(node, "calls", Severity.WARNING, given=called)
        case "intermediateCatchEvent" if "messageEventDefinition" not in told:
            yield _found(node, "waits", Severity.WARNING)
        case "intermediateThrowEvent" if told:
            yield _found(node, "by_hand", Severity.WARNING)
        case "startEvent" if told:
            yield _found(node, "started", Severity.NOTE)
        case "endEvent" if told - {"terminateEventDefinition"}:
            quiet = told <= {"messageEventDefinition", "terminateEventDefinition"}
            why, severity = ("passed_over", Severity.NOTE) if quiet else ("ends", Severity.WARNING)
            yield _found(node, why, severity)
        case "subProcess":
            yield from _of_subprocess(node)
        case "inclusiveGateway":
            yield from _of_inclusive(node)
        case _ if tag in BY_HAND:
            yield _found(node, "by_hand", Severity.WARNING)


def _of_subprocess(node: Any) -> Iterator[Finding]:
    if node.get("triggeredByEvent") == "true":
        yield _found(node, "not_events")
    elif is_empty(node):
        yield _found(node, "by_hand", Severity.WARNING)
    elif len(node.findall(named("startEvent"))) > 1:
        yield _found(node, "starts", count=len(node.findall(named("startEvent"))))


def _of_arrows(node: Any) -> Iterator[Finding]:
    """Yield which arrows of a gateway or task are chosen by name."""
    for arrow, chosen in unnamed(node):
        given = condition_of(arrow)
        if given:
            yield _found(arrow, "condition", Severity.WARNING, given=given[:80], chosen=chosen)
        else:
            yield _found(arrow, "by_name", Severity.WARNING, chosen=chosen)


def _of_inclusive(gateway: Any) -> Iterator[Finding]:
    """Yield which arrows of an inclusive gateway say nothing that is understood."""
    leaving = [
        one for one in flows(gateway.getparent()) if one.get("sourceRef") == gateway.get("id")
    ]
    for arrow in leaving if len(leaving) > 1 else ():
        if arrow.get("id") != gateway.get("default") and not asks(arrow):
            yield _found(arrow, "no_condition", given=condition_of(arrow)[:80] or "–")
