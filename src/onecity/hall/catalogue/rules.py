"""Rules that a catalogue has to keep, and how far the same item differs between cities.

A finding names the record and the field, so that a workbook can point at the cell.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from onecity.core.severity import Severity
from onecity.core.words import Language, Sentence

from .limits import working_days
from .model import Catalogue, Department, Depth, Document, Item, LifeEvent, Origin
from .steps import in_turn, needed_by, steps_in


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a record of a catalogue.

    `table` and `code` name the record (``items`` and the implementation code, with ``@`` and the
    version behind it where there are several), `field` its field, `message` what to do.
    """

    severity: Severity
    table: str
    code: str
    field: str
    message: Sentence

    def text(self, language: Language) -> str:
        """Return the message in one language."""
        return self.message.text(language)


def faults_of(catalogue: Catalogue) -> tuple[Fault, ...]:
    """Return everything that breaks a rule, in the order of the tables."""
    basics = {one.basic_code for one in catalogue.items}
    return (
        *_twice(catalogue),
        *(fault for one in catalogue.departments for fault in _department(one, catalogue)),
        *_documents(catalogue),
        *(fault for one in catalogue.items for fault in _item(one, catalogue, basics)),
        *_versions(catalogue),
        *(fault for one in catalogue.life_events for fault in _event(one, basics)),
        *(fault for one in catalogue.life_events for fault in _demanded(one, catalogue)),
        *_loads(catalogue),
    )


def _fault(table: str, code: str, field: str, name: str, **values: object) -> Fault:
    return Fault(Severity.FAULT, table, code, field, Sentence(f"hall_rules.{name}", values))


def _warning(table: str, code: str, field: str, name: str, **values: object) -> Fault:
    return Fault(Severity.WARNING, table, code, field, Sentence(f"hall_rules.{name}", values))


def _twice(catalogue: Catalogue) -> Iterator[Fault]:
    tables: dict[str, Iterable[str]] = {
        "departments": (one.code for one in catalogue.departments),
        "documents": (one.code for one in catalogue.documents),
        "items": (f"{one.code}@{one.version}" for one in catalogue.items),
        "life_events": (one.code for one in catalogue.life_events),
    }
    for table, codes in tables.items():
        for code, count in Counter(codes).items():
            if count > 1:
                given = code.rpartition("@")[0] if table == "items" else code
                yield _fault(table, code, "code", "twice", given=given, count=count)


def _department(one: Department, catalogue: Catalogue) -> Iterator[Fault]:
    if one.city and catalogue.cities and one.city not in catalogue.cities:
        yield _fault("departments", one.code, "city", "no_city", given=one.city)


def _documents(catalogue: Catalogue) -> Iterator[Fault]:
    known = {one.code for one in catalogue.departments} | {
        one.duty for one in catalogue.departments
    }
    for one in catalogue.documents:
        if one.issuer and one.issuer not in known:
            yield _fault("documents", one.code, "issuer", "no_department", given=one.issuer)
        if one.origin is Origin.GOVERNMENT and not one.issuer:
            yield _warning("documents", one.code, "issuer", "no_issuer")
        if one.origin is not Origin.GOVERNMENT and one.issuer:
            yield _warning(
                "documents", one.code, "origin", "issuer_without_government", given=one.issuer
            )


def _item(one: Item, catalogue: Catalogue, basics: set[str]) -> Iterator[Fault]:
    code = f"{one.code}@{one.version}"
    yield from _places(one, code, catalogue)
    yield from _effort(one, code)
    yield from _fees(one, code)
    yield from _requirements(one, code, catalogue)
    for basic in one.after:
        if basic not in basics:
            yield _fault("items", code, "after", "no_basic", given=basic)
    if (one.valid_from or date.min) > (one.valid_until or date.max):
        yield _fault("items", code, "valid_until", "ends_before_begun", given=one.valid_until)


def _places(one: Item, code: str, catalogue: Catalogue) -> Iterator[Fault]:
    if one.authority not in catalogue.department:
        yield _fault("items", code, "authority", "no_department", given=one.authority)
    named = [("city", one.city), *(("cities", city) for city in one.cities)]
    for field, city in named:
        if city and catalogue.cities and city not in catalogue.cities:
            yield _fault("items", code, field, "no_city", given=city)
    elsewhere = set(one.cities) - {one.city}
    if one.city and elsewhere and not one.ways:  # one of the province crosses no border
        yield _fault("items", code, "ways", "cities_without_way", count=len(elsewhere))
    if one.ways and not elsewhere:
        yield _warning("items", code, "cities", "way_without_cities")


