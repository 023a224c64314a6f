"""The desk of who leads life events: all steps of one application side by side, wherever they are.

A supervisor of the city that leads, or a clerk at its windows, sees which step stands where, what
waits for what, and which is late. Whoever opens one sees whose it is; that is logged and told to
its applicant. The node of a late step can be reminded: its desk shows that in the case.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, or_, select

from onecity.core.errors import InputError
from onecity.core.words import say
from onecity.hall.cases import FINAL, CaseEvent, State, What
from onecity.hall.cases.clock import Light
from onecity.identity import Actor
from onecity.identity.clock import moment, stamp
from onecity.identity.errors import ForbiddenError

from . import rows, steps
from .acting import followers, number_of
from .desk import LARGEST_PAGE, MOST
from .looks import look
from .mail.received import Received
from .rights import BOARD, LOOK, WINDOW
from .rows import News
from .steps import Joint, StepState, joint_of, steps_of
from .tables.applying import JOINTS, STEPS
from .workflow import NEVER
from .writing import Write

if TYPE_CHECKING:
    from .node import Node

KIND = "reminder"
REMINDED = "joint.reminded"
AGAIN = timedelta(days=1)
"""How long after a reminder the next of the same step may be sent."""
_LONGEST_WORDS = 500


class Which(StrEnum):
    """Which life events a list shows: under way; late, or with a step that is; over."""

    OPEN = "open"
    LATE = "late"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class StepLed:
    """A step as the lead sees it.

    Attributes
    ----------
    state, case_state
        Of the step; of its case, as its node last told (None before it begins).
    due, expected
        End of the limit that runs now, as its node told; when it is over if all keep theirs.
    late
        Whether that limit is over.
    waits
        Steps that have to be granted before it, and are not.
    reminded, may_remind
        When its node was last reminded; whether it may be now.
    here
        Whether its case lies at this node.
    """

    step: str
    item: str
    unit: str
    city: str
    node: str
    case: str | None
    number: str
    state: StepState
    case_state: State | None
    begun: datetime | None
    ended: datetime | None
    due: datetime | None
    expected: datetime | None
    late: bool
    waits: tuple[str, ...]
    reminded: datetime | None
    may_remind: bool
    here: bool


@dataclass(frozen=True, slots=True)
class EventLed:
    """A life event as the lead's list shows it: `late` of how many steps the limit is over."""

    case: str
    number: str
    event: str
    city: str
    state: State
    opened: datetime
    closed: datetime | None
    due: datetime | None
    light: Light
    steps: int
    done: int
    late: int
    stars: int | None


@dataclass(frozen=True, slots=True)
class EventRows:
    """A page of life events, and how many there are, counted no further than lists go."""

    rows: tuple[EventLed, ...]
    total: int


@dataclass(frozen=True, slots=True)
class EventSeen:
    """A life event that somebody opened; who applied and their words are empty once erased."""

    event: EventLed
    steps: tuple[StepLed, ...]
    name: str
    phone: str
    appraisal: str
    erased: bool


