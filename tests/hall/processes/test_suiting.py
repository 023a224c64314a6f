"""What a drawing lacks to carry a case: each is found, and none in those that ship."""

import pytest

from onecity.hall.cases.model import Outcome, State
from onecity.hall.node.processes import example_own
from onecity.hall.processes import Process, Shipped, lacks, shipped, stages
from onecity.hall.processes.playing import place_of

HEAD = """<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="x">
 <process id="p" name="P">"""


def drawn(*arrows: str) -> Process:
    """Return a process of arrows such as ``a>b``, or ``a>b:outcome`` where that is said at ``a``.

    Gateways are drawn as needed; ``+`` splits and joins.
    """
    parts, nodes, leaving = [], dict[str, str](), dict[str, list[tuple[str, str]]]()
    for one in arrows:
        way, _, said = one.partition(":")
        source, target = way.split(">")
        leaving.setdefault(source, []).append((target, said))
        for name in (source, target):
            kind = "receiveTask" if name.startswith(("supplement", "opinions")) else "userTask"
            kind = "parallelGateway" if name[0] == "+" else kind
            kind = {"start": "startEvent", "end": "endEvent"}.get(name, kind)
            nodes[name] = kind
    for name, kind in nodes.items():
        parts.append(f'<{kind} id="{name.strip("+")}" name="{name}"/>')
    for source, several in leaving.items():
        begin = source.strip("+")
        if any(said for _, said in several):
            parts.append(f'<exclusiveGateway id="g_{begin}"/>')
            parts.append(
                f'<sequenceFlow id="f_{begin}" sourceRef="{begin}" targetRef="g_{begin}"/>'
            )
            begin = f"g_{begin}"
        for at, (target, said) in enumerate(several):
            names = f'sourceRef="{begin}" targetRef="{target.strip("+")}"'
            asked = f'<conditionExpression>outcome == "{said}"</conditionExpression>'
            inner = asked if said else ""
            parts.append(f'<sequenceFlow id="f_{begin}_{at}" {names}>{inner}</sequenceFlow>')
    return Process.read((HEAD + "".join(parts) + "</process></definitions>").encode())


END = ("decide>deliver", "deliver>end")
SOUND = ("start>intake", "intake>review", "review>decide", *END)


def keys(process: Process) -> set[str]:
    return {
        one.why.key.removeprefix("hall_process.").removeprefix("lack_") for one in lacks(process)
    }


def test_nothing_is_lacking_where_a_case_can_go_to_its_end() -> None:
    for process in (shipped(Shipped.STANDARD), shipped(Shipped.SPOT), drawn(*SOUND)):
        assert lacks(process) == ()
    for process in example_own().values():
        assert lacks(process) == ()
        assert [one.title for one in stages(process)] == [
            "受理审查", "审查", "处方审核能力核查", "现场核查", "决定", "制证", "送达",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("arrows", "lack"),
    [
        (("start>review", "review>decide", *END), {"no_intake"}),
        (("start>intake", "intake>deliver", "deliver>end"), {"no_decide"}),
        (("start>intake", "intake>decide", "decide>end"), {"no_deliver"}),
        ((*SOUND[:2], "review>opinion", "opinion>decide", *END), {"opinion"}),
        ((*SOUND[:3], "decide>deliver:grant", "decide>end:no", "deliver>end"), {"unsaid"}),
        ((*SOUND[:3], "decide>deliver:grant", "decide>review:back", "deliver>end"),
         {"no_outcome"}),
        # Of two branches only one is waited for.
        (("start>intake", "intake>+a", "+a>review", "+a>call", "review>decide", *END,
          "call>end"), {"left_over"}),
        (("start>intake", "intake>review", "review>decide:done", "review>end:ask", *END),
         {"ends_early"}),
        (("start>intake", "intake>review", "review>decide:done", "review>check:supplement",
          "check>review", *END), {"no_supplement"}),
        # Nothing is waited for, nothing comes: nobody asked for opinions.
        (("start>intake", "intake>opinions", "opinions>decide", *END), {"stuck"}),
        # Out of these circles there is no way; in the last nobody even has anything to do.
        ((*SOUND, "call>look", "look>call"), {"endless"}),
        ((*SOUND, "call>call"), {"endless"}),
        ((*SOUND[:2], "review>+a", "+a>+b", "+b>+a", "+a>decide", *END),
         {"idle_circle", "endless"}),
        (("start>intake", "intake>review", "review>call:supplement", "call>look", "look>call:more",
          "look>look:less", "review>decide:done", *END), {"no_supplement"}),
    ],
)  # fmt: skip
def test_what_is_lacking_is_found(arrows: tuple[str, ...], lack: set[str]) -> None:
    process = drawn(*arrows)
    assert keys(process) == lack
    for one in lacks(process):
        assert one.text("zh")
        assert one.text("en")


FIRMS = """
 <startEvent id="start"/><exclusiveGateway id="g"/><userTask id="intake"/><userTask id="intake_2"/>
 <userTask id="decide"/><userTask id="deliver"/>
 <sequenceFlow id="a" sourceRef="start" targetRef="g"/>
 <sequenceFlow id="b" sourceRef="g" targetRef="intake"><conditionExpression>applicant == "person"
 </conditionExpression></sequenceFlow>
 <sequenceFlow id="c" sourceRef="g" targetRef="intake_2"><conditionExpression>applicant == "firm"
 </conditionExpression></sequenceFlow>
 <sequenceFlow id="d" sourceRef="intake" targetRef="decide"/>
 <sequenceFlow id="e" sourceRef="intake_2" targetRef="decide"/>
 <sequenceFlow id="f" sourceRef="decide" targetRef="deliver"/></process></definitions>"""


def test_facts_that_lead_nowhere_are_found_and_steps_told_as_far_as_they_go() -> None:
    process = Process.read((HEAD + FIRMS).encode())
    assert lacks(process) == ()
    assert stages(process, (("applicant", "firm"),))[0].name == "intake_2"
    assert stages(process) == ()  # nobody is told to apply
    for asked in ('applicant == "nobody"', 'from_city &gt; "42"', "from_city"):
        wrong = Process.read((HEAD + FIRMS.replace('applicant == "firm"', asked)).encode())
        assert keys(wrong) == {"no_start"}
        assert "第一个任务之前" in lacks(wrong)[0].text("zh")


def test_a_case_of_an_older_system_stands_where_its_state_is() -> None:
    [process] = example_own().values()

    def names(state: State, outcome: Outcome | None = None) -> list[str]:
        place = place_of(process, state, accepted=True, outcome=outcome, facts=())
        return [one.title for one in place.running.open_tasks()]

    assert names(State.ACCEPTED) == names(State.SUSPENDED) == ["审查", "处方审核能力核查"]
    assert names(State.DECIDED, Outcome.GRANT) == ["制证"]
    assert names(State.DECIDED, Outcome.REFUSE) == ["送达"]
    assert names(State.SUPPLEMENT) == ["处方审核能力核查", "补充材料"]