def _effort(one: Item, code: str) -> Iterator[Fault]:
    """Visits and time."""
    if one.visits < 0:
        yield _fault("items", code, "visits", "visits_negative", given=one.visits)
    if one.depth is Depth.IV and one.visits > 0:
        yield _fault("items", code, "visits", "depth_means_no_visit", given=one.visits)
    if one.visits > 0 and not one.visit_reason:
        yield _warning("items", code, "visit_reason", "visit_without_reason", given=one.visits)
    if one.promised is None:
        yield _warning("items", code, "promised", "nothing_promised")
    elif one.legal and working_days(one.promised) > working_days(one.legal):
        yield _fault(
            "items",
            code,
            "promised",
            "promised_beyond_legal",
            given=f"{one.promised.count:g}",
            unit=one.promised.unit,
            legal=f"{one.legal.count:g}",
            legal_unit=one.legal.unit,
        )


def _fees(one: Item, code: str) -> Iterator[Fault]:
    for fee in one.fees:
        if fee.cny < 0:
            yield _fault("items", code, "fees", "fee_negative", title=fee.title, cny=fee.cny)
        if fee.cny > 0 and not fee.basis:
            yield _fault("items", code, "fees", "fee_without_basis", title=fee.title, cny=fee.cny)


def _requirements(one: Item, code: str, catalogue: Catalogue) -> Iterator[Fault]:
    forcing = [each for each in one.requirements if each.visit]
    if forcing and one.visits == 0:
        yield _fault(
            "items", code, "requirements", "visit_not_counted", document=forcing[0].document
        )
    for document, count in Counter(each.document for each in one.requirements).items():
        if document not in catalogue.document:
            yield _fault("items", code, "requirements", "no_document", given=document)
        if count > 1:
            yield _fault(
                "items", code, "requirements", "document_twice", given=document, count=count
            )
    for each in one.requirements:
        if not 0 <= each.share <= 1:
            yield _fault(
                "items", code, "requirements", "share", given=each.share, document=each.document
            )
    for document in one.results:
        if document not in catalogue.document:
            yield _fault("items", code, "results", "no_document", given=document)


def _versions(catalogue: Catalogue) -> Iterator[Fault]:
    """Versions of an item stand one after another: on a day, one of them or none."""
    by_code: dict[str, list[Item]] = defaultdict(list)
    for one in catalogue.items:
        by_code[one.code].append(one)
    for code, several in by_code.items():
        in_time = sorted(several, key=lambda one: (one.valid_from or date.min, one.version))
        for before, after in pairwise(in_time):
            begins = after.valid_from or date.min
            if (before.valid_until or date.max) >= begins:
                yield _fault(
                    "items",
                    f"{code}@{after.version}",
                    "valid_from",
                    "versions_overlap",
                    given=after.valid_from or "-",
                    other=before.version,
                    until=before.valid_until or "-",
                )


def _event(one: LifeEvent, basics: set[str]) -> Iterator[Fault]:
    steps = [step.basic_code for step in one.steps]
    if len(steps) < 2:
        yield _warning("life_events", one.code, "steps", "event_of_one", count=len(steps))
    for basic, count in Counter(steps).items():
        if basic not in basics:
            yield _fault("life_events", one.code, "steps", "no_basic", given=basic)
        if count > 1:
            yield _fault("life_events", one.code, "steps", "step_twice", given=basic)
    for step in one.steps:
        for before in step.after:
            if before not in steps:
                yield _fault("life_events", one.code, "after", "no_step", given=before)
    _, left = in_turn({step.basic_code: set(step.after) & set(steps) for step in one.steps})
    if left:
        yield _fault("life_events", one.code, "after", "steps_in_circle", steps=", ".join(left))


def _demanded(one: LifeEvent, catalogue: Catalogue) -> Iterator[Fault]:
    """Tell of steps that wait for each other's results, or for what the law wants before."""
    for city in sorted({item.city for item in catalogue.items}):
        mine = [item for _, item in steps_in(one, catalogue.item.values(), city)]
        _, places = in_turn(dict(enumerate(needed_by(mine))))
        left = [mine[at].basic_code for at in places]
        if left:
            yield _fault(
                "life_events",
                one.code,
                "steps",
                "results_in_circle",
                given=left[0],
                steps=", ".join(left),
                city=catalogue.cities.get(city, city) or "-",
            )
            return


