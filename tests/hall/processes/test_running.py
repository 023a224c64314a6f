"""What runs, what it changed, and that a delta tells all of it."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

from onecity.core.errors import InputError
from onecity.hall.cases.model import TaskKind, kind_of
from onecity.hall.processes import Process, Running, Shipped, shipped
from onecity.hall.processes.preparing import named, prepared
from onecity.hall.processes.running import applied

SERIALIZER = BpmnWorkflowSerializer()

BRANCHES = b"""<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="x">
 <process id="p" name="Branches">
  <startEvent id="s"/><sequenceFlow id="f0" sourceRef="s" targetRef="split"/>
  <parallelGateway id="split"/>
  <sequenceFlow id="f1" sourceRef="split" targetRef="step_a"/>
  <sequenceFlow id="f2" sourceRef="split" targetRef="inner"/>
  <userTask id="step_a"/><sequenceFlow id="f3" sourceRef="step_a" targetRef="join"/>
  <subProcess id="inner"><startEvent id="is"/>
   <sequenceFlow id="i1" sourceRef="is" targetRef="review_b"/>
   <userTask id="review_b" name="B"/><sequenceFlow id="i2" sourceRef="review_b" targetRef="gate"/>
   <exclusiveGateway id="gate" default="i4"/>
   <sequenceFlow id="i3" sourceRef="gate" targetRef="review_b">
    <conditionExpression>${outcome == "again" and not on_behalf}</conditionExpression>
   </sequenceFlow>
   <sequenceFlow id="i4" sourceRef="gate" targetRef="ie"/>
   <endEvent id="ie"/></subProcess>
  <sequenceFlow id="f4" sourceRef="inner" targetRef="join"/>
  <parallelGateway id="join"/><sequenceFlow id="f5" sourceRef="join" targetRef="deliver"/>
  <userTask id="deliver"/><sequenceFlow id="f6" sourceRef="deliver" targetRef="e"/>
  <endEvent id="e"/>
 </process></definitions>"""


def names(running: Running) -> list[str]:
    return [one.name for one in running.open_tasks()]


def after(process: Process, *outcomes: str) -> Running:
    running = process.start()
    for outcome in outcomes:
        running.complete(running.open_tasks()[0].id, outcome)
    return running


def shape(running: Running) -> object:
    """Return the tree of tasks as the library itself would save it, without names it draws."""
    told = SERIALIZER.to_dict(running._workflow)

    def tree(part: dict[str, object]) -> object:
        tasks = part["tasks"]
        assert isinstance(tasks, dict)

        def of(key: str) -> object:
            one = tasks[key]
            inner = told["subprocesses"].get(key)
            return (
                one["task_spec"],
                one["state"],
                one["triggered"],
                running._workflow.get_task_from_id(_uuid(running, key)).data
                if one["state"] >= 16
                else None,
                [of(child) for child in one["children"]],
                tree(inner) if inner else None,
            )

        return of(str(part["root"]))

    return tree(told), told["completed"]


def _uuid(running: Running, key: str) -> object:
    return next(task.id for task, _, _ in running._tasks() if str(task.id) == key)


def test_the_standard_process_goes_the_whole_way() -> None:
    standard = shipped(Shipped.STANDARD)
    running = after(
        standard, "supplement", "", "accept", "ask", "", "supplement", "", "done", "back", "done"
    )
    assert names(running) == ["decide"]
    assert running.open_tasks()[0].outcomes == ("back", "grant", "refuse")
    assert names(after(standard, "supplement")) == ["supplement"]
    assert after(standard, "supplement").open_tasks()[0].waits
    running.complete(running.open_tasks()[0].id, "refuse")
    assert (names(running), running.done) == (["deliver"], False)
    running.complete(running.open_tasks()[0].id)
    assert (names(running), running.done) == ([], True)
    assert after(standard, "reject").done


def test_the_other_processes_go_their_ways() -> None:
    assert after(shipped(Shipped.SPOT), "supplement", "", "grant", "").done
    assert after(shipped(Shipped.OPINION), "agree").done


def test_every_shipped_task_is_of_a_known_kind() -> None:
    for which in Shipped:
        process = shipped(which)
        tree = prepared(process.source)
        waits = {one.get("id") for one in tree.iter(named("receiveTask"))}
        assert process.tasks
        for name, _ in process.tasks:
            kind = kind_of(name)
            assert kind is not TaskKind.STEP
            assert kind.waits == (name in waits)


def test_what_is_not_open_or_not_known_is_refused() -> None:
    running = shipped(Shipped.STANDARD).start()
    place = running.open_tasks()[0].id
    with pytest.raises(InputError, match="只能是：accept supplement reject"):
        running.complete(place, "grant")
    with pytest.raises(InputError, match="没有编号为 99"):
        running.complete("99", "accept")
    with pytest.raises(InputError, match="personal"):
        running.complete(place, "accept", name="x" * 201)
    running.complete(place, "accept")
    with pytest.raises(InputError, match=f"没有编号为 {place} "):
        running.complete(place, "accept")
    other = shipped(Shipped.SPOT).start().saved()
    with pytest.raises(InputError, match="另一个版本"):
        shipped(Shipped.STANDARD).load(other)


def test_a_cancelled_process_has_nothing_open() -> None:
    running = after(shipped(Shipped.STANDARD), "accept")
    saved = running.saved()
    running.cancel()
    again = running.process.load(applied(saved, running.changed()))
    assert (names(again), again.done, running.done) == ([], True, True)


WALKS: dict[str, Process] = {which.value: shipped(which) for which in Shipped}
WALKS["branches"] = Process.read(BRANCHES)


def said(place: tuple[str, ...], pick: int) -> Iterator[str]:
    yield from place or ("again", "x")[pick % 2 : pick % 2 + 1]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(WALKS)), st.lists(st.integers(0, 11), max_size=12), st.booleans())
def test_deltas_tell_all_of_what_the_library_would_save(
    which: str, picks: list[int], firm: bool
) -> None:
    process = WALKS[which]
    running = process.start(on_behalf=firm)
    stored = json.loads(json.dumps(running.saved()))
    for pick in picks:
        places = running.open_tasks()
        if not places:
            break
        place = places[pick % len(places)]
        words = list(said(place.outcomes, pick))
        running.complete(place.id, words[pick % len(words)], round=pick)
        stored = json.loads(json.dumps(applied(stored, running.changed())))
        again = process.load(stored)
        assert shape(again) == shape(running)
        assert again.open_tasks() == running.open_tasks()
        assert again.saved() == running.saved() == stored
        if pick % 3 == 0:  # go on with what was stored, as after a restart
            running = again
