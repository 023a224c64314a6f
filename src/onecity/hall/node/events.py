"""Life events (一件事): one application at the node that leads, a case of its own for each step.

A step starts when the steps it waits for have been granted; their results go with it as evidence.
Steps that wait for nothing run side by side, each at the node of its authority. A step that is
refused stops those that wait for it, and no others. The joint case is over when every step is.
The applicant's node is told of all steps together, and shows one application.

Everything here happens inside the transaction of the message that causes it.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, insert, select, update

from onecity.core.errors import InputError, MissingError
from onecity.core.words import say
from onecity.hall.cases import FINAL, State
from onecity.hall.catalogue import Applicant, Department, Item, Way
from onecity.hall.forms import part_for
from onecity.identity.clock import stamp

from . import claims, counts, filing, leading, results, steps
from .config import NodeKind
from .earlier import face_of
from .leading import Leading
from .mail.received import Handler, Received, Refused
from .steps import FAILED, OVER, Joint, StepState, change, joint_of, number_of, steps_of
from .tables.applying import JOINTS, STEPS
from .timers import Handler as Moment
from .timers import Timer
from .workflow import NEVER
from .writing import CHINA, Write

if TYPE_CHECKING:
    from .node import Node

APPRAISED = "joint.appraised"
OPENED, STARTED, ENDED, ERASED = "joint.opened", "joint.started", "joint.ended", "joint.erased"
KEEP = "joint_keep"
"""Timer: personal data of a joint case that is over is kept no longer."""
_GOING, _NOT_TAKEN = "withdrawing", "refused"
"""What is kept of a life event that is being withdrawn, and of a step that no node took."""
_MOST_STARS = 5
_LONGEST_WORDS = 2000


class LifeEvents:
    """Joint cases that one node leads. Any thread may use it.

    `leading` shows them to those who look after them.
    """

    def __init__(self, node: "Node") -> None:
        self.node = node
        self.leading = Leading(node)
        self.handlers: Mapping[str, Handler] = {
            **leading.HANDLERS,
            "joint": self._take_in,
            "joint_withdrawal": self._withdraw,
            "joint_appraisal": self._appraise,
            "joint_erasure": self._erase,
        }
        self.moments: Mapping[str, Moment] = {KEEP: self._kept_long_enough}

    def lead_of(self, city: str) -> str:
        """Return the code of the node that leads life events in a city: the city's own.

        Raises
        ------
        MissingError
            The trust list has none.
        """
        config = self.node.config
        if config.kind is NodeKind.CITY and city in config.cities:
            return config.code
        for peer in self.node.trust.standing(self.node.office.clock()):
            if peer.kind == NodeKind.CITY.value and city in peer.cities:
                return peer.code
        raise MissingError("hall_applying.no_lead", city=city)

    # --- Beginning -------------------------------------------------------------------------------

    def _take_in(self, write: Write, received: Received) -> None:
        """Open a joint case, and start what waits for nothing."""
        body = received.body
        about, wanted = body.get("about"), body.get("steps")
        if body.get("case") != received.case or not isinstance(about, Mapping) or not wanted:
            raise InputError("hall_applying.bad_body", name="about")
        known = select(JOINTS.c.case).where(JOINTS.c.case == received.case)
        if write.connection.execute(known).first() is not None:
            raise InputError("hall_applying.case_known", number=body.get("number"))
        claims.require_free(write, received)
        if self.lead_of(str(about.get("city"))) != self.node.code:
            raise InputError("hall_applying.not_lead", city=about.get("city"))
        items = [self.node.editions.item(str(code), int(version)) for code, version in wanted]
        if len({one.basic_code for one in items}) < len(items):
            raise InputError("hall_applying.bad_body", name="steps")
        write.run(
            insert(JOINTS).values(
                case=received.case,
                number=str(body["number"]),
                version=1,
                state=State.ACCEPTED.value,
                event=str(about["event"]),
                city=str(about["city"]),
                portal=received.sender,
                opened=write.at,
                closed=None,
                due=NEVER,
                days=None,
                stars=None,
                record="{}",
                sealed=write.seal(received.case, dict(body)),
            )
        )
        for place, (item, waits) in enumerate(zip(items, steps.waits_of(items), strict=True)):
            node = self.node.node_of(self._department(item))
            write.run(
                insert(STEPS).values(
                    parent=received.case,
                    step=item.basic_code,
                    place=place,
                    case=None,
                    item=item.code,
                    item_version=item.version,
                    node=node,
                    nodes=json.dumps([node]),
                    unit=item.authority,
                    city=item.city,
                    state=StepState.WAITING.value,
                    waits=json.dumps(waits),
                    begun=None,
                    ended=None,
                    due=None,
                    told="{}",
                    sealed=None,
                )
            )
        told = {"number": str(body["number"]), "event": str(about["event"]), "steps": len(items)}
        counts.event(write, str(about["event"]), str(about["city"]), came=1)
        write.tell(OPENED, "case", received.case, after=told)
        self._go_on(write, received.case)

    def _department(self, item: Item) -> Department:
        catalogue = self.node.editions.catalogue(self.node.today())
        department = catalogue.department.get(item.authority)
        if department is None:
            raise MissingError("hall_applying.no_unit", unit=item.authority)
        return department

    # --- Going on --------------------------------------------------------------------------------

    def _go_on(self, write: Write, case: str) -> None:
        """Stop what waits in vain, start what waits no more, tell the applicant, perhaps end."""
        connection = write.connection
        joint = joint_of(self.node, write.connection, case)
        steps.stop(write, case)
        state = {row.step: StepState(row.state) for row in steps_of(connection, case)}
        ready = [
            row
            for row in steps_of(connection, case)
            if state[row.step] is StepState.WAITING
            and all(state[one] is StepState.DONE for one in json.loads(row.waits))
        ]
        for row in ready:
            own = {"state": StepState.RUNNING.value, "case": write.new_id(), "begun": write.at}
            change(write, row, own)
        over = all(StepState(row.state) in OVER for row in steps_of(connection, case))
        ended = self._end(write, case) if over else State.ACCEPTED
        # The applicant's node learns of a step before it hears from the step's authority.
        self._tell(write, joint, ended)
        for row in steps_of(connection, case):
            if row.step not in {one.step for one in ready}:
                continue
            try:
                with write.attempt():
                    self._start(write, joint, row)
            except (InputError, MissingError) as error:
                # It stops what waits for it, not what let it begin: the result of another step.
                told = Refused("", row.node, "application", row.case, 0, error.key)
                self.refused(write, told)

    def _start(self, write: Write, joint: Joint, row: Row[Any]) -> None:
        """Send the application for one step, with its files and the results it waited for."""
        item = self.node.editions.item(row.item, row.item_version)
        application = joint.application
        wanted = {one.document for one in item.requirements}
        files = [
            one
            for one in filing.of_owner(self.node, write.connection, joint.case)
            if one.name in wanted
        ]
        sent = filing.pass_on(write, row.node, joint.case, row.case, files)
        evidence = [one for one in application["evidence"] if one.get("document") in wanted]
        body = {
            "case": row.case,
            "number": number_of(joint, row),
            "item": item.code,
            "version": item.version,
            "way": _way(item),
            "from_city": application["from_city"],
            "taken_in_by": self.node.code,
            "portal": joint.portal,
            "on_behalf": application["on_behalf"],
            "known": application.get("known") is True,
            "applicant": application["applicant"],
            "data": part_of(self.node, write, item, application),
            "files": sent,
            "evidence": [*evidence, *self._results(write, joint, row, wanted)],
            "agrees": [one for one in application["agrees"] if one in wanted],
            "parent": joint.case,
            "step": row.step,
            "at": write.at,
        }
        write.tell(STARTED, "case", row.case, after={"parent": joint.case, "step": row.step})
        purpose = say("hall_applying.purpose", "zh")
        write.send(row.node, "application", row.case, body, purpose=purpose)
        if row.node == self.node.code:
            steps.note_own(write, row)

    def _results(
        self, write: Write, joint: Joint, row: Row[Any], wanted: set[str]
    ) -> list[dict[str, Any]]:
        """Return the results of earlier steps that a step asks for, as evidence."""
        found = []
        waits = json.loads(row.waits)
        for one in steps_of(write.connection, joint.case):
            if one.step not in waits or one.sealed is None:
                continue
            signed = write.unseal(joint.case, one.sealed)
            document = signed["document"]
            face = face_of(document)
            found += [
                {
                    "document": kind["code"],
                    "holder": one.unit,
                    "node": one.node,
                    "agreed": joint.application["at"],
                    "case": one.case,
                    "fields": face,
                    "result": signed,
                }
                for kind in document.get("documents", ())
                if kind["code"] in wanted
            ]
        return found

    def _tell(self, write: Write, joint: Joint, state: State) -> None:
        """Tell the applicant's node how all steps stand, and when they are over as it seems."""
        rows = steps_of(write.connection, joint.case)
        found = steps.expected_of(self.node, joint, rows)
        due = None if found.due is None or state in FINAL else stamp(found.due)
        told = (
            update(JOINTS)
            .where(JOINTS.c.case == joint.case)
            .values(version=JOINTS.c.version + 1, due=due or NEVER)
        )
        version = write.connection.execute(told.returning(JOINTS.c.version)).scalar_one()
        whole = [
            {
                "step": one.step,
                "item": one.item,
                "item_version": one.item_version,
                "case": one.case,
                "number": number_of(joint, one),
                "state": one.state,
                "unit": one.unit,
                "city": one.city,
                "node": one.node,
                "waits": json.loads(one.waits),
                "ended": one.ended,
                "expected": None if one.ended or end is None else stamp(end),
                # Why its node did not take the application at all.
                _NOT_TAKEN: json.loads(one.told).get(_NOT_TAKEN),
            }
            for one, end in zip(rows, found.ends, strict=True)
        ]
        body = {
            "state": state.value,
            "version": version,
            "at": write.at,
            "due": due,
            "stands": found.stands and state not in FINAL,
            "steps": whole,
        }
        purpose = say("hall_applying.purpose_joint", "zh")
        write.send(joint.portal, "joint_told", joint.case, body, purpose=purpose)

    def _tell_again(self, write: Write, case: str, *, moved: bool) -> None:
        """Tell the applicant's node if all are over on another day than was told, or elsewhere."""
        joint = joint_of(self.node, write.connection, case)
        found = steps.expected_of(self.node, joint, steps_of(write.connection, case))
        due = NEVER if found.due is None else stamp(found.due)
        known = select(JOINTS.c.due).where(JOINTS.c.case == case)
        if moved or write.connection.execute(known).scalar_one() != due:
            self._tell(write, joint, joint.state)

    def _end(self, write: Write, case: str) -> State:
        """Close a joint case, all of whose steps are over."""
        rows = steps_of(write.connection, case)
        any_done = any(row.state == StepState.DONE for row in rows)
        withdrawn = any(row.state == StepState.WITHDRAWN for row in rows) and not any_done
        state = State.WITHDRAWN if withdrawn else State.CLOSED
        joint = joint_of(self.node, write.connection, case)
        first = joint.opened.astimezone(CHINA).date()
        took = self.node.calendar.working_days_between(first, write.today)
        write.run(
            update(JOINTS)
            .where(JOINTS.c.case == case)
            .values(state=state.value, closed=write.at, days=took)
        )
        decided = state is not State.WITHDRAWN
        failed = any(StepState(row.state) in FAILED for row in rows)
        counts.event(
            write, joint.event, joint.city,
            ended=1, decided=int(decided), refused=int(decided and failed),
            days=took if decided else 0,
        )  # fmt: skip
        days = self.node.config.limits.keep_days
        if days:
            self.node.timers.set(write, KEEP, case, write.now + timedelta(days=days))
        ends = {one.value: sum(row.state == one for row in rows) for one in OVER}
        write.tell(ENDED, "case", case, after=ends)
        return state

    # --- What authorities tell of steps ----------------------------------------------------------

    def has_step(self, write: Write, case: str) -> bool:
        """Whether a case is a step of a joint case that this node leads."""
        return steps.step_of(write.connection, case) is not None

    def progressed(self, write: Write, received: Received) -> None:
        """Note how a step's case stands, and whether it was withdrawn."""
        row = steps.told_by(write, received)
        if row is None or not steps.note(write, row, received) or StepState(row.state) in OVER:
            return
        if received.body.get("state") == State.WITHDRAWN:
            change(write, row, {"state": StepState.WITHDRAWN.value, "ended": write.at})
            self._go_on(write, row.parent)
            return
        self._tell_again(write, row.parent, moved=received.sender != row.node)
        begins_there = "state" not in json.loads(row.told) and len(json.loads(row.nodes)) > 1
        if begins_there and joint_of(self.node, write.connection, row.parent).record.get(_GOING):
            # It was on its way from one node to another when it was to be withdrawn.
            purpose = say("hall_applying.purpose", "zh")
            write.send(received.sender, "withdrawal", row.case, {"words": ""}, purpose=purpose)

    def resulted(self, write: Write, received: Received) -> None:
        """Take the result of a step, and go on with what waited for it.

        Raises
        ------
        InputError
            It is of a node that has handed the case over.
        """
        row = steps.told_by(write, received)
        if row is None or StepState(row.state) in OVER:
            return
        if received.sender != row.node:
            raise InputError("hall_applying.not_handler", node=received.sender, case=row.case)
        signed, granted = results.told(write, received), received.body.get("granted") is True
        state = StepState.DONE if granted else StepState.REFUSED
        sealed = write.seal(row.parent, dict(signed)) if granted else None
        change(write, row, {"state": state.value, "ended": write.at, "sealed": sealed})
        self._go_on(write, row.parent)

    def moved(self, write: Write, received: Received) -> None:
        """Note that a step's case was handed over to another city's node."""
        row = steps.told_by(write, received)
        if row is not None:
            steps.note_moved(write, row, received)
            self._tell_again(write, row.parent, moved=True)

    def refused(self, write: Write, told: Refused) -> None:
        """Note that an authority's node did not take a step's application at all."""
        row = steps.step_of(write.connection, told.case)
        if row is not None and told.kind == "application" and StepState(row.state) not in OVER:
            why = json.dumps({**json.loads(row.told), _NOT_TAKEN: told.reason})
            own = {"state": StepState.REFUSED.value, "ended": write.at, "told": why}
            change(write, row, own)
            self._go_on(write, row.parent)

    # --- What the applicant wants ----------------------------------------------------------------

    def _withdraw(self, write: Write, received: Received) -> None:
        """Withdraw what is not decided yet, and start nothing more."""
        joint = self._asked_by(write, received)
        if joint.state in FINAL:
            raise InputError("hall_applying.event_over", number=joint.number)
        purpose = say("hall_applying.purpose", "zh")
        words = str(received.body.get("words") or "")
        record = json.dumps({**joint.record, _GOING: write.at})
        write.run(update(JOINTS).where(JOINTS.c.case == joint.case).values(record=record))
        rows = steps_of(write.connection, joint.case)
        for row in rows:
            if row.state == StepState.WAITING:
                change(write, row, {"state": StepState.WITHDRAWN.value, "ended": write.at})
        # Before the steps answer, which they may do in this transaction.
        self._go_on(write, joint.case)
        for row in rows:
            if row.state == StepState.RUNNING:
                write.send(row.node, "withdrawal", row.case, {"words": words}, purpose=purpose)

    def _appraise(self, write: Write, received: Received) -> None:
        """Keep what the applicant thought of the whole, once it is over."""
        joint, body = self._asked_by(write, received), received.body
        stars, words = body.get("stars"), str(body.get("words") or "")
        if not isinstance(stars, int) or isinstance(stars, bool) or not 1 <= stars <= _MOST_STARS:
            raise InputError("hall_applying.bad_body", name="stars")
        if joint.state not in FINAL:
            raise InputError("hall_applying.not_over", number=joint.number)
        if "appraised" in joint.record:
            raise InputError("hall_applying.appraised")
        values: dict[str, Any] = {
            "stars": stars,
            "record": json.dumps({**joint.record, "appraised": write.at}),
        }
        if joint.application:
            said = {"stars": stars, "words": words[:_LONGEST_WORDS]}
            values["sealed"] = write.seal(joint.case, {**joint.application, "appraisal": said})
        write.run(update(JOINTS).where(JOINTS.c.case == joint.case).values(**values))
        counts.event(write, joint.event, joint.city, appraised=1, stars=stars)
        write.tell(APPRAISED, "case", joint.case, after={"stars": stars})

    def _erase(self, write: Write, received: Received) -> None:
        """Have every step erased where it was handled, then the joint case here."""
        if claims.erase_refused(write, received):
            return
        joint = self._asked_by(write, received)
        rows = steps_of(write.connection, joint.case)
        if any(StepState(row.state) not in OVER for row in rows):
            raise InputError("hall_applying.not_over", number=joint.number)
        purpose = say("hall_applying.purpose", "zh")
        for row in rows:
            if row.case is not None:
                for node in json.loads(row.nodes):
                    write.send(node, "erasure", row.case, {"case": row.case}, purpose=purpose)
                write.run(update(STEPS).where(STEPS.c.case == row.case).values(sealed=None))
        told = {"case": joint.case, "number": joint.number, "erased": True, "at": write.at}
        write.send(joint.portal, "erasure", joint.case, told, purpose=purpose)
        write.run(update(JOINTS).where(JOINTS.c.case == joint.case).values(sealed=None))
        write.tell(ERASED, "case", joint.case)
        self.node.timers.clear(write, joint.case, KEEP)
        self._erase_steps(write, joint)
        # Where the applicant's copy lies here too, the message has destroyed the key already.
        write.erase(joint.case)

    def _kept_long_enough(self, write: Write, timer: Timer) -> None:
        """Erase a joint case that has been over for as long as cases are kept."""
        case = timer.about
        write.run(update(JOINTS).where(JOINTS.c.case == case).values(sealed=None))
        write.run(update(STEPS).where(STEPS.c.parent == case).values(sealed=None))
        write.tell(ERASED, "case", case)
        joint = joint_of(self.node, write.connection, case)
        if joint.portal == self.node.code:
            self.node.applying.forget(write, case)
        self._erase_steps(write, joint)
        write.erase(case)

    def _erase_steps(self, write: Write, joint: Joint) -> None:
        """Destroy the keys of what was sent from here to the authorities of the steps.

        A step that is handled, or followed, at this node is erased as that, in its own time.
        """
        if joint.portal == self.node.code:
            return
        for row in steps_of(write.connection, joint.case):
            if row.case is not None and self.node.code not in json.loads(row.nodes):
                write.erase(row.case)

    def _asked_by(self, write: Write, received: Received) -> Joint:
        joint = joint_of(self.node, write.connection, received.case)
        if received.sender != joint.portal:
            raise InputError("hall_applying.not_portal", node=received.sender)
        return joint


def part_of(
    node: "Node", write: Write, item: Item, application: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what of a joint application's data an item's form asks for."""
    catalogue = node.editions.catalogue(write.today)
    kinds = frozenset({Applicant(application["applicant"]["kind"])})
    form = node.applying.book.of_item(item, catalogue, kinds)
    return part_for(form, application["data"])


def _way(item: Item) -> str | None:
    return next((one.value for one in (Way.JOINT, Way.ONLINE) if one in item.ways), None)