def _loads(catalogue: Catalogue) -> Iterator[Fault]:
    codes = [
        f"{one.item}/{one.year}/{one.from_city}/{one.way or ''}" for one in catalogue.caseloads
    ]
    for code, count in Counter(codes).items():
        if count > 1:
            yield _fault("caseloads", code, "cases", "load_twice", count=count)
    for code, one in zip(codes, catalogue.caseloads, strict=True):
        item = catalogue.item.get(one.item)
        if item is None:
            yield _fault("caseloads", code, "item", "no_item", given=one.item)
            continue
        if one.cases < 0:
            yield _fault("caseloads", code, "cases", "cases_negative", given=one.cases)
        if one.refused is not None and not 0 <= one.refused <= one.cases:
            yield _fault("caseloads", code, "refused", "refused", given=one.refused, most=one.cases)
        if item.city and (one.from_city == item.city) != (one.way is None):
            yield _fault("caseloads", code, "way", "way_of_case", given=one.way or "-")
        if catalogue.cities and one.from_city not in catalogue.cities:
            yield _warning("caseloads", code, "from_city", "no_city", given=one.from_city)


COMPARED = (
    "title",
    "kind",
    "applicants",
    "legal",
    "promised",
    "visits",
    "depth",
    "conditions",
    "materials",
    "fees",
    "ways",
    "results",
)
"""Fields that the same item should have alike in every city (同事同标)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which the same item differs between cities.

    `values` gives for each value, in words of the catalogue or as written, the cities that have
    it, the commonest first.
    """

    basic_code: str
    title: str
    field: str
    values: tuple[tuple[str, tuple[str, ...]], ...]


def differences(catalogue: Catalogue, language: Language) -> tuple[Difference, ...]:
    """Return where the same item differs between cities, field by field.

    Items are the same where they share their basic code; of several versions the last one counts.
    The order does not depend on the language.
    """
    by_basic: dict[str, list[Item]] = defaultdict(list)
    for one in catalogue.item.values():
        by_basic[one.basic_code].append(one)
    found = []
    for basic, several in sorted(by_basic.items()):
        if len({one.city for one in several}) < 2:
            continue
        for name in COMPARED:
            by_value: dict[str, list[str]] = defaultdict(list)
            words: dict[str, str] = {}
            for one in several:
                # In English two values may read alike: they are told apart by the Chinese.
                value = shown(one, name, catalogue, "zh")
                by_value[value].append(one.city)
                words[value] = shown(one, name, catalogue, language)
            if len(by_value) > 1:
                alike = sorted(by_value.items(), key=lambda pair: (-len(pair[1]), pair[1]))
                values = [(words[value], cities) for value, cities in alike]
                found.append(
                    Difference(
                        basic,
                        (language == "en" and several[0].title_en) or several[0].title,
                        name,
                        tuple((value, tuple(sorted(set(cities)))) for value, cities in values),
                    )
                )
    return tuple(found)


def shown(one: Item, name: str, catalogue: Catalogue, language: Language) -> str:
    """Return a field as it is read; a dash where it says nothing."""
    joint = "、" if language == "zh" else ", "

    def titled(thing: Document | Item) -> str:
        return (language == "en" and thing.title_en) or thing.title

    def titles(codes: Iterable[str]) -> str:
        known = catalogue.document
        return joint.join(sorted(titled(known[code]) if code in known else code for code in codes))

    match name:
        case "title":
            found = titled(one)
        case "applicants" | "ways":
            found = joint.join(sorted(word.text(language) for word in getattr(one, name)))
        case "kind" | "depth":
            found = getattr(one, name).text(language)
        case "legal" | "promised":
            limit = getattr(one, name)
            found = f"{limit.count:g} {limit.unit.text(language)}" if limit else ""
        case "materials":
            found = titles(each.document for each in one.requirements)
        case "fees":
            found = joint.join(sorted(f"{fee.title} {fee.cny:.2f}" for fee in one.fees))
        case "results":
            found = titles(one.results)
        case _:
            found = str(getattr(one, name))
    return found or "-"