class Leading:
    """The life events that one node leads, for those who look after them."""

    def __init__(self, node: "Node") -> None:
        self.node = node

    def rows(
        self, by: Actor, *, which: Which = Which.OPEN, event: str = "", page: int = 1, size: int
    ) -> EventRows:
        """Return a page: those under way by when they are due, those over the last ones first.

        Raises
        ------
        ForbiddenError
            They look after none.
        InputError
            The page is out of range.
        """
        if not (1 <= size <= LARGEST_PAGE and page >= 1 and (page - 1) * size < MOST):
            raise InputError(
                "hall_node.page_range", page=page, size=size, most=LARGEST_PAGE, last=MOST
            )
        cities, column = self._cities(by), JOINTS.c
        now = self.node.office.clock()
        final = [one.value for one in FINAL]
        open_ = column.state == State.ACCEPTED.value
        terms = [column.state.in_(final) if which is Which.OVER else open_]
        if which is Which.LATE:
            terms.append(or_(column.due < stamp(now), _with_late_step(stamp(now))))
        if event:
            terms.append(column.event == event)
        if cities is not None:
            terms.append(column.city.in_(sorted(cities)))
        order = column.closed.desc() if which is Which.OVER else column.due
        with self.node.reading() as connection:
            inner = select(column.case).where(*terms).limit(MOST).subquery()
            total = connection.execute(select(func.count()).select_from(inner)).scalar_one()
            query = select(JOINTS).where(*terms).order_by(order, column.case)
            found = connection.execute(query.limit(size).offset((page - 1) * size)).all()
            several = select(STEPS).where(STEPS.c.parent.in_([one.case for one in found]))
            of: dict[str, list[Row[Any]]] = {}
            for step in connection.execute(several.order_by(STEPS.c.place)):
                of.setdefault(step.parent, []).append(step)
        return EventRows(tuple(_led(one, of.get(one.case, []), now) for one in found), int(total))

    def one(self, case: str, *, by: Actor, reason: str = "", address: str = "") -> EventSeen:
        """Return one with its steps. That somebody looked is logged, and its applicant is told.

        Raises
        ------
        MissingError
            This node leads none of that id.
        ForbiddenError
            They do not look after it.
        """
        with self.node.writing(by, address) as write:
            joint = self._joint(write.connection, by, case)
            return self._seen(write, joint, reason)

    def remind(
        self, case: str, step: str, *, by: Actor, words: str = "", address: str = ""
    ) -> EventSeen:
        """Remind the node of a late step: its desk shows that, with these words, in the case.

        Whoever does sees whose it is: that is a look as well.

        Raises
        ------
        MissingError
            This node leads none of that id.
        ForbiddenError
            They do not look after it.
        InputError
            The step is not late, or its node was reminded within a day.
        """
        with self.node.writing(by, address) as write:
            joint = self._joint(write.connection, by, case)
            row = next((one for one in steps_of(write.connection, case) if one.step == step), None)
            if row is None or not _late(row, write.now):
                raise InputError("hall_applying.step_not_late", step=step)
            if not _may_remind(row, write.now):
                raise InputError("hall_applying.step_reminded", step=step)
            told = {**json.loads(row.told), "reminded": write.at}
            steps.change(write, row, {"told": json.dumps(told)})
            body = {"words": words.strip()[:_LONGEST_WORDS]}
            purpose = say("hall_applying.purpose_reminder", "zh")
            write.send(row.node, KIND, row.case, body, purpose=purpose)
            write.tell(REMINDED, "case", row.case, after={"parent": case, "to": row.node})
            return self._seen(write, joint, say("hall_applying.purpose_reminder", "zh"))

    def _cities(self, by: Actor) -> frozenset[str] | None:
        """Return the cities whose life events somebody looks after; None for every one."""
        rules = self.node.office.rules
        looks, others = rules.cities(by, LOOK), []
        for permission in (BOARD, WINDOW):
            held = rules.cities(by, permission)
            if held is None and looks is None:
                return None
            others.append(looks if held is None else held if looks is None else held & looks)
        found = frozenset().union(*(one for one in others if one is not None))
        if not found:
            rules.require(by, BOARD)
        return found

    def _joint(self, connection: Connection, by: Actor, case: str) -> Joint:
        joint, cities = joint_of(self.node, connection, case), self._cities(by)
        if cities is not None and joint.city not in cities:
            raise ForbiddenError("hall_applying.not_led_by", who=by.name, city=joint.city)
        return joint

    def _seen(self, write: Write, joint: Joint, reason: str) -> EventSeen:
        """Return all of one, to somebody whose look is logged."""
        applicant = joint.application.get("applicant") or {}
        number = number_of(applicant)
        look(
            write,
            case=joint.case,
            number=joint.number,
            portal=joint.portal,
            subject=self.node.vault.blind(number) if number else None,
            reason=reason,
        )
        row = write.connection.execute(select(JOINTS).where(JOINTS.c.case == joint.case)).one()
        found = steps_of(write.connection, joint.case)
        ends = steps.expected_of(self.node, joint, found).ends
        granted = {one.step for one in found if one.state == StepState.DONE}
        return EventSeen(
            event=_led(row, found, write.now),
            steps=tuple(
                _step(self.node.code, joint, one, end, granted, write.now)
                for one, end in zip(found, ends, strict=True)
            ),
            name=str(applicant.get("name", "")),
            phone=str(applicant.get("phone", "")),
            appraisal=str((joint.application.get("appraisal") or {}).get("words", "")),
            erased=row.sealed is None,
        )


