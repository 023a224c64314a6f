"""Fields of an item as an editor shows them: their names, labels and kinds, flat and back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from onecity.core.errors import InputError
from onecity.core.words import Language, Sentence

from .model import Applicant, Catalogue, Depth, Form, Item, Kind, Tier, TimeUnit, Way
from .rules import COMPARED, shown

Words = Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a field may take, and its words."""

    code: str
    title: Words


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an item.

    Attributes
    ----------
    name
        Of the field in a flat record; a limit has two, ``legal.count`` and ``legal.unit``.
    kind
        ``text``, ``long`` (several lines), ``number``, ``flag``, ``choice``, ``choices`` (several
        of them) or ``list`` (rows of `columns`).
    choices
        Of a choice: what it may be. A list of codes of documents or cities is one too.
    columns
        Of a list: the fields of a row.
    """

    name: str
    label: Sentence
    kind: str
    choices: tuple[Choice, ...] = ()
    columns: tuple["Field", ...] = ()


def fields_of(catalogue: Catalogue) -> tuple[Field, ...]:
    """Return the fields of an item that an editor may change, in the order of the workbook."""
    documents = tuple(Choice(one.code, _named(one)) for one in catalogue.documents)
    cities = tuple(
        Choice(code, _words_of(name, catalogue.cities_en.get(code, "")))
        for code, name in catalogue.cities.items()
    )
    basics = tuple(
        Choice(code, _named(one))
        for code, one in {one.basic_code: one for one in catalogue.items}.items()
    )
    units = _words(TimeUnit)
    return (
        _field("title", "text"),
        _field("title_en", "text"),
        _field("kind", "choice", _words(Kind)),
        _field("tier", "choice", _words(Tier)),
        _field("applicants", "choices", _words(Applicant)),
        _field("legal.count", "number"),
        _field("legal.unit", "choice", units),
        _field("promised.count", "number"),
        _field("promised.unit", "choice", units),
        _field("visits", "number"),
        _field("visit_reason", "long"),
        _field("depth", "choice", _words(Depth)),
        _field("conditions", "long"),
        _field("basis", "long"),
        Field("requirements", _LABELS["requirements"], "list", columns=_wanted(documents)),
        _field("results", "choices", documents),
        Field("fees", _LABELS["fees"], "list", columns=_charged()),
        _field("cities", "choices", cities),
        _field("ways", "choices", _words(Way)),
        _field("after", "choices", basics),
        _field("source", "text"),
        _field("note", "long"),
    )


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record of an item with its limits as two fields each."""
    made = {name: value for name, value in record.items() if name not in _LIMITS}
    for name in _LIMITS:
        limit = record.get(name) or {}
        made |= {f"{name}.count": limit.get("count"), f"{name}.unit": limit.get("unit")}
    return made


def folded(given: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an editor gave as fields of an item: the opposite of `flat`.

    Parameters
    ----------
    given
        Flat fields; what is left out is left out.
    base
        The record that they change: half a limit is completed from it.

    Raises
    ------
    InputError
        A limit has a count and no unit.
    """
    made = {name: value for name, value in given.items() if name.partition(".")[0] not in _LIMITS}
    made |= {name: value for name, value in given.items() if name in _LIMITS}
    for name in _LIMITS:
        parts = {key: f"{name}.{key}" for key in ("count", "unit")}
        if given.keys().isdisjoint(parts.values()):
            continue
        limit = dict(base.get(name) or {})
        limit |= {key: given[part] for key, part in parts.items() if part in given}
        if limit.get("count") is None:
            made[name] = None
        elif not limit.get("unit"):
            raise InputError("hall_editions.bad_field", name=parts["unit"], given="–")
        else:
            made[name] = limit
    return made


@dataclass(frozen=True, slots=True)
class Compared:
    """One field of the same item in every city; `values` are texts by code of the city."""

    name: str
    label: Sentence
    differs: bool
    values: Mapping[str, Words]


def compare(catalogue: Catalogue, basic: str) -> tuple[Compared, ...]:
    """Return how the same item stands in every city, field by field (同事同标).

    Empty where no city has it. Several of one city stand behind each other.
    """
    by_city: dict[str, list[Item]] = defaultdict(list)
    for one in catalogue.item.values():
        if one.basic_code == basic:
            by_city[one.city].append(one)
    found = []
    for name in COMPARED if by_city else ():
        values: dict[str, Words] = {
            city: {
                "zh": _joined(shown(one, name, catalogue, "zh") for one in several),
                "en": _joined(shown(one, name, catalogue, "en") for one in several),
            }
            for city, several in by_city.items()
        }
        differs = len({one["zh"] for one in values.values()}) > 1
        found.append(Compared(name, label_of(name), differs, MappingProxyType(values)))
    return tuple(found)


def label_of(name: str) -> Sentence:
    """Return the label of a field of an item, flat or not."""
    return _LABELS[name.removesuffix(".count")]


_LIMITS = ("legal", "promised")


def _head(name: str) -> Sentence:
    return Sentence(f"hall_book.head_{name}")


_LABELS: Mapping[str, Sentence] = MappingProxyType(
    {
        **{
            name: _head(name)
            for name in (
                "title", "title_en", "kind", "tier", "applicants", "legal", "promised", "visits",
                "visit_reason", "depth", "conditions", "basis", "results", "cities", "ways",
                "after", "source", "note", "document", "form", "copies", "visit", "necessary",
                "when", "share", "cny",
            )
        },
        "legal.unit": _head("legal_unit"),
        "promised.unit": _head("promised_unit"),
        "requirements": Sentence("hall_book.sheet_requirements"),
        "materials": Sentence("hall_book.sheet_requirements"),
        "fees": Sentence("hall_book.sheet_fees"),
    }
)  # fmt: skip


def _field(name: str, kind: str, choices: tuple[Choice, ...] = ()) -> Field:
    return Field(name, label_of(name), kind, choices)


def _wanted(documents: tuple[Choice, ...]) -> tuple[Field, ...]:
    return (
        _field("document", "choice", documents),
        _field("form", "choice", _words(Form)),
        _field("copies", "number"),
        _field("visit", "flag"),
        _field("necessary", "flag"),
        _field("when", "text"),
        _field("share", "number"),
    )


def _charged() -> tuple[Field, ...]:
    return (_field("title", "text"), _field("cny", "text"), _field("basis", "text"))


def _words(kind: type[StrEnum]) -> tuple[Choice, ...]:
    said: list[Any] = list(kind)
    return tuple(Choice(one.value, {"zh": one.text("zh"), "en": one.text("en")}) for one in said)


def _named(one: Any) -> Words:
    return _words_of(one.title, one.title_en)


def _words_of(zh: str, en: str) -> Words:
    return {"zh": zh, "en": en or zh}


def _joined(texts: Iterable[str]) -> str:
    return " / ".join(dict.fromkeys(texts))
