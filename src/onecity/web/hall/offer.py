"""What a catalogue offers to people: items found by need, life events, guides."""

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from onecity.core.errors import MissingError
from onecity.core.words import LANGUAGES, say
from onecity.hall.catalogue import Catalogue, Document, Item, LifeEvent, Limit, Origin
from onecity.hall.catalogue.limits import working_days
from onecity.hall.catalogue.steps import choices_of, needed_by, steps_in
from onecity.hall.exchange.events import longest
from onecity.web.words import named, told, words

Told = dict[str, Any]
_PART = re.compile(r"[0-9a-z]+|[\u3400-\u9fff]+")
_KEPT = 4
"""Catalogues that are at hand: of today, and of days that somebody asks about."""
_LEAST = 0.5
"""Share of what was asked for that has to be found in an item."""
_IN_TITLE = 3.0
"""How much more a word counts in a title than elsewhere."""


@dataclass(frozen=True)
class Wanted:
    """Which items are asked for; what is empty asks for nothing."""

    need: str = ""
    applicant: str = ""
    city: str = ""
    event: str = ""


@dataclass(frozen=True)
class Offer:
    """A catalogue, as it stands on a day, and what is told of it."""

    catalogue: Catalogue

    @cached_property
    def mark(self) -> str:
        """What is the same for the same catalogue alone."""
        return sha256(repr(self.catalogue).encode()).hexdigest()

    # --- Finding ---

    def items(self, wanted: Wanted) -> list[Item]:
        """Return items, what fits a need best first.

        Raises
        ------
        MissingError
            There is no such city or life event.
        """
        found = list(self.catalogue.items)
        if wanted.city:
            self.city(wanted.city)
            found = [one for one in found if one.city in {wanted.city, ""}]
        if wanted.event:
            steps = {one.basic_code for one in self.event(wanted.event).steps}
            found = [one for one in found if one.basic_code in steps]
        if wanted.applicant:
            found = [one for one in found if wanted.applicant in {*one.applicants}]
        asked = _pieces(wanted.need)
        if not asked:
            return found
        marks = {one.code: self._mark(one, asked) for one in found}
        best = [one for one in found if marks[one.code] > 0]
        return sorted(best, key=lambda one: -marks[one.code])

    def item(self, code: str) -> Item:
        """Return an item.

        Raises
        ------
        MissingError
            There is none.
        """
        found = self.catalogue.item.get(code)
        if found is None:
            raise MissingError("web_hall.no_item", given=code)
        return found

    def event(self, code: str) -> LifeEvent:
        """Return a life event.

        Raises
        ------
        MissingError
            There is none.
        """
        found = self._events.get(code)
        if found is None:
            raise MissingError("web_hall.no_event", given=code)
        return found

    def city(self, code: str) -> str:
        """Return the name of a city.

        Raises
        ------
        MissingError
            The catalogue has none of that code.
        """
        name = self.catalogue.cities.get(code)
        if name is None:
            known = ", ".join(self.catalogue.cities)
            raise MissingError("web_hall.no_city", given=code, known=known)
        return name

    @cached_property
    def _events(self) -> Mapping[str, LifeEvent]:
        return {one.code: one for one in self.catalogue.life_events}

    @cached_property
    def _texts(self) -> Mapping[str, tuple[str, str]]:
        """What an item is found by: its titles, and what else is said of it."""
        occasions: dict[str, list[str]] = {}
        for event in self.catalogue.life_events:
            for step in event.steps:
                occasions.setdefault(step.basic_code, []).extend((event.title, event.title_en))
        documents = self.catalogue.document
        found = {}
        for one in self.catalogue.items:
            results = [documents[each].title for each in one.results if each in documents]
            authority = self.department_told(one.authority)["title"]
            rest = [one.code, one.basic_code, one.conditions, *results, *authority.values()]
            rest += occasions.get(one.basic_code, [])
            title = f"{one.title} {one.title_en}".casefold()
            found[one.code] = title, " ".join(rest).casefold()
        return found

    def _mark(self, item: Item, asked: Sequence[str]) -> float:
        """Return how well an item fits; 0 where too little of what was asked is found in it."""
        title, rest = self._texts[item.code]
        hits = [_IN_TITLE if one in title else 1.0 if one in rest else 0.0 for one in asked]
        found = sum(one > 0 for one in hits)
        return sum(hits) / len(asked) if found >= _LEAST * len(asked) else 0.0

    # --- Telling ---

    def city_told(self, code: str | None) -> Told | None:
        """Return a city by code and name; None for what is above the cities."""
        if not code:
            return None
        name = self.catalogue.cities.get(code, code)
        return {"code": code, "name": named(name, self.catalogue.cities_en.get(code))}

    def cities_told(self, codes: Iterable[str]) -> list[Told]:
        """Return cities by code and name."""
        return [told for one in codes if (told := self.city_told(one)) is not None]

    def department_told(self, code: str) -> Told:
        """Return a department by code and name; its code stands for an unknown one."""
        found = self.catalogue.department.get(code)
        title = named(code, None) if found is None else named(found.title, found.title_en)
        return {"code": code, "title": title}

    def document_told(self, code: str) -> Told:
        """Return a kind of document by code and name."""
        found = self.catalogue.document.get(code)
        title = named(code, None) if found is None else named(found.title, found.title_en)
        return {"code": code, "title": title}

    def title_of(self, item: str, otherwise: str = "") -> dict[str, str]:
        """Return the title of an item by its code; `otherwise` where the catalogue has none."""
        found = self.catalogue.item.get(item)
        return named(otherwise or item, None) if found is None else _title(found)

    def event_title(self, code: str) -> dict[str, str]:
        """Return the title of a life event by its code, which stands for an unknown one."""
        found = self._events.get(code)
        return named(code, None) if found is None else named(found.title, found.title_en)

    def item_told(self, item: Item) -> Told:
        """Return an item as lists show it."""
        return {
            "code": item.code,
            "basic_code": item.basic_code,
            "title": _title(item),
            "city": self.city_told(item.city),
            "authority": self.department_told(item.authority),
            "applicants": sorted(item.applicants),
            "promised": limit_told(item.promised),
            "legal": limit_told(item.legal),
            "visits": item.visits,
            "depth": words(item.depth),
            "ways": sorted(item.ways),
            "cities": list(item.cities),
            "free": not any(one.cny > 0 for one in item.fees),
        }

    def whole_told(self, item: Item) -> Told:
        """Return all that the catalogue says of an item."""
        return {
            **self.item_told(item),
            "conditions": item.conditions,
            "basis": item.basis,
            "requirements": [
                {
                    "document": self.document_told(one.document),
                    "form": words(one.form),
                    "copies": one.copies,
                    "necessary": one.necessary,
                    "when": one.when,
                    "visit": one.visit,
                    **self._source_told(one.document, item.city),
                }
                for one in item.requirements
            ],
            "results": [self.document_told(one) for one in item.results],
            "fees": [
                {"title": one.title, "cny": str(one.cny), "basis": one.basis} for one in item.fees
            ],
            "visit_reason": item.visit_reason,
            "version": item.version,
            "valid_from": item.valid_from,
        }

    def _source_told(self, code: str, city: str) -> Told:
        document = self.catalogue.document.get(code)
        if document is None:
            return {"origin": named(code, None), "issuer": None, "fetchable": False}
        issuer = self.issuer_of(document, city)
        return {
            "origin": words(document.origin),
            "issuer": None if issuer is None else self.department_told(issuer),
            "fetchable": is_fetchable(document),
        }

    def issuer_of(self, document: Document, city: str) -> str | None:
        """Return the code of the department that issues a document to people of a city."""
        if not document.issuer or document.issuer in self.catalogue.department:
            return document.issuer or None
        alike = [one for one in self.catalogue.departments if one.duty == document.issuer]
        there = [one.code for one in alike if one.city == city] or [
            one.code for one in alike if not one.city
        ]
        return there[0] if there else None

    def event_told(self, event: LifeEvent) -> Told:
        """Return a life event as lists show it."""
        known = {one.basic_code: one for one in reversed(self.catalogue.items)}
        steps = [
            {
                "basic_code": one.basic_code,
                "title": _title(known[one.basic_code]),
                "after": list(one.after),
            }
            for one in event.steps
            if one.basic_code in known
        ]
        codes = {one.basic_code for one in event.steps}
        there = {one.city for one in self.catalogue.items if one.basic_code in codes}
        return {
            "code": event.code,
            "title": named(event.title, event.title_en),
            "applicants": sorted(event.applicants),
            "steps": steps,
            "cities": [one for one in self.catalogue.cities if one in there],
        }

    def guide_told(
        self, event: LifeEvent, city: str, places: Mapping[str, str] | None = None
    ) -> Told:
        """Return what a life event takes in a city, with some steps in other cities.

        Raises
        ------
        MissingError
            There is no such city, it has none of the event's items, or a step is not done there.
        """
        self.city(city)
        elsewhere = {step: where for step, where in (places or {}).items() if where != city}
        choices = {one.basic_code: choices_of(one, self._items, city) for one in event.steps}
        for step, where in elsewhere.items():
            self.city(where)
            if where not in {one.city for one in choices.get(step, ())}:
                raise MissingError("web_hall.step_not_there", step=step, city=self.city(where))
        found = [item for _, item in steps_in(event, self._items, city, elsewhere)]
        if not found:
            raise MissingError("web_hall.event_not_here", event=event.title, city=city)
        needed = needed_by(found)
        here = [item for _, item in steps_in(event, self._items, city)]
        own = {one.basic_code: one for one in here}
        there = {one.basic_code for one in found}
        return {
            "code": event.code,
            "title": named(event.title, event.title_en),
            "applicants": sorted(event.applicants),
            "city": self.city_told(city),
            "steps": [
                {
                    **self.item_told(item),
                    "after": [found[place].basic_code for place in sorted(before)],
                    "choices": self._choices(choices[item.basic_code], own.get(item.basic_code)),
                }
                for item, before in zip(found, needed, strict=True)
            ],
            "elsewhere": [
                {
                    "basic_code": code,
                    "title": _title(several[0]),
                    "choices": self._choices(several, None),
                }
                for code, several in choices.items()
                if several and code not in there
            ],
            "documents": self._asked_once(found),
            **self._totals(found),
            "here": self._totals(here) if elsewhere and here else None,
        }

    @cached_property
    def _items(self) -> tuple[Item, ...]:
        """All items, in the order of the cities."""
        order = {code: at for at, code in enumerate(self.catalogue.cities)}
        items = self.catalogue.items
        return tuple(sorted(items, key=lambda one: order.get(one.city, len(order))))

    def _choices(self, items: Sequence[Item], own: Item | None) -> list[Told]:
        """Return where a step may be done, and what is different there from the city that leads."""
        known = set() if own is None else self._brought(own)
        return [
            {
                "city": self.city_told(one.city),
                "code": one.code,
                "authority": self.department_told(one.authority),
                "promised": limit_told(one.promised),
                "days": working_days(one.promised),
                "visits": one.visits,
                "adds": self._documents_told(self._brought(one) - known, one),
                "spares": self._documents_told(known - self._brought(one), own or one),
            }
            for one in items
        ]

    def _brought(self, item: Item) -> set[str]:
        """Return the documents of an item that no department gives on request."""
        known = self.catalogue.document
        wanted = {one.document for one in item.requirements}
        return {one for one in wanted if one not in known or not is_fetchable(known[one])}

    def _documents_told(self, codes: AbstractSet[str], item: Item) -> list[Told]:
        wanted = dict.fromkeys(one.document for one in item.requirements)
        return [self.document_told(one) for one in wanted if one in codes]

    def _totals(self, items: Sequence[Item]) -> Told:
        """Return what steps take together: days, visits, documents that have to be brought."""
        days = [working_days(one.promised) for one in items]
        made = {document for one in items for document in one.results}
        brought = {document for one in items for document in self._brought(one)} - made
        visits: dict[str, int] = {}
        for one in items:  # one visit to a city can serve several of its departments
            visits[one.city] = max(visits.get(one.city, 0), one.visits)
        return {
            "days_together": longest(days, needed_by(items)),
            "days_one_after_other": sum(days),
            "visits": sum(visits.values()),
            "to_bring": len(brought),
        }

    def _asked_once(self, items: Sequence[Item]) -> list[Told]:
        askers: dict[str, list[str]] = {}
        for item in items:
            for one in item.requirements:
                asked = askers.setdefault(one.document, [])
                if item.basic_code not in asked:
                    asked.append(item.basic_code)
        makers = {code: item.basic_code for item in items for code in item.results}
        known = self.catalogue.document
        return [
            {
                "document": self.document_told(code),
                "asked_by": several,
                "fetchable": code in known and is_fetchable(known[code]),
                "made_by": makers.get(code),
            }
            for code, several in askers.items()
        ]


