"""What an applicant is told of a case, in order, with the words of departments sealed."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select

from onecity.core.words import LANGUAGES, say
from onecity.hall.cases import What
from onecity.hall.catalogue import Catalogue
from onecity.hall.forms import Words
from onecity.hall.node.steps import StepState
from onecity.hall.node.tables.applying import TOLD
from onecity.hall.node.writing import Write
from onecity.identity.clock import moment, stamp

from .views import Told

if TYPE_CHECKING:
    from onecity.hall.node.node import Node

_ADD = insert(TOLD)


def add(
    write: Write,
    case: str,
    what: str,
    unit: str,
    at: datetime,
    *,
    words: str = "",
    record: Mapping[str, Any] | None = None,
) -> None:
    """Note what an applicant is told: `record` is what is not personal of it."""
    sealed = None
    if words and not write.node.vault.is_erased(write.connection, case):
        sealed = write.seal(case, {"words": words})
    row = {
        "case": case,
        "at": stamp(at),
        "what": what,
        "unit": unit,
        "record": json.dumps(dict(record or {}), ensure_ascii=False),
        "sealed": sealed,
    }
    write.connection.execute(_ADD, row)


def of(
    node: "Node", connection: Connection, case: str, catalogue: Catalogue, *, erased: bool
) -> tuple[tuple[Told, Mapping[str, Any]], ...]:
    """Return what an applicant was told of a case, each with its record, in order."""
    query = select(TOLD).where(TOLD.c.case == case).order_by(TOLD.c.at, TOLD.c.id)
    found = []
    for row in connection.execute(query).all():
        words = ""
        if row.sealed is not None and not erased:
            words = json.loads(node.vault.unseal(connection, case, row.sealed))["words"]
        title, record = unit_title(catalogue, row.unit), json.loads(row.record)
        text = what_text(row.what, record, catalogue)
        found.append((Told(moment(row.at), row.what, text, row.unit, title, words), record))
    return tuple(found)


def what_text(what: str, record: Mapping[str, Any], catalogue: Catalogue) -> Words:
    """Return the words for what an applicant is told; of a step of a life event, which."""
    drawn = record.get("drawn") or {}
    if what == What.STEP_DONE and drawn.get("step"):
        key = "hall_process.step_said" if drawn.get("said") else "hall_process.step_done"
        return {language: say(key, language, **drawn) for language in LANGUAGES}
    if what in set(What):
        return {language: What(what).text(language) for language in LANGUAGES}
    if "step" not in record:
        return {language: say(f"hall_applying.told_{what}", language) for language in LANGUAGES}
    step = step_title(catalogue, record["step"])
    state = StepState(record["state"])
    return {
        language: say(f"hall_applying.told_{what}", language, step=step[language], state=state)
        for language in LANGUAGES
    }


def step_title(catalogue: Catalogue, step: str) -> Words:
    """Return what a step of a life event is called, by its basic code."""
    item = next((one for one in catalogue.items if one.basic_code == step), None)
    if item is None:
        return {"zh": step, "en": step}
    return {"zh": item.title, "en": item.title_en or item.title}


def unit_title(catalogue: Catalogue, unit: str) -> Words:
    """Return the name of a department; its code where the catalogue has it no more."""
    known = catalogue.department.get(unit)
    if known is None:
        return {"zh": unit, "en": unit}
    return {"zh": known.title, "en": known.title_en or known.title}


def document_title(catalogue: Catalogue, document: str) -> Words:
    """Return the name of a document; its code where the catalogue has it no more."""
    known = catalogue.document.get(document)
    if known is None:
        return {"zh": document, "en": document}
    return {"zh": known.title, "en": known.title_en or known.title}
