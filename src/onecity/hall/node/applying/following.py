"""Following one's own cases: the list, one case whole, and what an applicant does with it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from onecity.core.errors import InputError, MissingError
from onecity.core.words import say
from onecity.hall.cases import FINAL, State, What
from onecity.hall.cases.way import Action, check
from onecity.hall.catalogue import Catalogue, Item, Way
from onecity.hall.forms import Words
from onecity.hall.node import filing
from onecity.hall.node.looks import Look, looks_at
from onecity.hall.node.looks import look as log_look
from onecity.hall.node.stages import followed
from onecity.hall.node.steps import OVER
from onecity.hall.node.tables.applying import APPLICANTS, CONSENTS, DRAFTS, MINE
from onecity.hall.node.tables.cases import RESULTS
from onecity.hall.node.writing import Write
from onecity.identity import Actor
from onecity.identity.clock import moment

from . import joint, once, telling
from .access import require_either
from .book import FormBook
from .showing import ERASE, can_do, named, result_title, wanted
from .views import Appraised, Decided, File, Mine, MineRow, StepSeen

if TYPE_CHECKING:
    from onecity.hall.node.node import Node

_MOST = 200
_MOST_LOOKED_AT = 1000
_LONGEST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class MineRows:
    """A page of somebody's cases, and how many there are."""

    rows: tuple[MineRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Consent:
    """Something that an applicant agreed to, or did not."""

    at: str
    case: str | None
    document: str
    holder: str
    purpose: str
    agrees: bool


class Following:
    """Cases of one node's applicants, as departments anywhere have told of them."""

    def __init__(self, node: "Node", book: FormBook) -> None:
        self.node, self.book = node, book

    # --- Reading ---------------------------------------------------------------------------------

    def mine(self, by: Actor, *, page: int = 1, size: int = 50) -> MineRows:
        """Return one's own cases, the newest first; steps of a life event stand under it."""
        require_either(self.node, by)
        with self.node.reading() as connection:
            whose = and_(MINE.c.parent.is_(None), self._whose(connection, by))
            total = connection.execute(select(func.count()).where(whose)).scalar_one()
            query = (
                select(MINE)
                .where(whose)
                .order_by(MINE.c.at.desc(), MINE.c.case.desc())
                .limit(min(max(size, 1), _MOST))
                .offset((max(page, 1) - 1) * min(max(size, 1), _MOST))
            )
            rows = connection.execute(query).all()
            catalogue = self._catalogue()
            return MineRows(tuple(self._short(one, catalogue) for one in rows), total)

    def _whose(self, connection: Connection, by: Actor) -> ColumnElement[bool]:
        """Return what tells somebody's cases: handed in by them, or at a window for them."""
        query = select(APPLICANTS.c.subject).where(
            APPLICANTS.c.account == by.name, APPLICANTS.c.verified.is_not(None)
        )
        subject = connection.execute(query).scalar_one_or_none()
        own = MINE.c.account == by.name
        return own if subject is None else or_(own, MINE.c.subject == subject)

    def row(self, connection: Connection, by: Actor, case: str) -> Row[Any]:
        """Return the row of a case of one's own, in a transaction under way; see `one`."""
        query = select(MINE).where(MINE.c.case == case, self._whose(connection, by))
        row = connection.execute(query).one_or_none()
        if row is None:
            raise MissingError("hall_applying.no_case", given=case)
        return row

    def _catalogue(self) -> Catalogue:
        return self.node.editions.catalogue(self.node.today())

    def item(self, row: Row[Any], catalogue: Catalogue) -> Item | None:
        """Return the item in the version of the case; None of a life event, or one never seen."""
        if not row.item:
            return None
        try:
            return self.node.editions.item(row.item, row.item_version)
        except MissingError:
            return catalogue.item.get(row.item)

    def _title(self, row: Row[Any], item: Item | None, catalogue: Catalogue) -> Words:
        if item is not None:
            return named(item.title, item)
        event = next((one for one in catalogue.life_events if one.code == row.event), None)
        return named(row.event or row.item, event)

    def _short(self, row: Row[Any], catalogue: Catalogue) -> MineRow:
        item = self.item(row, catalogue)
        steps = json.loads(row.record)["steps"]
        return MineRow(
            case=row.case,
            number=row.number,
            title=self._title(row, item, catalogue),
            state=State(row.state),
            at=moment(row.at),
            due=moment(row.due) if row.due else None,
            steps_done=sum(one["state"] in OVER for one in steps),
            steps=len(steps),
            needs_me=bool(row.needs_me),
        )

    def one(self, by: Actor, case: str, *, address: str = "") -> Mine:
        """Return a case of one's own, or one taken in at a window for somebody else.

        The latter is a look at somebody else's data: it is logged, and they see it.

        Raises
        ------
        MissingError
            There is none.
        """
        with self.looking(by, case, address) as (connection, row):
            return self.whole(connection, row)

    @contextmanager
    def looking(self, by: Actor, case: str, address: str) -> Iterator[tuple[Connection, Row[Any]]]:
        """Give a case to be looked at by whoever handed it in, for themselves or at a window.

        The latter is logged, and who it was taken in for sees it.
        """
        require_either(self.node, by)
        with self.node.reading() as connection:
            row = self.row(connection, by, case)
            if not self.for_another(connection, row, by):
                yield connection, row
                return
        with self.node.writing(by, address) as write:
            log_look(
                write, case=case, number=row.number, portal=self.node.code, subject=row.subject,
                reason=say("hall_node.look_window", "zh"),
            )  # fmt: skip
            yield write.connection, row

    @staticmethod
    def for_another(connection: Connection, row: Row[Any], by: Actor) -> bool:
        """Whether somebody took a case in for somebody else; a step of theirs, if the whole was."""
        if row.account != by.name:
            return False
        record = row.record
        if row.parent:
            whole = select(MINE.c.record).where(MINE.c.case == row.parent)
            record = connection.execute(whole).scalar_one()
        return bool(json.loads(record).get("on_behalf"))

    def whole(self, connection: Connection, row: Row[Any]) -> Mine:
        """Return all of a case of one's own, in a transaction under way."""
        catalogue, record = self._catalogue(), json.loads(row.record)
        item, erased = self.item(row, catalogue), record.get("erased")
        told = telling.of(self.node, connection, row.case, catalogue, erased=bool(erased))
        appraised = record.get("appraisal")
        appraisal = None
        if appraised:
            words = next((one.words for one, _ in told if one.what == What.APPRAISED), "")
            appraisal = Appraised(appraised["stars"], words, moment(appraised["at"]))
        short = self._short(row, catalogue)
        return Mine(
            **{name: getattr(short, name) for name in MineRow.__dataclass_fields__},
            item=row.item,
            event=row.event or "",
            unit=row.unit,
            unit_title=telling.unit_title(catalogue, row.unit),
            node=row.node,
            way=None if row.way is None else Way(row.way),
            timeline=tuple(one for one, _ in told),
            promised=None if item is None else item.promised,
            supplement=wanted(row, told, catalogue),
            result=None if erased else self._result(connection, row, catalogue),
            appraisal=appraisal,
            steps_of=self._steps(connection, row, record["steps"], catalogue),
            files=filing.of_owner(self.node, connection, row.case),
            can=can_do(row, record),
            erased=moment(erased) if erased else None,
            parent=row.parent,
            stops=self._stops(connection, row, catalogue),
            stands=bool(record.get("stands")),
            withdrawing=moment(record["withdrawing"]) if record.get("withdrawing") else None,
            stages=followed(
                record.get("stages"),
                State(row.state),
                item,
                accepted=any(one.what == What.ACCEPTED for one, _ in told),
            ),
        )

    def _steps(
        self,
        connection: Connection,
        row: Row[Any],
        steps: Sequence[Mapping[str, Any]],
        catalogue: Catalogue,
    ) -> tuple[StepSeen, ...]:
        """Return the steps of a life event: those with a case as it stands, others as they wait."""
        query = select(MINE.c.case, MINE.c.state).where(MINE.c.parent == row.case)
        cases = {one.case: State(one.state) for one in connection.execute(query)}
        return joint.steps_seen(steps, cases, catalogue)

    def _stops(
        self, connection: Connection, row: Row[Any], catalogue: Catalogue
    ) -> tuple[Words, ...]:
        """Return what a step of a life event stopped, since it was not granted."""
        if not row.parent:
            return ()
        query = select(MINE.c.record).where(MINE.c.case == row.parent)
        steps = json.loads(connection.execute(query).scalar_one())["steps"]
        seen = joint.steps_seen(steps, {}, catalogue)
        return next((one.stops for one in seen if one.basic_code == row.step), ())

    def _result(
        self, connection: Connection, row: Row[Any], catalogue: Catalogue
    ) -> Decided | None:
        query = select(RESULTS).where(RESULTS.c.case == row.case)
        found = connection.execute(query).one_or_none()
        if found is None:
            return None
        signed = json.loads(self.node.vault.unseal(connection, row.case, found.sealed))
        document = signed["document"]
        return Decided(
            title=result_title(document, catalogue),
            number=found.number,
            granted=bool(found.granted),
            words=str(document.get("words") or ""),
            signed_by=telling.unit_title(catalogue, found.unit),
            at=moment(found.at),
            document=signed,
        )

    def result(self, by: Actor, case: str, *, address: str = "") -> Decided:
        """Return the signed result of a case of one's own.

        Raises
        ------
        MissingError
            There is no such case, or no result yet.
        """
        found = self.one(by, case, address=address).result
        if found is None:
            raise MissingError("hall_applying.no_result", given=case)
        return found

    def file(self, by: Actor, case: str, file: str, *, address: str = "") -> tuple[File, bytes]:
        """Return a file of one's own case with what is in it; see `one`."""
        with self.looking(by, case, address) as (connection, _):
            return filing.content_of(self.node, connection, case, file)

    def looks(self, by: Actor, *, case: str = "") -> tuple[Look, ...]:
        """Return who looked at one's own cases, the newest first; of a window, the last 1000.

        With `case`: at that one and its steps. Evidence is fetched for a draft: whoever gave it
        looked for the case that this became.
        """
        require_either(self.node, by)
        with self.node.reading() as connection:
            query = select(MINE.c.case, MINE.c.number).where(self._whose(connection, by))
            if case:
                query = query.where(or_(MINE.c.case == case, MINE.c.parent == case))
            newest = query.order_by(MINE.c.at.desc()).limit(_MOST_LOOKED_AT)
            cases = {one.case: one.number for one in connection.execute(newest)}
            drafts = self._drafts(connection, by, list(cases))
            if case:
                drafts = {draft: of for draft, of in drafts.items() if of in cases}
        found = looks_at(self.node, [*cases, *drafts]) if cases or drafts else ()
        return tuple(
            one
            if one.case in cases
            else replace(one, case=drafts[one.case], number=cases.get(drafts[one.case], ""))
            for one in found
        )

    @staticmethod
    def _drafts(connection: Connection, by: Actor, cases: Sequence[str]) -> dict[str, str]:
        """Return drafts of one's own, and those of one's cases, each with the case it became."""
        columns = (DRAFTS.c.id, DRAFTS.c.case)
        own = select(*columns).where(DRAFTS.c.account == by.name)
        newest = own.order_by(DRAFTS.c.saved.desc()).limit(_MOST_LOOKED_AT)
        theirs = select(*columns).where(DRAFTS.c.case.in_(cases))
        rows = [*connection.execute(newest), *connection.execute(theirs)]
        return {one.id: one.case or "" for one in rows}

    def consents(self, by: Actor) -> tuple[Consent, ...]:
        """Return what one agreed to and what not, the newest first."""
        require_either(self.node, by)
        query = select(CONSENTS).where(CONSENTS.c.account == by.name)
        with self.node.reading() as connection:
            rows = connection.execute(query.order_by(CONSENTS.c.at.desc())).all()
        return tuple(
            Consent(one.at, one.case, one.document, one.holder, one.purpose, bool(one.agrees))
            for one in rows
        )

    def needing(self, by: Actor) -> int:
        """Return how many of one's own cases wait for oneself."""
        require_either(self.node, by)
        with self.node.reading() as connection:
            whose = self._whose(connection, by)
            waiting = and_(whose, MINE.c.needs_me == 1, MINE.c.parent.is_(None))
            return int(connection.execute(select(func.count()).where(waiting)).scalar_one())

    # --- Doing -----------------------------------------------------------------------------------

    def withdraw(
        self, by: Actor, case: str, *, words: str = "", key: str = "", address: str = ""
    ) -> Mine:
        """Withdraw an application before it is decided; of a life event, what is not decided yet.

        Asked again with the same idempotency key, it is done once; so with `appraise`.

        Raises
        ------
        InputError
            It is too late, or the key was used for something else.
        """
        require_either(self.node, by)
        with self.node.writing(by, address) as write:
            row = self.row(write.connection, by, case)
            if once.begin(write, key, {"withdraw": case, "words": words}) is not None:
                return self.whole(write.connection, row)
            check(Action.WITHDRAW, State(row.state), None, {})
            telling.add(write, case, What.WITHDRAWN.value, "", write.now, words=words)
            if row.event:
                self._withdraws(write, row)
            kind = "joint_withdrawal" if row.event else "withdrawal"
            self.send(write, row, kind, {"words": words[:_LONGEST_WORDS]})
            return self.whole(write.connection, self.row(write.connection, by, case))

    @staticmethod
    def _withdraws(write: Write, row: Row[Any]) -> None:
        """Note that a life event is being withdrawn: each of its steps has to answer.

        Raises
        ------
        InputError
            It is already.
        """
        record = json.loads(row.record)
        if record.get("withdrawing"):
            raise InputError("hall_applying.withdrawing", number=row.number)
        told = json.dumps({**record, "withdrawing": write.at}, ensure_ascii=False)
        write.run(update(MINE).where(MINE.c.case == row.case).values(record=told))

    def appraise(
        self,
        by: Actor,
        case: str,
        *,
        stars: int,
        words: str = "",
        key: str = "",
        address: str = "",
    ) -> Mine:
        """Say what one thought of how a case was handled, once: one to five stars.

        What is said of a life event as a whole goes to the node that leads it.

        Raises
        ------
        InputError
            It is not decided yet, or was appraised before.
        """
        require_either(self.node, by)
        with self.node.writing(by, address) as write:
            row = self.row(write.connection, by, case)
            said = {"appraise": case, "stars": stars, "words": words}
            if once.begin(write, key, said) is not None:
                return self.whole(write.connection, row)
            record = json.loads(row.record)
            check(Action.APPRAISE, State(row.state), None, {"stars": stars})
            if "appraisal" in record:
                raise InputError("hall_applying.appraised")
            record["appraisal"] = {"stars": stars, "at": write.at}
            told = json.dumps(record, ensure_ascii=False)
            write.run(update(MINE).where(MINE.c.case == case).values(record=told))
            telling.add(write, case, What.APPRAISED.value, "", write.now, words=words)
            body = {"stars": stars, "words": words[:_LONGEST_WORDS]}
            self.send(write, row, "joint_appraisal" if row.event else "appraisal", body)
            return self.whole(write.connection, self.row(write.connection, by, case))

    def erase(self, by: Actor, case: str, *, address: str = "") -> Mine:
        """Have the personal data of a case that is over erased: where it was handled, then here.

        Raises
        ------
        InputError
            It is not over yet.
        """
        require_either(self.node, by)
        with self.node.writing(by, address) as write:
            row = self.row(write.connection, by, case)
            record = json.loads(row.record)
            if ERASE not in can_do(row, record) or self._any_open(write.connection, case):
                raise InputError("hall_applying.not_over", number=row.number)
            told = json.dumps({**record, "erasure": write.at}, ensure_ascii=False)
            write.run(update(MINE).where(MINE.c.case == case).values(record=told))
            write.tell("application.erasure", "case", case)
            purpose = say("hall_applying.purpose", "zh")
            kind = "joint_erasure" if row.event else "erasure"
            # Whoever handed the case over has a copy too.
            for node in record["nodes"]:
                write.send(node, kind, case, {"case": case}, purpose=purpose)
            return self.whole(write.connection, self.row(write.connection, by, case))

    def _any_open(self, connection: Connection, case: str) -> bool:
        """Whether a step of a life event is not over yet where it is handled."""
        over = [one.value for one in FINAL]
        query = select(MINE.c.case).where(MINE.c.parent == case, MINE.c.state.not_in(over))
        return connection.execute(query.limit(1)).first() is not None

    def send(self, write: Write, row: Row[Any], kind: str, body: Mapping[str, Any]) -> None:
        """Tell who handles a case what its applicant does with it."""
        purpose = say("hall_applying.purpose", "zh")
        write.send(row.node, kind, row.case, body, purpose=purpose)
