"""The catalogue of a node: versions of items with dates, drafts, and publishing with four eyes.

A version that was published stays for ever: a case names the one under which it was applied for.
What changes an item is drafted by one person and published by another, from a day on.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from onecity.core.errors import InputError, MissingError, StaleError
from onecity.core.severity import Severity
from onecity.hall.catalogue.model import Catalogue, Item
from onecity.hall.catalogue.plain import NEVER, frame_of, part_of, record_of
from onecity.hall.catalogue.rules import Fault, faults_of
from onecity.identity import Actor

from .items import (
    Draft,
    Version,
    add_version,
    draft_of,
    end_version,
    find_draft,
    keep_draft,
    last_version,
    raise_revision,
    revision_of,
    seen_draft,
    whole,
)
from .rights import EDIT, MANAGE, PUBLISH
from .tables.editions import ITEM_DRAFTS, ITEMS
from .writing import Write, packed

if TYPE_CHECKING:
    from .node import Node

_AS_DRAWN = {"version": 1, "valid_from": None, "valid_until": None}


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a catalogue that was brought in: codes of items.

    `published` where the node had no catalogue yet; `drafted` where an item is new or other than
    what stands; `same` where nothing changes; `held` where somebody's draft was in the way.
    """

    published: tuple[str, ...] = ()
    drafted: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


