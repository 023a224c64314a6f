"""A catalogue as linked data: CPSV-AP 3.2 in JSON-LD, for those who exchange catalogues.

Core Public Service Vocabulary Application Profile (European Commission, SEMIC, release 3.2.0,
2024). Every item becomes a public service, each department a public organisation, each document
an evidence type or an output, and each life event an event of the applicant's life or business.
Depth, visits and the ways across a border are told in the description of a channel. Legal limits,
numbers of copies and cases have no place in the vocabulary and stay behind.
"""

import re
from collections.abc import Iterator
from math import ceil
from typing import Any
from urllib.parse import quote

from onecity.core.words import LANGUAGES, Language, say

from .limits import working_days
from .model import Applicant, Catalogue, Document, Item, LifeEvent, Limit, Tier, TimeUnit

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
_NO_IRI = re.compile(r"""[\x00-\x20<>"{}|\\^`%#?\[\]]|\s""")
Node = dict[str, Any]


def linked_data(catalogue: Catalogue) -> dict[str, Any]:
    """Return a catalogue as a JSON-LD document that needs no other file to be understood."""
    granted = {code for one in catalogue.items for code in one.results}
    nodes: list[Node] = [
        *_places(catalogue),
        *_organisations(catalogue),
        *_concepts(catalogue),
        *(node for one in catalogue.documents for node in _document(one, granted)),
        *(node for one in catalogue.item.values() for node in _service(one, catalogue)),
        *(_event(one, catalogue) for one in catalogue.life_events),
    ]
    return {"@context": _CONTEXT, "@graph": nodes}


def _id(kind: str, code: str) -> str:
    """Return an identifier; what no IRI may hold (RFC 3987) is written as its bytes."""
    return f"{BASE}{kind}:{_NO_IRI.sub(lambda found: quote(found[0], safe=''), code)}"


def _ref(kind: str, code: str) -> dict[str, str]:
    return {"@id": _id(kind, code)}


def _said(zh: str, en: str = "") -> list[dict[str, str]]:
    """Return a text with its language; in English where there is one."""
    texts: dict[Language, str] = {"zh": zh, "en": en}
    return [{"@language": language, "@value": text} for language, text in texts.items() if text]


def _places(catalogue: Catalogue) -> Iterator[Node]:
    every = {"above": [Tier.PROVINCE.text(language) for language in LANGUAGES]}
    for code, name in catalogue.cities.items():
        every[code] = [name, catalogue.cities_en.get(code, "")]
    for code, names in every.items():
        yield {"@id": _id("place", code), "@type": "dct:Location", "skos:prefLabel": _said(*names)}


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


def _document(one: Document, granted: set[str]) -> Iterator[Node]:
    """Yield what a document is: an evidence type, and an output where an item yields it."""
    yield {
        "@id": _id("evidence", one.code),
        "@type": "cv:EvidenceType",
        "dct:identifier": one.code,
        "dct:title": _said(one.title, one.title_en),
    }
    if one.code in granted:
        yield {
            "@id": _id("output", one.code),
            "@type": "cv:Output",
            "dct:identifier": one.code,
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
        node["cv:hasLegalResource"] = [_ref("law", one.basis)]
        yield {"@id": _id("law", one.basis), "@type": "eli:LegalResource"}
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

    XML Schema knows no working day: five of them are a week, rounded up to whole days. Nor does it
    know parts of a day or an hour: these are told in whole hours and minutes, rounded up.
    """
    match limit.unit:
        case TimeUnit.HOUR:
            hours, minutes = divmod(ceil(limit.count * 60), 60)
            return f"PT{hours}H{minutes}M" if minutes else f"PT{hours}H"
        case TimeUnit.CALENDAR_DAY:
            days, hours = divmod(ceil(limit.count * 24), 24)
            return f"P{days}DT{hours}H" if hours else f"P{days}D"
        case TimeUnit.WORKING_DAY:
            return f"P{ceil(working_days(limit) * 7 / 5)}D"
