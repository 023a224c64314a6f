"""What of a drawing is carried out: the models of the BPMN MIWG, and places that are told."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.core.severity import Severity
from onecity.hall.processes import Process, check
from onecity.hall.processes.conditions import ConditionError, holds, outcomes, parsed
from tests.conftest import ROOT, SHARED

MODELS = SHARED / "peers" / "bpmn" / "miwg_reference"
PAGE = ROOT / "docs" / "reference" / "hall-processes.md"


def drawing(body: str) -> bytes:
    head = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d">'
    return f'{head}<process id="p" name="试">{body}</process></definitions>'.encode()


def arrows(*pairs: str) -> str:
    """Return arrows from texts such as ``a>b`` or ``a>b:name``."""
    made = []
    for number, pair in enumerate(pairs):
        ends, _, name = pair.partition(":")
        source, _, target = ends.partition(">")
        made.append(
            f'<sequenceFlow id="f{number}" name="{name}"'
            f' sourceRef="{source}" targetRef="{target}"/>'
        )
    return "".join(made)


def walked(process: Process, step: int) -> bool:
    """Return whether a process comes to its end, choosing in turn what may be said."""
    running = process.start()
    for turn in range(200):
        places = running.open_tasks()
        if not places:
            return running.done
        place = places[turn % len(places)]
        said = place.outcomes or ("",)
        running.complete(place.id, said[(turn // step) % len(said)])
    return False


def models() -> Iterator[tuple[str, str, bool]]:
    """Yield file, process and whether it is carried out, as the page of the manual says."""
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip(" `") for cell in line.split("|")]
        if len(cells) > 4 and cells[1].endswith(".bpmn"):
            yield cells[1], cells[2], cells[3] == "yes"


@pytest.mark.shared
def test_the_models_of_the_miwg_are_carried_out_as_the_manual_says() -> None:
    if not MODELS.is_dir():
        pytest.skip(f"no models in {MODELS}")
    found = {}
    for file in sorted(MODELS.glob("*.bpmn")):
        for code in check(file).codes:
            told = check(file, code=code)
            found[file.name, code] = told.sound
            if told.sound:
                process = Process.read(file, code=code)
                assert len(told.tasks) >= 1
                assert any(walked(process, step) for step in (1, 2, 3, 5)), (file.name, code)
            else:
                assert all(one.text("zh") and one.text("en") for one in told.faults)
                with pytest.raises(InputError):
                    Process.read(file, code=code)
    assert found == {(name, code): sound for name, code, sound in models()}


PLACES = {
    "a service is done by hand": (
        '<startEvent id="s"/><serviceTask id="step_a"/><endEvent id="e"/>'
        + arrows("s>step_a", "step_a>e"),
        [("by_hand", Severity.WARNING)],
    ),
    "arrows of a gateway are chosen by name": (
        '<startEvent id="s"/><userTask id="review"/><exclusiveGateway id="g"/><endEvent id="e"/>'
        '<endEvent id="f"/>' + arrows("s>review", "review>g", "g>e:同意", "g>f:不同意"),
        [("by_name", Severity.WARNING)] * 2,
    ),
    "an event ends a task": (
        '<startEvent id="s"/><userTask id="review"/><endEvent id="e"/><endEvent id="f"/>'
        '<boundaryEvent id="b" name="撤案" attachedToRef="review"><messageEventDefinition/>'
        "</boundaryEvent>" + arrows("s>review", "review>e", "b>f"),
        [("told", Severity.WARNING)],
    ),
    "events that come first": (
        '<startEvent id="s"/><eventBasedGateway id="g"/><endEvent id="e"/>'
        '<intermediateCatchEvent id="m" name="来信"><messageEventDefinition/>'
        '</intermediateCatchEvent><intermediateCatchEvent id="t" name="到期">'
        "<timerEventDefinition/></intermediateCatchEvent>"
        + arrows("s>g", "g>m", "g>t", "m>e", "t>e"),
        [("told", Severity.WARNING), ("waits", Severity.WARNING)],
    ),
    "a drawing without start and end": (
        '<userTask id="review"/><userTask id="decide"/>' + arrows("review>decide"),
        [],
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_place_is_told_and_goes_on(place: str) -> None:
    body, wanted = PLACES[place]
    told = check(drawing(body))
    found = [(one.why.key.partition(".")[2], one.severity) for one in told.findings]
    assert found == wanted
    assert all(one.line == 1 for one in told.findings)
    process = Process.read(drawing(body))
    assert walked(process, 1)
    assert walked(process, 2)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_what_could_not_be_kept_as_text_is_refused(encoding: str) -> None:
    body, _ = PLACES["a drawing without start and end"]
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    with pytest.raises(InputError, match="UTF-8"):
        check((head + drawing(body).decode()).encode(encoding))


def test_names_and_events_may_be_said() -> None:
    def said(place: str) -> tuple[str, ...]:
        return Process.read(drawing(PLACES[place][0])).start().open_tasks()[0].outcomes

    assert said("arrows of a gateway are chosen by name") == ("同意", "不同意")
    assert said("an event ends a task") == ("撤案", "done")
    assert said("events that come first") == ("来信", "到期")


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ('<startEvent id="s"/><complexGateway id="g"/>' + arrows("s>g"), "not_gateway"),
        ('<startEvent id="s"/><userTask id="a"/><userTask id="a"/>' + arrows("s>a"), "twice"),
        ('<startEvent id="s"/><startEvent id="t"/><userTask id="a"/>' + arrows("s>a", "t>a"),
         "starts"),
        ('<startEvent id="s"/><userTask id="a"/><boundaryEvent id="b" attachedToRef="a" '
         'cancelActivity="false"><timerEventDefinition/></boundaryEvent>' + arrows("s>a"),
         "not_at_edge"),
        ('<startEvent id="s"/><subProcess id="i" triggeredByEvent="true"><userTask id="a"/>'
         "</subProcess>" + arrows("s>i"), "not_events"),
    ],
)  # fmt: skip
def test_what_is_not_carried_out_is_refused(body: str, key: str) -> None:
    assert key in {one.why.key.partition(".")[2] for one in check(drawing(body)).faults}
    with pytest.raises(InputError, match="第 1 行"):
        Process.read(drawing(body))


def test_what_is_no_drawing_is_refused() -> None:
    bomb = b'<!DOCTYPE d [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><d>&b;</d>'
    for content in (b"", b"<a>", b"<a/>", drawing(""), bomb):
        with pytest.raises(InputError):
            check(content)


@given(st.text(max_size=40))
def test_a_condition_runs_no_code(text: str) -> None:
    try:
        parsed(text)
    except ConditionError:
        return
    assert isinstance(holds(text, {}), bool)
    assert all(isinstance(one, str) for one in outcomes(text))


@pytest.mark.parametrize(
    "text",
    ["f(1)", "a.b", "a[0]", "lambda: 1", "__import__('os')", "a := 1", "1 + 1", "a if b else c",
     "", "outcome = 1", "'x' * 9**9", "a < b < c", "(" * 300],
)  # fmt: skip
def test_more_than_a_comparison_is_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        parsed(text)


def test_conditions_compare_what_was_said() -> None:
    values = {"outcome": "accept", "days": 3, "firm": True}
    for text in ('outcome == "accept"', "${ days >= 3 and firm }", "= not other",
                 'outcome in ("a", "accept")', "days < 4 or false", "null == other"):  # fmt: skip
        assert holds(text, values), text
    for text in ('outcome == "x"', "days < outcome", "other", "firm == false"):
        assert not holds(text, values), text
