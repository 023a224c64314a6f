"""A catalogue as linked data: CPSV-AP 3.2 in JSON-LD, for those who exchange catalogues.

Core Public Service Vocabulary Application Profile (European Commission, SEMIC, release 3.2.0,
2024). Every item becomes a public service, each department a public organisation, each document
an evidence type or an output, and each life event an event of the applicant's life or business.
Depth, visits and the ways across a border are told in the description of a channel. Legal limits,
numbers of copies and cases have no place in the vocabulary and stay behind.
"""

from collections.abc import Iterator
from typing import Any

from onecity.core.words import LANGUAGES, Language, say

from .limits import working_days
from .model import Applicant, Catalogue, Item, LifeEvent, Limit, TimeUnit

BASE = "urn:onecity:catalogue:"
_CONTEXT = {
    "adms": "http://www.w3.org/ns/adms#",
    "cpsv": "http://purl.org/vocab/cpsv#",
    "cv": "http://data.europa.eu/m8g/",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
Node = dict[str, Any]


def linked_data(catalogue: Catalogue) -> dict[str, Any]:
    """Return a catalogue as a JSON-LD document that needs no other file to be understood."""
    nodes: list[Node] = [
        *_places(catalogue),
        *_organisations(catalogue),
        *_concepts(catalogue),
        *(node for one in catalogue.documents for node in _document(one.code, catalogue)),
        *(node for one in catalogue.item.values() for node in _service(one, catalogue)),
        *(_event(one, catalogue) for one in catalogue.life_events),
    ]
    return {"@context": _CONTEXT, "@graph": nodes}


def _id(kind: str, code: str) -> str:
    return f"{BASE}{kind}:{code}"


def _ref(kind: str, code: str) -> dict[str, str]:
    return {"@id": _id(kind, code)}


def _said(zh: str, en: str = "") -> list[dict[str, str]]:
    """Return a text with its language; in English where there is one."""
    texts: dict[Language, str] = {"zh": zh, "en": en}
    return [{"@language": language, "@value": text} for language, text in texts.items() if text]


def _places(catalogue: Catalogue) -> Iterator[Node]:
    for code, name in [("above", "省级"), *catalogue.cities.items()]:
        yield {"@id": _id("place", code), "@type": "dct:Location", "skos:prefLabel": _said(name)}


def _organisations(catalogue: Catalogue) -> Iterator[Node]:
    for one in catalogue.departments:
        yield {
            "@id": _id("department", one.code),
            "@type": "cv:PublicOrganisation",
            "dct:identifier": one.code,
            "skos:prefLabel": _said(one.title, one.title_en),
            "dct:spatial": _ref("place", one.city or "above"),
        }


def _concepts(catalogue: Catalogue) -> Iterator[Node]:
    used = {one.kind for one in catalogue.items} | {
        each for one in catalogue.items for each in one.applicants
    }
    for one in sorted(used):
        texts = {language: one.text(language) for language in LANGUAGES}
        yield {
            "@id": _id("concept", one.value),
            "@type": "skos:Concept",
            "skos:prefLabel": _said(texts["zh"], texts["en"]),
        }


def _document(code: str, catalogue: Catalogue) -> Iterator[Node]:
    """Yield what a document is: an evidence type, and an output where an item yields it."""
    one = catalogue.document[code]
    yield {
        "@id": _id("evidence", code),
        "@type": "cv:EvidenceType",
        "dct:identifier": code,
        "dct:title": _said(one.title, one.title_en),
    }
    if any(code in item.results for item in catalogue.items):
        yield {
            "@id": _id("output", code),
            "@type": "cv:Output",
            "dct:identifier": code,
            "dct:title": _said(one.title, one.title_en),
        }


def _service(one: Item, catalogue: Catalogue) -> Iterator[Node]:
    node: Node = {
        "@id": _id("item", one.code),
        "@type": "cpsv:PublicService",
        "dct:identifier": one.code,
        "dct:title": _said(one.title, one.title_en),
        "dct:description": _said(one.conditions or one.title, one.title_en),
        "dct:type": _ref("concept", one.kind.value),
        "dct:audience": [_ref("concept", each.value) for each in sorted(one.applicants)],
        "dct:spatial": [_ref("place", city) for city in one.cities if city in catalogue.cities],
        "cv:hasCompetentAuthority": _ref("department", one.authority),
        "cv:hasInputType": [_ref("evidence", each.document) for each in one.requirements],
        "cpsv:produces": [_ref("output", code) for code in one.results],
        "cv:hasChannel": [_ref("channel", one.code)],
        "cv:hasCost": [_ref("cost", f"{one.code}:{at}") for at in range(len(one.fees))],
    }
    if one.promised is not None:
        node["cv:processingTime"] = {"@type": "xsd:duration", "@value": duration(one.promised)}
    if one.basis:
        node["cv:hasLegalResource"] = [_ref("law", one.basis.replace(" ", "_"))]
        yield {"@id": _id("law", one.basis.replace(" ", "_")), "@type": "eli:LegalResource"}
    yield {name: value for name, value in node.items() if value != []}
    yield {
        "@id": _id("channel", one.code),
        "@type": "cv:Channel",
        "dct:identifier": one.code,
        "dct:description": _said(*(_channel(one, language) for language in LANGUAGES)),
    }
    for at, fee in enumerate(one.fees):
        yield {
            "@id": _id("cost", f"{one.code}:{at}"),
            "@type": "cv:Cost",
            "dct:identifier": f"{one.code}:{at}",
            "dct:description": _said(fee.title),
            "cv:hasValue": {"@type": "xsd:double", "@value": str(float(fee.cny))},
        }


def _channel(one: Item, language: Language) -> str:
    joint = "、" if language == "zh" else ", "
    return say(
        "hall_book.channel",
        language,
        depth=one.depth,
        visits=one.visits,
        ways=joint.join(way.text(language) for way in sorted(one.ways)) or "—",
    )


def _event(one: LifeEvent, catalogue: Catalogue) -> Node:
    steps = {step.basic_code for step in one.steps}
    business = one.applicants == frozenset({Applicant.FIRM})
    return {
        "@id": _id("event", one.code),
        # An event of business or life is an event too; a reader without inference is told so.
        "@type": ["cv:Event", "cv:BusinessEvent" if business else "cv:LifeEvent"],
        "dct:identifier": one.code,
        "dct:title": _said(one.title, one.title_en),
        "cv:hasRelatedService": [
            _ref("item", item.code) for item in catalogue.item.values() if item.basic_code in steps
        ],
    }


def duration(limit: Limit) -> str:
    """Return a limit as a duration of XML Schema; working days are told in calendar days.

    XML Schema knows no working day: five of them are a week, rounded up to whole days.
    """
    match limit.unit:
        case TimeUnit.HOUR:
            return f"PT{limit.count:g}H"
        case TimeUnit.CALENDAR_DAY:
            return f"P{limit.count:g}D"
        case TimeUnit.WORKING_DAY:
            whole = -(-working_days(limit) * 7 // 5)
            return f"P{whole:g}D"
