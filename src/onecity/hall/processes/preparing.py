"""A drawing made ready to be carried out: what it leaves to the reader is said in full.

People draw processes to be read. What is left out, and what this product does otherwise, is
settled here the same way each time, and `checking` tells of each place:

* What runs by itself elsewhere (services, scripts, sending, calls of what is not in the file)
  becomes a task that somebody does and says so. So does a subprocess with nothing in it.
* What waits for an event becomes a task that waits until somebody ends it.
* A start begins with the case, whatever it is drawn with; an end that sends only ends.
* Arrows that leave a gateway without a condition are chosen by their names, at the task before
  it or at one of its own; so is the event that ends a task early, or came first of several.
* Several arrows that leave a task begin several branches (BPMN 2.0, 13.2.1), and nodes without
  arrows in or out begin or end the process they stand in (13.2.2).
* Data, notes and associations are for readers.
"""

import json
from collections.abc import Iterator
from typing import Any

from lxml import etree

from .conditions import is_answered

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"

WORK = frozenset({"userTask", "manualTask", "task"})
BY_HAND = frozenset({"scriptTask", "serviceTask", "businessRuleTask", "sendTask"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway"})
NODES = (
    WORK
    | BY_HAND
    | GATEWAYS
    | {
        "receiveTask",
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "subProcess",
        "callActivity",
    }
)
"""Elements that are carried out, as far as what stands in them is."""
FOR_READERS = frozenset(
    {
        "dataObject",
        "dataObjectReference",
        "dataStore",
        "dataStoreReference",
        "textAnnotation",
        "group",
    }
)
"""Elements that say something to readers alone, and that people would look for."""
_DROPPED = FOR_READERS | {
    "association",
    "dataInput",
    "dataOutput",
    "dataInputAssociation",
    "dataOutputAssociation",
    "inputSet",
    "outputSet",
    "ioSpecification",
    "property",
    "resourceRole",
    "performer",
    "potentialOwner",
    "humanPerformer",
    "extensionElements",
}
LOOPS = frozenset({"multiInstanceLoopCharacteristics", "standardLoopCharacteristics"})


def named(tag: str) -> str:
    """Return the full name of an element."""
    return f"{{{MODEL}}}{tag}"


def tag_of(node: Any) -> str:
    """Return the short name of an element; empty for comments and others' elements."""
    if not isinstance(node.tag, str) or not node.tag.startswith(f"{{{MODEL}}}"):
        return ""
    return str(etree.QName(node).localname)


def title_of(node: Any) -> str:
    """Return the name of an element on one line."""
    return " ".join((node.get("name") or "").split())


def definitions(node: Any) -> list[str]:
    """Return what an event is drawn with: ``messageEventDefinition``, ``timerEventDefinition``."""
    return [tag_of(one) for one in node if tag_of(one).endswith("EventDefinition")]


def is_empty(node: Any) -> bool:
    """Return whether nothing is drawn within a subprocess."""
    return not any(tag_of(one) in NODES for one in node)


def read_tree(content: bytes) -> Any:
    """Return a file as a tree; nothing is fetched and no entity is expanded.

    Raises
    ------
    lxml.etree.XMLSyntaxError
        It is no XML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(content, parser)


def prepared(content: bytes) -> Any:
    """Return the drawing ready to be carried out, as a tree."""
    root = read_tree(content)
    for node in list(root.iter(*map(named, _DROPPED))):
        node.getparent().remove(node)
    processes = {one.get("id") for one in root.iter(named("process"))}
    for process in root.iter(named("process")):
        process.set("isExecutable", "true")
    for node in list(root.iter(f"{{{MODEL}}}*")):
        _simplify(node, processes)
    for container in list(root.iter(named("process"), named("subProcess"))):
        if not is_empty(container):
            for node in list(container):
                _choose_events(container, node)
            _close(container)
            _split(container)
            for gateway in container.findall(named("exclusiveGateway")):
                _name_arrows(gateway)
    return root


def _simplify(node: Any, processes: set[str | None]) -> None:
    """Make one of a few kinds out of a node."""
    tag = tag_of(node)
    empty = tag == "subProcess" and is_empty(node)
    missing = tag == "callActivity" and node.get("calledElement") not in processes
    if tag == "startEvent" or (
        tag == "endEvent" and "terminateEventDefinition" not in definitions(node)
    ):
        for one in list(node):
            if tag_of(one).endswith("EventDefinition"):
                node.remove(one)
    elif tag == "intermediateCatchEvent":
        node.tag = named("receiveTask")
    elif (
        tag in BY_HAND
        or empty
        or missing
        or (tag == "intermediateThrowEvent" and definitions(node))
    ):
        node.tag = named("userTask")
    if tag_of(node) in WORK | {"receiveTask", "callActivity", "subProcess"}:
        for one in list(node):
            if tag_of(one) in LOOPS or tag_of(one).endswith("EventDefinition"):
                node.remove(one)


def ends_task(event: Any) -> bool:
    """Return whether an event at the edge of a task ends it: nothing else is carried out there."""
    code = event.get("attachedToRef")
    at = next((one for one in event.getparent() if one.get("id") == code), None)
    simple = at is not None and tag_of(at) in WORK | BY_HAND | {"receiveTask"}
    return simple and event.get("cancelActivity") != "false"


def _choose_events(container: Any, node: Any) -> None:
    """Draw events that somebody tells of as arrows that are chosen by name."""
    tag, code = tag_of(node), node.get("id")
    if tag == "boundaryEvent" and ends_task(node):
        task = node.get("attachedToRef")
        gate = f"{task}__ended"
        if not any(one.get("id") == gate for one in container):
            for one in _leaving(container, task):
                one.set("sourceRef", f"{gate}__not")
            for name, kind in ((gate, "exclusiveGateway"), (f"{gate}__not", "parallelGateway")):
                etree.SubElement(container, named(kind), id=name)
            _arrow(container, f"{gate}__arrow", task, gate)
            _arrow(container, f"{gate}__default", gate, f"{gate}__not")
        for one in _leaving(container, code):
            one.set("sourceRef", gate)
            _choose_by(one, title_of(node) or code)
        container.remove(node)
    elif tag == "eventBasedGateway":
        gate = f"{code}__came"
        node.tag = named("receiveTask")
        etree.SubElement(container, named("exclusiveGateway"), id=gate)
        for one in _leaving(container, code):
            one.set("sourceRef", gate)
            event = next(at for at in container if at.get("id") == one.get("targetRef"))
            one.set("name", title_of(event) or one.get("targetRef"))
            event.tag = named("intermediateThrowEvent")  # it has come: nothing more to be done
        _arrow(container, f"{code}__arrow", code, gate)


def _leaving(container: Any, code: str) -> list[Any]:
    return [one for one in flows(container) if one.get("sourceRef") == code]


def flows(container: Any) -> list[Any]:
    """Return the arrows of a process or subprocess."""
    return list(container.findall(named("sequenceFlow")))


def _nodes(container: Any) -> Iterator[Any]:
    yield from (one for one in container if tag_of(one) in NODES)


def _arrow(container: Any, code: str, source: str, target: str) -> None:
    etree.SubElement(container, named("sequenceFlow"), id=code, sourceRef=source, targetRef=target)


def _close(container: Any) -> None:
    """Give a process its start and its ends where it is drawn without."""
    arrows, code = flows(container), container.get("id")
    reached = {one.get("targetRef") for one in arrows}
    left = {one.get("sourceRef") for one in arrows}
    nodes = list(_nodes(container))
    if container.find(named("startEvent")) is None:
        etree.SubElement(container, named("startEvent"), id=f"{code}__start")
        for node in nodes:
            if node.get("id") not in reached:
                _arrow(container, f"{node.get('id')}__first", f"{code}__start", node.get("id"))
    ends = [one for one in nodes if tag_of(one) != "endEvent" and one.get("id") not in left]
    if ends:
        etree.SubElement(container, named("endEvent"), id=f"{code}__end")
        for node in ends:
            _arrow(container, f"{node.get('id')}__last", node.get("id"), f"{code}__end")


def _split(container: Any) -> None:
    """Draw the gateway that several arrows out of one node stand for."""
    for node in list(_nodes(container)):
        leaving = _leaving(container, node.get("id"))
        if len(leaving) < 2 or tag_of(node) in GATEWAYS:
            continue
        code = f"{node.get('id')}__split"
        gateway = etree.SubElement(container, named(_kind_of_split(node, leaving)), id=code)
        default = node.attrib.pop("default", None)
        if default is not None:
            gateway.set("default", default)
        for one in leaving:
            one.set("sourceRef", code)
            if tag_of(gateway) == "inclusiveGateway" and one.get("id") != default and not asks(one):
                always = etree.SubElement(one, named("conditionExpression"))
                always.text = "true"
        _arrow(container, f"{code}__arrow", node.get("id"), code)


def _kind_of_split(node: Any, leaving: list[Any]) -> str:
    """Return which gateway the arrows that leave a node stand for."""
    conditional = [one for one in leaving if one.find(named("conditionExpression")) is not None]
    if not conditional and not node.get("default"):
        return "parallelGateway"
    understood = all(asks(one) for one in conditional)
    return "inclusiveGateway" if understood and conditional else "exclusiveGateway"


def _name_arrows(gateway: Any) -> None:
    """Let arrows without a condition be chosen by name, or the only one be the default."""
    chosen = unnamed(gateway)
    for arrow, name in chosen:
        _choose_by(arrow, name)
        if gateway.get("default") == arrow.get("id"):
            del gateway.attrib["default"]
    if chosen:
        _ask_before(gateway)
    leaving = _leaving(gateway.getparent(), gateway.get("id"))
    silent = [one for one in leaving if not asks(one)]
    if len(leaving) > 1 and silent:
        gateway.set("default", silent[0].get("id"))


def _choose_by(arrow: Any, name: str) -> None:
    for one in arrow.findall(named("conditionExpression")):
        arrow.remove(one)
    condition = etree.SubElement(arrow, named("conditionExpression"))
    condition.text = f"outcome == {json.dumps(name, ensure_ascii=False)}"


def _ask_before(gateway: Any) -> None:
    """Let somebody choose right before a gateway, unless a task stands there already."""
    container, code = gateway.getparent(), gateway.get("id")
    nodes = {one.get("id"): one for one in _nodes(container)}
    arriving = [one for one in flows(container) if one.get("targetRef") == code]
    sources = {one.get("sourceRef") for one in arriving}
    tasks = {one for one in sources if tag_of(nodes[one]) in WORK | {"receiveTask"}}
    if tasks == sources and all(len(_leaving(container, one)) == 1 for one in tasks):
        return
    task = etree.SubElement(container, named("userTask"), id=f"step_{code}")
    task.set("name", title_of(gateway))
    for one in arriving:
        one.set("targetRef", f"step_{code}")
    _arrow(container, f"step_{code}__arrow", f"step_{code}", code)


def unnamed(gateway: Any) -> list[tuple[Any, str]]:
    """Return the arrows of a node that are chosen by name, and that name.

    Of an exclusive gateway, those are the ones without a condition that is understood, unless
    there is but one and it is the default, or may be. Of a task that several arrows leave, with
    conditions that are not understood, they are too.
    """
    container = gateway.getparent()
    leaving = _leaving(container, gateway.get("id"))
    silent = [one for one in leaving if not asks(one)]
    if tag_of(gateway) != "exclusiveGateway" and (
        len(leaving) < 2 or _kind_of_split(gateway, leaving) != "exclusiveGateway"
    ):
        return []
    if len(leaving) < 2 or not silent:
        return []
    alone = len(silent) == 1 and not condition_of(silent[0])
    if alone and gateway.get("default") in {None, silent[0].get("id")}:
        return []
    titles = {one.get("id"): title_of(one) for one in container}
    return [
        (one, title_of(one) or titles.get(one.get("targetRef")) or one.get("targetRef"))
        for one in silent
    ]


def condition_of(arrow: Any) -> str:
    """Return the condition of an arrow as it is written, empty without one."""
    found = arrow.find(named("conditionExpression"))
    return "" if found is None else "".join(found.itertext()).strip()


def asks(arrow: Any) -> bool:
    """Return whether an arrow has a condition that is understood and will be answered."""
    return is_answered(condition_of(arrow))