class Editions:
    """The catalogue of one node. Any thread may use it."""

    def __init__(self, node: "Node") -> None:
        self.node = node
        self._lock = threading.Lock()
        self._revision = -1
        self._days: dict[date, Catalogue] = {}
        self._items: dict[tuple[str, int], Item] = {}

    # --- Reading ---------------------------------------------------------------------------------

    def catalogue(self, on: date) -> Catalogue:
        """Return the catalogue as it stands on a day; an empty one where the node has none.

        Items are in the order of their codes, one version of each.
        """
        with self.node.reading() as connection:
            revision = revision_of(connection)
            held = self._held(revision, on)
            if held is not None:
                return held
            every = whole(connection)
        standing = every.on(on)
        newest: dict[str, Item] = {}
        for one in sorted(standing.items, key=lambda item: item.version):
            newest[one.code] = one
        made = replace(standing, items=tuple(newest[code] for code in sorted(newest)))
        with self._lock:
            if revision == self._revision:
                self._days[on] = made
        return made

    def _forget(self) -> None:
        """Read anew what was held: it has changed, or was read before a write that failed."""
        with self._lock:
            self._revision = -1

    def _held(self, revision: int, on: date) -> Catalogue | None:
        """Return what is in memory, unless something was published since."""
        with self._lock:
            if revision != self._revision:
                self._revision = revision
                self._days.clear()
                self._items.clear()
            elif len(self._days) > _MOST_DAYS:
                self._days.clear()
            return self._days.get(on)

    def item(self, code: str, version: int) -> Item:
        """Return a version of an item, also one that does not stand any more.

        Raises
        ------
        MissingError
            It was never published here.
        """
        held = self._items.get((code, version))
        if held is not None:
            return held
        with self.node.reading() as connection:
            wanted = select(ITEMS.c.record).where(ITEMS.c.code == code, ITEMS.c.version == version)
            record = connection.execute(wanted).scalar_one_or_none()
        if record is None:
            raise MissingError("hall_editions.no_version", code=code, version=version)
        item = part_of(Item, json.loads(record))
        self._items[code, version] = item
        return item

    def versions(self, codes: Sequence[str] = ()) -> Mapping[str, tuple[Version, ...]]:
        """Return the versions of items by code, the oldest first; of all without `codes`."""
        columns = [ITEMS.c[name] for name in Version.__dataclass_fields__]
        wanted = select(*columns).order_by(ITEMS.c.code, ITEMS.c.version)
        if codes:
            wanted = wanted.where(ITEMS.c.code.in_(codes))
        found: dict[str, list[Version]] = {}
        with self.node.reading() as connection:
            for row in connection.execute(wanted):
                version = Version(
                    row.code,
                    row.version,
                    _day(row.valid_from),
                    _day(row.valid_until),
                    row.drafted_by,
                    row.published_by,
                    row.published,
                )
                found.setdefault(row.code, []).append(version)
        return {code: tuple(several) for code, several in found.items()}

    def draft(self, code: str) -> Draft | None:
        """Return the draft of an item, if somebody has begun one."""
        with self.node.reading() as connection:
            return find_draft(connection, code)

    def drafts(self) -> Mapping[str, Draft]:
        """Return all drafts by code of the item."""
        with self.node.reading() as connection:
            rows = connection.execute(select(ITEM_DRAFTS).order_by(ITEM_DRAFTS.c.code)).all()
        return {row.code: draft_of(row) for row in rows}

    def findings(self, code: str) -> tuple[Fault, ...]:
        """Return what the rules say of an item: of its draft, or else of its last version.

        Raises
        ------
        MissingError
            There is neither.
        """
        with self.node.reading() as connection:
            every, draft = whole(connection), find_draft(connection, code)
        if draft is not None:
            return _findings(every, draft.item)
        if code not in every.item:
            raise MissingError("hall_editions.no_item", code=code)
        last = max(one.version for one in every.items if one.code == code)
        place = f"{code}@{last}"
        return tuple(one for one in faults_of(every) if (one.table, one.code) == ("items", place))

    # --- Bringing in -----------------------------------------------------------------------------

    def take_in(self, catalogue: Catalogue, *, by: Actor, address: str = "") -> TakenIn:
        """Bring in a whole catalogue, as from a workbook.

        Where the node has none it is published as it is. Otherwise what it says of cities,
        departments, documents and life events takes effect, and items that are new or other
        than what stands become drafts, which somebody else publishes. Items that it does not
        name stay.

        Raises
        ------
        InputError
            It breaks a rule; the first is told, nothing is taken in.
        ForbiddenError
            The actor may not look after the node.
        """
        self.node.office.require(by, MANAGE)
        faults = [one for one in faults_of(catalogue) if one.severity is Severity.FAULT]
        if faults:
            raise InputError(
                "hall_editions.faulty",
                count=len(faults),
                where=faults[0].code,
                why=faults[0].message,
            )
        with self.node.writing(by, address) as write:
            had = revision_of(write.connection)
            before = whole(write.connection)
            _check_frame(before, catalogue)
            revision = raise_revision(write, packed(frame_of(catalogue)).decode())
            if had == 0:
                for one in catalogue.items:
                    add_version(write, one, revision, drafted_by=by.name)
                taken = TakenIn(published=tuple(one.code for one in catalogue.items))
            else:
                taken = _into_drafts(write, catalogue, before)
            counts = {name: len(getattr(taken, name)) for name in TakenIn.__dataclass_fields__}
            write.tell("items.taken_in", "catalogue", str(revision), after=counts)
        self._forget()
        return taken

    # --- Drafting and publishing -----------------------------------------------------------------

    def save_draft(
        self, code: str, given: Mapping[str, Any], *, seen: int, by: Actor, address: str = ""
    ) -> Draft:
        """Write on the draft of an item; what is left out stays as it is.

        Parameters
        ----------
        given
            Fields of the item as `record_of` writes them. Of an item that stands already, which
            it is and when it stands cannot be changed.
        seen
            `Draft.seen` of the draft that was looked at; 0 where there was none.

        Raises
        ------
        InputError
            A field is unknown or not of its kind, or may not be changed.
        StaleError
            Somebody wrote on the draft meanwhile.
        ForbiddenError
            The actor may not edit items of that city.
        """
        with self.node.writing(by, address) as write:
            draft, last = find_draft(write.connection, code), last_version(write.connection, code)
            if (0 if draft is None else draft.seen) != seen:
                raise StaleError("hall_editions.stale", code=code)
            base = draft.item if draft is not None else last
            item = _changed(code, base, given, known=last is not None)
            self.node.office.require(by, EDIT, item.city or None)
            if base is not None and base.city != item.city:
                self.node.office.require(by, EDIT, base.city or None)
            item = replace(item, version=1 if last is None else last.version + 1)
            hands = (*(draft.hands if draft else ()), by.name)
            made = Draft(item, by.name, write.at, tuple(dict.fromkeys(hands)), seen + 1)
            keep_draft(write, made)
            write.tell("items.drafted", "item", code, after={"version": item.version})
        return made

    def drop_draft(self, code: str, *, seen: int, by: Actor, address: str = "") -> None:
        """Throw a draft away.

        Raises
        ------
        MissingError
            There is none.
        StaleError
            Somebody wrote on it meanwhile.
        ForbiddenError
            The actor may not edit items of that city.
        """
        with self.node.writing(by, address) as write:
            draft = seen_draft(write.connection, code, seen)
            self.node.office.require(by, EDIT, draft.item.city or None)
            write.run(delete(ITEM_DRAFTS).where(ITEM_DRAFTS.c.code == code))
            write.tell("items.draft_dropped", "item", code, after={"version": draft.item.version})

    def publish(
        self, code: str, *, seen: int, valid_from: date, by: Actor, address: str = ""
    ) -> Item:
        """Publish a draft from a day on; the version before ends on the day before it.

        Raises
        ------
        MissingError
            There is no draft.
        StaleError
            Somebody wrote on it meanwhile.
        InputError
            The actor had a hand in it, the day is past or not after the last version's, or the
            draft breaks a rule.
        ForbiddenError
            The actor may not publish items of that city.
        """
        with self.node.writing(by, address) as write:
            draft = seen_draft(write.connection, code, seen)
            self.node.office.require(by, PUBLISH, draft.item.city or None)
            if by.name in draft.hands:
                raise InputError("hall_editions.same_person", code=code, who=by.name)
            last = last_version(write.connection, code)
            _check_day(code, valid_from, write.today, last)
            item = replace(draft.item, valid_from=valid_from, valid_until=None)
            ended = None
            if last is not None and (last.valid_until or date.max) >= valid_from:
                ended = replace(last, valid_until=valid_from - timedelta(days=1))
            _check_rules(whole(write.connection), item, ended)
            revision = raise_revision(write)
            if ended is not None:
                end_version(write, ended, revision)
            add_version(write, item, revision, drafted_by=draft.by)
            write.run(delete(ITEM_DRAFTS).where(ITEM_DRAFTS.c.code == code))
            told = {"version": item.version, "from": valid_from.isoformat(), "hands": draft.hands}
            write.tell("items.published", "item", code, after=told)
        self._forget()
        return item