class Offers:
    """The last catalogues that were asked about, with what was made of them. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: list[Offer] = []

    def of(self, catalogue: Catalogue) -> Offer:
        """Return what is told of a catalogue: the same for the same catalogue."""
        with self._lock:
            found = next((one for one in self._known if one.catalogue is catalogue), None)
            if found is None:
                found = Offer(catalogue)
                self._known = [found, *self._known[: _KEPT - 1]]
            return found


def is_fetchable(document: Document) -> bool:
    """Whether a department of government gives a document on request."""
    return document.origin is Origin.GOVERNMENT and document.shared


def limit_told(limit: Limit | None) -> dict[str, str] | None:
    """Return a time limit in words; None where there is none."""
    if limit is None:
        return None
    if limit.count == 0:
        return told("web_hall.limit_spot")
    count = f"{limit.count:g}"
    return {
        language: say(f"web_hall.limit_{limit.unit.value}", language, count=count)
        for language in LANGUAGES
    }


def _title(item: Item) -> dict[str, str]:
    return named(item.title, item.title_en)


def _pieces(need: str) -> list[str]:
    """Return what a need is looked for by: words, and pairs of neighbouring Chinese letters."""
    found: dict[str, None] = {}
    for part in _PART.findall(need.casefold()):
        if part.isascii() or len(part) <= 2:
            found[part] = None
        else:
            found.update(dict.fromkeys(part[at : at + 2] for at in range(len(part) - 1)))
    return list(found)
