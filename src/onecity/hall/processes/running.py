# ruff: noqa: SLF001  (SpiffWorkflow has no public way to put a saved tree of tasks together)
"""A process that runs: which tasks are open, what completes them, and what that changed.

SpiffWorkflow carries it out. Its own form of saving repeats the whole drawing with every case
and writes everything anew at every task; here the drawing is known by its digest, a saved process
is a small table of numbered tasks, and what a step changed is a `Delta` of that table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict
from uuid import UUID

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.task import Task

from onecity.core.errors import InputError
from onecity.hall.cases.model import kind_of

from .conditions import OUTCOME, holds

if TYPE_CHECKING:
    from .process import Process

Row = list[Any]
"""One task: its place in the drawing, its state, the number of its parent, of the task of the
process around it (0: none), whether it was triggered, and what it knows (None: as its parent)."""
DONE = "done"
"""What is said where a task is simply done, and other things might have been said."""
_MOST_WORDS, _MOST_FACTS = 200, 50
_AHEAD = frozenset({TaskState.MAYBE, TaskState.LIKELY, TaskState.FUTURE})
"""States of tasks that are only foreseen: they know nothing of their own yet."""


class Saved(TypedDict):
    """A process as it is stored, fit for JSON. `tasks` are rows by number."""

    digest: str
    tasks: dict[str, Row]
    last: int
    done: bool


class Delta(TypedDict):
    """What changed since a process was saved: rows that are new or other, and numbers gone."""

    tasks: dict[str, Row]
    gone: list[str]
    last: int
    done: bool


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that is open in a running process.

    Attributes
    ----------
    id
        Number of the task in this process: stays the same as long as it is open.
    name
        Identifier in the drawing; `onecity.hall.cases.model.kind_of` reads its kind from it.
    title
        Its name in the drawing.
    lane
        Whose work it is, as the drawing says; empty without lanes.
    waits
        Whether no clerk does it: the applicant ends it, or the opinions of other departments.
        What else is drawn as a wait is a task too: whoever sees that it is over says so.
    outcomes
        What may be said when it is completed; empty: nothing is asked.
    """

    id: str
    name: str
    title: str
    lane: str
    waits: bool
    outcomes: tuple[str, ...]


class _Engine(PythonScriptEngine):  # type: ignore[misc]
    """Reads conditions by their small grammar; no script is ever run."""

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> bool:
        return holds(expression, {**task.data, **(external_context or {})})

    def execute(self, task: Any, script: str, *_: Any) -> bool:
        name = task.task_spec.bpmn_id or ""
        raise InputError("hall_process.no_scripts", task=name, script=script)


_ENGINE = _Engine()


