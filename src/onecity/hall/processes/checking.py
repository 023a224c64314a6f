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

from .conditions import ConditionError, parsed

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_MOST_BYTES = 5_000_000
_MOST_NODES = 500

WORK = frozenset({"userTask", "manualTask", "task"})
WAITS = frozenset({"receiveTask"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway"})
CARRIED_OUT = (
    WORK
    | WAITS
    | GATEWAYS
    | {"startEvent", "endEvent", "intermediateCatchEvent", "subProcess", "callActivity"}
)
"""Elements that are carried out, as far as what stands in them is."""
NODES_NOT: Mapping[str, str] = MappingProxyType(
    {
        "scriptTask": "not_code",
        "serviceTask": "not_code",
        "businessRuleTask": "not_code",
        "sendTask": "not_sends",
        "intermediateThrowEvent": "not_sends",
        "boundaryEvent": "not_events",
        "eventBasedGateway": "not_events",
        "complexGateway": "not_gateway",
        "transaction": "not_subprocess",
        "adHocSubProcess": "not_subprocess",
        "callChoreography": "not_choreography",
        "choreographyTask": "not_choreography",
        "subChoreography": "not_choreography",
        "choreography": "not_choreography",
        "conversation": "not_choreography",
        "globalConversation": "not_choreography",
    }
)
"""Elements that are not carried out, and the sentence that says why."""
DEFINITIONS_NOT: Mapping[str, str] = MappingProxyType(
    {
        "timerEventDefinition": "not_timer",
        "signalEventDefinition": "not_events",
        "errorEventDefinition": "not_events",
        "escalationEventDefinition": "not_events",
        "compensateEventDefinition": "not_events",
        "cancelEventDefinition": "not_events",
        "linkEventDefinition": "not_events",
        "conditionalEventDefinition": "not_events",
    }
)
"""What an event may hold that is not carried out."""
PASSED_OVER = frozenset(
    {
        "dataObject",
        "dataObjectReference",
        "dataStore",
        "dataStoreReference",
        "dataInput",
        "dataOutput",
        "textAnnotation",
        "group",
        "messageFlow",
        "performer",
        "potentialOwner",
        "humanPerformer",
    }
)
"""Elements that say something to readers and change nothing in what is done."""


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
        Of the process that starts, if there is exactly one.
    tasks
        Identifier and name of every task in it.
    findings
        In the order of the file.
    """

    name: str
    code: str
    title: str
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


def check(source: bytes | Path, *, name: str = "") -> Check:
    """Check a BPMN file.

    Raises
    ------
    InputError
        It is no BPMN file: too large, no XML, or no process stands in it.
    """
    if isinstance(source, Path):
        name = name or source.name
        if source.stat().st_size > _MOST_BYTES:
            raise InputError("hall_process.too_large", name=name, most=_MOST_BYTES)
        source = source.read_bytes()
    if len(source) > _MOST_BYTES:
        raise InputError("hall_process.too_large", name=name, most=_MOST_BYTES)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        raise InputError("hall_process.not_read", name=name or "BPMN", why=error) from error
    processes = list(root.iter(f"{{{MODEL}}}process"))
    if not processes:
        raise InputError("hall_process.no_process", name=name or "BPMN")
    called = {node.get("calledElement") for node in root.iter(f"{{{MODEL}}}callActivity")}
    drawn = [one for one in processes if _flow_nodes(one)]
    starting = [one for one in drawn if one.get("id") not in called]
    findings = [*_of_the_whole(root, starting), *_of_nodes(root, {p.get("id") for p in processes})]
    main = starting[0] if len(starting) == 1 else None
    return Check(
        name,
        "" if main is None else main.get("id") or "",
        "" if main is None else _title(main, root),
        () if main is None else _tasks(main),
        tuple(sorted(findings, key=lambda one: one.line)),
    )


def _title(process: Any, root: Any) -> str:
    """Return the name of a process, or of the pool that shows it."""
    pools = (
        one.get("name")
        for one in root.iter(f"{{{MODEL}}}participant")
        if one.get("processRef") == process.get("id")
    )
    return str(process.get("name") or next(pools, None) or process.get("id") or "")


def _tasks(process: Any) -> tuple[tuple[str, str], ...]:
    return tuple(
        (node.get("id") or "", node.get("name") or "")
        for node in process.iter(f"{{{MODEL}}}*")
        if etree.QName(node).localname in WORK | WAITS | {"intermediateCatchEvent"}
    )


def _flow_nodes(process: Any) -> list[Any]:
    return [
        node
        for node in process.iter(f"{{{MODEL}}}*")
        if etree.QName(node).localname in CARRIED_OUT or etree.QName(node).localname in NODES_NOT
    ]


def _found(node: Any, why: str, severity: Severity = Severity.FAULT, **values: object) -> Finding:
    return Finding(
        severity,
        etree.QName(node).localname,
        node.get("id") or "",
        " ".join((node.get("name") or "").split()),
        node.sourceline or 0,
        Sentence(f"hall_process.{why}", values),
    )


def _of_the_whole(root: Any, starting: list[Any]) -> Iterator[Finding]:
    """Yield what is wrong with the processes of a file as wholes."""
    if len(starting) != 1:
        yield _found(root, "not_one", count=len(starting))
    for process in starting:
        starts = process.findall(f"{{{MODEL}}}startEvent")
        if len(starts) != 1:
            yield _found(process, "starts", count=len(starts))
        if len(_flow_nodes(process)) > _MOST_NODES:
            yield _found(process, "too_many", most=_MOST_NODES)


def _of_nodes(root: Any, processes: set[str | None]) -> Iterator[Finding]:
    """Yield what is wrong with single elements."""
    seen: set[str] = set()
    leaving: dict[str, int] = {}
    for flow in root.iter(f"{{{MODEL}}}sequenceFlow"):
        leaving[flow.get("sourceRef")] = leaving.get(flow.get("sourceRef"), 0) + 1
    for node in root.iter(f"{{{MODEL}}}*"):
        tag, code = etree.QName(node).localname, node.get("id") or ""
        if code and code in seen:
            yield _found(node, "twice")
        seen.add(code)
        if tag in NODES_NOT:
            yield _found(node, NODES_NOT[tag])
        elif tag in DEFINITIONS_NOT:
            yield _found(node, DEFINITIONS_NOT[tag])
        elif tag in {"multiInstanceLoopCharacteristics", "standardLoopCharacteristics"}:
            yield _found(node, "not_loop")
        elif tag in PASSED_OVER:
            yield _found(node, "passed_over", Severity.NOTE)
        elif tag in CARRIED_OUT:
            yield from _of_carried_out(node, tag, leaving.get(code, 0), processes)


def _of_carried_out(
    node: Any, tag: str, leaving: int, processes: set[str | None]
) -> Iterator[Finding]:
    """Yield why an element that is carried out in general is not here."""
    if tag == "subProcess":
        if node.get("triggeredByEvent") == "true":
            yield _found(node, "not_events")
        starts = len(node.findall(f"{{{MODEL}}}startEvent"))
        if starts != 1 or node.find(f"{{{MODEL}}}endEvent") is None:
            yield _found(node, "inner_starts")
    elif tag == "callActivity" and node.get("calledElement") not in processes:
        yield _found(node, "calls", given=node.get("calledElement") or "–")
    elif tag == "intermediateCatchEvent":
        told = {etree.QName(one).localname for one in node}
        if "messageEventDefinition" not in told and told.isdisjoint(DEFINITIONS_NOT):
            yield _found(node, "not_events")
    if tag in {"exclusiveGateway", "inclusiveGateway"} and leaving > 1:
        yield from _of_arrows(node)
    elif tag not in GATEWAYS and leaving > 1:
        yield _found(node, "many_arrows", count=leaving)


def _of_arrows(gateway: Any) -> Iterator[Finding]:
    """Yield what is wrong with the conditions of the arrows that leave a gateway."""
    code, default = gateway.get("id"), gateway.get("default")
    for flow in gateway.getroottree().getroot().iter(f"{{{MODEL}}}sequenceFlow"):
        if flow.get("sourceRef") != code or flow.get("id") == default:
            continue
        condition = flow.find(f"{{{MODEL}}}conditionExpression")
        text = "" if condition is None else "".join(condition.itertext()).strip()
        if not text:
            yield _found(flow, "no_condition")
            continue
        try:
            parsed(text)
        except ConditionError:
            yield _found(flow, "condition", given=text[:80])
