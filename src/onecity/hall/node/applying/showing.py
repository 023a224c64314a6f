"""What an applicant sees of a case beside its row: its name, what is wanted, what they can do."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from onecity.hall.cases import FINAL, State, What
from onecity.hall.cases.way import Action, can
from onecity.hall.catalogue import Catalogue, Document, Item, LifeEvent
from onecity.hall.forms.model import Words, both_of
from onecity.hall.node.rights import APPLY

from . import telling
from .views import Told, Wanted

ERASE = "erase"


def named(code: str, thing: Item | LifeEvent | None) -> Words:
    """Return the name of an item or life event; its code where the catalogue has it no more."""
    if thing is None:
        return {"zh": code, "en": code}
    return {"zh": thing.title, "en": thing.title_en or thing.title}


def result_title(document: Mapping[str, Any], catalogue: Catalogue) -> Words:
    """Return what a result is called: as it was signed, in English as the catalogue has it."""
    known: Document | Item | None
    if documents := document.get("documents"):
        signed, known = documents[0], catalogue.document.get(documents[0]["code"])
    else:
        signed, known = document["item"], catalogue.item.get(document["item"]["code"])
    return both_of(signed["title"], "" if known is None else known.title_en)


def wanted(
    row: Row[Any], told: Sequence[tuple[Told, Mapping[str, Any]]], catalogue: Catalogue
) -> Wanted | None:
    """Return what is asked for besides, while it is."""
    if State(row.state) is not State.SUPPLEMENT:
        return None
    asked = [one for one in told if one[0].what == What.SUPPLEMENT_ASKED.value]
    if not asked:
        return None
    seen, record = asked[-1]
    documents = tuple(
        (one, telling.document_title(catalogue, one)) for one in record.get("documents", ())
    )
    return Wanted(seen.words, record.get("until"), documents)


def can_do(row: Row[Any], record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what an applicant can do with a case now."""
    state = State(row.state)
    if record.get("erased"):
        return ()
    found = can(state, None, {APPLY}, applicant=True, appraised="appraisal" in record)
    going = bool(record.get("withdrawing"))
    words = [one.value for one in found if not (going and one is Action.WITHDRAW)]
    over = state in FINAL and state is not State.HANDED_OVER
    if over and not record.get("erasure") and not row.parent:
        words.append(ERASE)
    return tuple(words)