_MOST_DAYS = 8
"""Catalogues of so many days are held in memory: yesterday's, today's, tomorrow's."""


def _changed(code: str, base: Item | None, given: Mapping[str, Any], *, known: bool) -> Item:
    """Return an item with other fields; of one that stands, which it is stays."""
    record: dict[str, Any] = {} if base is None else record_of(base)
    for name in NEVER:
        fixed = record.get(name) if known else _AS_DRAWN.get(name, given.get(name))
        if name in given and given[name] != fixed and name != "version":
            raise InputError("hall_editions.fixed_field", name=name, given=given[name])
    record.update({name: value for name, value in given.items() if name != "version"})
    record |= {**_AS_DRAWN, "code": code}
    return part_of(Item, record)


def _into_drafts(write: Write, catalogue: Catalogue, before: Catalogue) -> TakenIn:
    """Draft every item that is new or other than what stands."""
    drafted, same, held = [], [], []
    for code, item in catalogue.item.items():
        last = before.item.get(code)
        if last is not None and _said(last) == _said(item):
            same.append(code)
        elif find_draft(write.connection, code) is not None:
            held.append(code)
        else:
            if last is not None and any(
                getattr(last, name) != getattr(item, name)
                for name in ("basic_code", "city", "authority")
            ):
                raise InputError("hall_editions.fixed_field", name="basic_code", given=code)
            version = 1 if last is None else last.version + 1
            new = replace(item, version=version, valid_from=None, valid_until=None)
            keep_draft(write, Draft(new, write.by.name, write.at, (write.by.name,), 1))
            drafted.append(code)
    return TakenIn(drafted=tuple(drafted), same=tuple(same), held=tuple(held))


def _check_frame(before: Catalogue, after: Catalogue) -> None:
    """Refuse a frame without what items that stay still name."""
    for one in before.items:
        if one.authority not in after.department:
            raise InputError("hall_editions.still_named", code=one.code, given=one.authority)
        for document in (*(each.document for each in one.requirements), *one.results):
            if document not in after.document:
                raise InputError("hall_editions.still_named", code=one.code, given=document)


def _said(item: Item) -> Item:
    """Return what an item says, without its version and days."""
    return replace(item, version=1, valid_from=None, valid_until=None)


def _check_day(code: str, valid_from: date, today: date, last: Item | None) -> None:
    if valid_from < today:
        raise InputError("hall_editions.past_day", given=valid_from, today=today)
    if last is not None and last.valid_from is not None and last.valid_from >= valid_from:
        raise InputError(
            "hall_editions.before_last", code=code, given=valid_from, last=last.valid_from
        )


def _check_rules(every: Catalogue, item: Item, ended: Item | None) -> None:
    faults = [one for one in _findings(every, item, ended) if one.severity is Severity.FAULT]
    if faults:
        raise InputError(
            "hall_editions.faulty", count=len(faults), where=faults[0].field, why=faults[0].message
        )


def _findings(every: Catalogue, item: Item, ended: Item | None = None) -> tuple[Fault, ...]:
    """Return what the rules say of a new version, once the one before has ended.

    A draft has no days yet: it is looked at without the other versions of its item.
    """
    others = [one for one in every.items if one.code != item.code or item.valid_from is not None]
    if ended is not None:
        replaced = ended.code, ended.version
        others = [ended if (one.code, one.version) == replaced else one for one in others]
    place = f"{item.code}@{item.version}"
    found = faults_of(replace(every, items=(*others, item)))
    return tuple(one for one in found if (one.table, one.code) == ("items", place))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
