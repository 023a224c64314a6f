"""What government asks people for and itself holds: a catalogue as a list of what is asked.

The catalogue is a network of items, the documents they ask for, and the departments that issue
these. Every (item, document) pair is one asking; it weighs as much as the item has cases.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onecity.core.words import Sentence
from onecity.hall.catalogue import Catalogue, Document, Item, Origin, Requirement


@dataclass(frozen=True, slots=True)
class Asked:
    """One document that one item asks for.

    `cases` is in how many cases a year; `holder` the duty of the department that issues the
    document, empty where no government does; `asker` that of the department that asks.
    """

    item: Item
    requirement: Requirement
    document: Document
    holder: str
    asker: str
    cases: float

    @property
    def spared(self) -> bool:
        """Whether an exchange could spare people this document."""
        return bool(self.holder) and not self.document.shared


@dataclass(frozen=True, slots=True)
class Asking:
    """Everything a catalogue asks for.

    `cases` holds cases a year by item; `remarks` what a reader has to know of them.
    """

    asked: tuple[Asked, ...]
    cases: Mapping[str, float]
    remarks: tuple[Sentence, ...]


def asking_of(catalogue: Catalogue) -> Asking:
    """Return what a catalogue asks for.

    Cases are those of each item's last year. Where the catalogue counts none at all, every item
    counts as one case, so that findings are numbers of items; an item without cases among others
    counts as none. Of several versions of an item the last one counts. A document that the
    catalogue does not describe is left out: no holder is known.
    """
    cases, remarks = _cases(catalogue)
    duties = {one.code: one.duty for one in catalogue.departments}
    known = {*duties, *duties.values()}
    asked = []
    strange = set()
    for item in catalogue.item.values():
        for one in item.requirements:
            document = catalogue.document.get(one.document)
            if document is None:
                strange.add(one.document)
                continue
            holder = _holder(document, duties, known)
            weight = cases.get(item.code, 0.0) * one.share
            asker = duties.get(item.authority, item.authority)
            asked.append(Asked(item, one, document, holder, asker, weight))
    if strange:
        remarks.append(Sentence("hall_findings.strange_documents", {"count": len(strange)}))
    return Asking(tuple(asked), cases, tuple(remarks))


def _holder(document: Document, duties: Mapping[str, str], known: set[str]) -> str:
    """Return the duty of who issues a document; empty where no department of a government does."""
    if document.origin is not Origin.GOVERNMENT or document.issuer not in known:
        return ""
    return duties.get(document.issuer, document.issuer)


def _cases(catalogue: Catalogue) -> tuple[dict[str, float], list[Sentence]]:
    if not catalogue.caseloads:
        return {one.code: 1.0 for one in catalogue.items}, [Sentence("hall_findings.no_cases")]
    last: dict[str, int] = {}
    for load in catalogue.caseloads:
        last[load.item] = max(load.year, last.get(load.item, load.year))
    cases: dict[str, float] = defaultdict(float)
    for load in catalogue.caseloads:
        if load.year == last[load.item]:
            cases[load.item] += load.cases
    idle = sum(code not in cases for code in catalogue.item)
    remark = Sentence("hall_findings.some_without_cases", {"count": idle})
    return dict(cases), [remark] if idle else []


@dataclass(frozen=True, slots=True)
class Held:
    """A document that people are asked for though government holds it.

    `submissions` a year, of which `visits` are handed in by a visit or fetched by one; `items` that
    ask for it, in so many `cities`; `days` people wait for it in all. `shared`: its holder gives
    it on request already, and it is asked for all the same.
    """

    document: Document
    holder: str
    items: int
    cities: int
    submissions: float
    visits: float
    days: float
    shared: bool


def held_by_government(asking: Asking) -> tuple[Held, ...]:
    """Return the documents that government asks for and itself issues, most submissions first."""
    by_document: dict[str, list[Asked]] = defaultdict(list)
    for one in asking.asked:
        if one.holder:
            by_document[one.document.code].append(one)
    found = [_held(several) for several in by_document.values()]
    return tuple(sorted(found, key=lambda one: (-one.submissions, -one.items, one.document.code)))


def _held(several: Sequence[Asked]) -> Held:
    document = several[0].document
    return Held(
        document=document,
        holder=several[0].holder,
        items=len({one.item.code for one in several}),
        cities=len({one.item.city for one in several} - {""}),
        submissions=sum(one.cases for one in several),
        visits=sum(one.cases * (one.requirement.visit + document.visit) for one in several),
        days=sum(one.cases * document.days for one in several),
        shared=document.shared,
    )


@dataclass(frozen=True, slots=True)
class Silo:
    """What one department asks for that another one holds, and does not give it (数据烟囱).

    Both by their duty; `documents` of so many kinds, `submissions` a year.
    """

    holder: str
    asker: str
    documents: int
    submissions: float


def silos(asking: Asking) -> tuple[Silo, ...]:
    """Return pairs of departments between which people carry documents, most carried first.

    A department that asks for what it issued itself is a pair too, and the plainest one.
    """
    kinds: dict[tuple[str, str], set[str]] = defaultdict(set)
    carried: dict[tuple[str, str], float] = defaultdict(float)
    for one in asking.asked:
        if one.spared:
            kinds[one.holder, one.asker].add(one.document.code)
            carried[one.holder, one.asker] += one.cases
    found = [Silo(*pair, len(kinds[pair]), carried[pair]) for pair in kinds]
    return tuple(sorted(found, key=lambda one: (-one.submissions, one.holder, one.asker)))