class Running:
    """A process that runs for one case. Belongs to one thread."""

    def __init__(self, process: "Process", workflow: Any) -> None:
        self.process = process
        self._workflow = workflow
        self._numbers: dict[UUID, int] = {}
        self._highest = 0
        self._kept: dict[str, Row] = {}

    @classmethod
    def start(cls, process: "Process", facts: Mapping[str, str | int | bool]) -> "Running":
        """Return a process as it starts; see `Process.start`.

        Raises
        ------
        InputError
            A fact is none that it may know, or no arrow goes on from the start for these facts.
        """
        workflow = BpmnWorkflow(process.spec, dict(process.inner), script_engine=_ENGINE)
        _checked(facts)
        if facts:
            workflow.task_tree.set_data(**facts)
        running = cls(process, workflow)
        try:
            running._go_on()
        except WorkflowException as error:
            given = "、".join(f"{name} = {value}" for name, value in facts.items()) or "–"
            raise InputError("hall_process.no_start", name=process.title, given=given) from error
        return running

    @classmethod
    def load(cls, process: "Process", saved: Saved) -> "Running":
        """Return a process as it was saved; see `Process.load`."""
        if saved["digest"] != process.digest:
            raise InputError(
                "hall_process.other_edition", name=process.code, given=saved["digest"][:12]
            )
        workflow = BpmnWorkflow(
            process.spec, dict(process.inner), script_engine=_ENGINE, deserializing=True
        )
        running = cls(process, workflow)
        made = _rebuilt(workflow, saved["tasks"])
        running._numbers = {task.id: number for number, task in made.items()}
        running._highest = max(made)
        running._kept = dict(saved["tasks"])
        workflow.last_task = made.get(saved["last"])
        workflow.completed = saved["done"]
        return running

    @property
    def done(self) -> bool:
        """Whether the process has come to its end."""
        return bool(self._workflow.completed)

    def open_tasks(self) -> list[OpenTask]:
        """Return the tasks that are open, in the order in which they were opened."""
        found = []
        for task, number, _ in self._tasks():
            if task.state == TaskState.READY and task.task_spec.manual:
                spec = task.task_spec
                name = spec.bpmn_id or spec.name
                found.append(
                    OpenTask(
                        str(number),
                        name,
                        spec.bpmn_name or name,
                        " ".join((spec.lane or "").split()),
                        kind_of(name).waits,
                        self.process.outcomes(name),
                    )
                )
        return found

    def complete(self, place: str, outcome: str = "", **facts: str | int | bool) -> None:
        """Complete an open task, and go on as far as nobody is needed.

        Parameters
        ----------
        place
            `OpenTask.id`.
        outcome
            What was decided there; conditions read it as ``outcome``. Nothing is the same as
            ``done`` where that is among what may be said.
        facts
            What later conditions may ask for besides; nothing personal.

        Raises
        ------
        InputError
            The task is not open, the outcome is none of its, or no arrow goes on from there.
            The process is not fit to be saved after that.
        """
        task = next((one for one, number, _ in self._tasks() if str(number) == place), None)
        if task is None or task.state != TaskState.READY or not task.task_spec.manual:
            raise InputError("hall_process.not_open", place=place, name=self.process.title)
        allowed = self.process.outcomes(task.task_spec.bpmn_id or task.task_spec.name)
        outcome = outcome or (DONE if DONE in allowed else "")
        if allowed and outcome not in allowed:
            raise InputError(
                "hall_process.unknown_outcome",
                task=task.task_spec.bpmn_name or task.task_spec.name,
                given=outcome,
                known=" ".join(allowed),
            )
        _checked({OUTCOME: outcome, **facts})
        task.set_data(**{OUTCOME: outcome}, **facts)
        try:
            task.run()
            self._go_on()
        except WorkflowException as error:
            title = task.task_spec.bpmn_name or task.task_spec.name
            raise InputError("hall_process.stuck", task=title, given=outcome) from error

    def cancel(self) -> None:
        """End the process where it stands: the case was withdrawn, refused or handed over."""
        self._workflow.cancel()

    def copied(self) -> "Running":
        """Return another process that stands at the same place."""
        return Running.load(self.process, self._whole(self._rows()))

    @property
    def mark(self) -> tuple[object, ...]:
        """What tells its place from others: two processes that go on alike have the same."""
        found = [
            (
                task.task_spec.name,
                task.state,
                "" if task.parent is None else task.parent.task_spec.name,
                repr(sorted(task.data.items())),
            )
            for task, _, _ in self._tasks()
            if task.has_state(TaskState.READY | TaskState.WAITING)
        ]
        return tuple(sorted(found))

    def done_tasks(self) -> tuple[str, ...]:
        """Return the identifiers of tasks that somebody has done, the first first."""
        found = [
            (number, task.task_spec.bpmn_id or task.task_spec.name)
            for task, number, _ in self._tasks()
            if task.task_spec.manual and task.state == TaskState.COMPLETED
        ]
        return tuple(dict.fromkeys(name for _, name in sorted(found)))

    # --- Saving ---

    def saved(self) -> Saved:
        """Return the whole process; what `changed` tells next counts from here."""
        self._kept = self._rows()
        return self._whole(self._kept)

    def _whole(self, rows: Mapping[str, Row]) -> Saved:
        return {
            "digest": self.process.digest,
            "tasks": dict(rows),
            "last": self._last(),
            "done": self.done,
        }

    def changed(self) -> Delta:
        """Return what changed since the process was loaded, saved, or asked this."""
        rows = self._rows()
        delta: Delta = {
            "tasks": {key: row for key, row in rows.items() if self._kept.get(key) != row},
            "gone": [key for key in self._kept if key not in rows],
            "last": self._last(),
            "done": self.done,
        }
        self._kept = rows
        return delta

    def _go_on(self) -> None:
        self._workflow.do_engine_steps()

    def _last(self) -> int:
        last = self._workflow.last_task
        return 0 if last is None else self._numbers.get(last.id, 0)

    def _tasks(self) -> Iterator[tuple[Any, int, int]]:
        """Yield every task, parents first, with its number and that of the task around its own.

        Numbers are given in this order, so that one that is loaded finds its parent there.
        """
        for task in list(self._workflow.tasks.values()):
            yield task, self._number(task), 0
        for around, inner in list(self._workflow.subprocesses.items()):
            for task in list(inner.tasks.values()):
                yield task, self._number(task), self._numbers[around]

    def _number(self, task: Any) -> int:
        found = self._numbers.get(task.id)
        if found is None:
            self._highest += 1
            found = self._numbers[task.id] = self._highest
        return found

    def _rows(self) -> dict[str, Row]:
        rows: dict[str, Row] = {}
        for task, number, around in self._tasks():
            parent = task.parent
            ahead = task.state in _AHEAD
            same = parent is not None and (ahead or parent.data == task.data)
            knows = None if same else dict(task.data)
            rows[str(number)] = [
                task.task_spec.name,
                task.state,
                0 if parent is None else self._numbers[parent.id],
                around,
                task.triggered,
                knows,
            ]
        return rows