def _led(row: Row[Any], of: Sequence[Row[Any]], now: datetime) -> EventLed:
    due = None if row.due == NEVER or row.closed else moment(row.due)
    late = sum(_late(one, now) for one in of)
    if row.closed:
        light = Light.DONE
    elif due is None:
        light = Light.STANDS
    else:
        light = Light.LATE if now > due else Light.SOON if late else Light.GOOD
    return EventLed(
        case=row.case,
        number=row.number,
        event=row.event,
        city=row.city,
        state=State(row.state),
        opened=moment(row.opened),
        closed=moment(row.closed) if row.closed else None,
        due=due,
        light=light,
        steps=len(of),
        done=sum(StepState(one.state) in steps.OVER for one in of),
        late=late,
        stars=row.stars,
    )


def _step(
    here: str,
    joint: Joint,
    row: Row[Any],
    end: datetime | None,
    granted: set[str],
    now: datetime,
) -> StepLed:
    told = json.loads(row.told)
    return StepLed(
        step=row.step,
        item=row.item,
        unit=row.unit,
        city=row.city,
        node=row.node,
        case=row.case,
        number=steps.number_of(joint, row),
        state=StepState(row.state),
        case_state=State(told["state"]) if told.get("state") else None,
        begun=moment(row.begun) if row.begun else None,
        ended=moment(row.ended) if row.ended else None,
        due=moment(row.due) if row.state == StepState.RUNNING and row.due else None,
        expected=None if row.ended else end,
        late=_late(row, now),
        waits=tuple(
            one
            for one in json.loads(row.waits)
            if row.state == StepState.WAITING and one not in granted
        ),
        reminded=moment(told["reminded"]) if told.get("reminded") else None,
        may_remind=_late(row, now) and _may_remind(row, now),
        here=row.node == here,
    )


def _with_late_step(now: str) -> ColumnElement[bool]:
    """Return the condition that the limit of a step is over; one whose clock stands has none."""
    running = (STEPS.c.parent == JOINTS.c.case, STEPS.c.state == StepState.RUNNING.value)
    return exists().where(*running, STEPS.c.due < now)


def _late(row: Row[Any], now: datetime) -> bool:
    """Whether the limit of a step that runs is over, as far as its node has told."""
    return row.state == StepState.RUNNING and row.due is not None and moment(row.due) < now


def _may_remind(row: Row[Any], now: datetime) -> bool:
    last = json.loads(row.told).get("reminded")
    return last is None or moment(last) + AGAIN <= now


def reminded(write: Write, received: Received) -> None:
    """Note in a case that who leads its life event reminds of it.

    Raises
    ------
    MissingError
        There is no such case here.
    InputError
        It is over, or the sender does not lead the life event that it is a step of.
    """
    kept = rows.kept_of(write.node, write.connection, received.case)
    case = kept.case
    if not case.parent or received.sender not in followers(case):
        raise InputError("hall_node.not_follower", node=received.sender, number=case.number)
    if case.state in FINAL:
        raise InputError("hall_applying.step_not_late", step=case.step)
    words = str(received.body.get("words") or "")[:_LONGEST_WORDS]
    event = CaseEvent(What.REMINDED, write.now, f"node:{received.sender}", unit=case.authority)
    rows.note(write, kept, News(event, words))


HANDLERS = {KIND: reminded}