def applied(saved: Saved, delta: Delta) -> Saved:
    """Return a saved process with a change: what `Running.saved` would have told then."""
    tasks = {key: row for key, row in saved["tasks"].items() if key not in set(delta["gone"])}
    tasks.update(delta["tasks"])
    return {
        "digest": saved["digest"],
        "tasks": tasks,
        "last": delta["last"],
        "done": delta["done"],
    }


def _rebuilt(workflow: Any, rows: Mapping[str, Row]) -> dict[int, Any]:
    """Make the tasks of a saved process, parents before children."""
    made: dict[int, Any] = {}
    for number in sorted(map(int, rows)):
        name, state, parent, around, triggered, knows = rows[str(number)]
        home = workflow
        if around:
            home = workflow.subprocesses.get(made[around].id) or _inner(workflow, made[around])
        task = Task(home, home.spec.task_specs[name], state=state, id=UUID(int=number))
        if parent:
            task._parent = made[parent].id
            made[parent]._children.append(task.id)
        else:
            home.task_tree = task
        task.triggered = triggered
        task.data = dict(made[parent].data) if knows is None and parent else dict(knows or {})
        made[number] = task
    return made


def _inner(workflow: Any, task: Any) -> Any:
    """Return the process within a task, empty as yet."""
    spec = workflow.subprocess_specs[task.task_spec.spec]
    inner = BpmnSubWorkflow(spec, task.id, workflow, deserializing=True)
    workflow.subprocesses[task.id] = inner
    if isinstance(task.task_spec, SubWorkflowTask):
        inner.completed_event.connect(task.task_spec._on_subworkflow_completed, task)
    return inner


def _checked(facts: Mapping[str, object]) -> None:
    """Refuse what a process may not know: it is stored in plain."""
    for name, value in facts.items():
        fits = isinstance(value, str | int | bool) and len(str(value)) <= _MOST_WORDS
        if not fits or len(facts) > _MOST_FACTS:
            raise InputError("hall_process.no_fact", name=name)
