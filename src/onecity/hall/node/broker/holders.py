"""Who holds a document: found from the catalogue and the list of nodes. No database, no net."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from onecity.core.errors import InputError
from onecity.hall.catalogue.model import Catalogue, Department, Item, Origin

_REGION_DIGITS, _CITY_DIGITS = 6, 4
_DIRECT = "90"
"""Counties that a province governs itself, as Xiantao, count as cities of their own."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A department that may hold a document, and the node that it works on."""

    department: str
    title: str
    city: str
    node: str


def is_fetchable(catalogue: Catalogue, document: str) -> bool:
    """Whether a document is one that government itself issues, so that it can be asked for."""
    known = catalogue.document.get(document)
    if known is None or known.origin is not Origin.GOVERNMENT or not known.issuer:
        return False
    return any(True for _ in _issuers(catalogue, known.issuer))


def asks_for(item: Item, document: str) -> bool:
    """Whether an item requires a document."""
    return any(one.document == document for one in item.requirements)


def check_shared(catalogue: Catalogue, document: str) -> None:
    """Do nothing if a document's holder gives it to other departments.

    Raises
    ------
    InputError
        It does not: its owner has to agree.
    """
    known = catalogue.document.get(document)
    if known is None or not known.shared:
        raise InputError("hall_broker.not_shared", document=document)


def holders(
    catalogue: Catalogue,
    document: str,
    node_of: Callable[[Department], str | None],
    likely: Iterable[str] = (),
) -> tuple[Holder, ...]:
    """Return the departments that may hold a document, the likeliest first.

    Parameters
    ----------
    catalogue
        What says which department, or departments of which duty, issue the document.
    node_of
        The node at which a department works; None where no node has it.
    likely
        Codes of cities in which the subject may have obtained it, the likeliest first. After them
        come departments above the cities, then other cities.

    Notes
    -----
    Departments are asked one after another, so that no more of them learn of the question than
    need to.
    """
    known = catalogue.document.get(document)
    if known is None or known.origin is not Origin.GOVERNMENT or not known.issuer:
        return ()
    places = {city: place for place, city in enumerate(dict.fromkeys(likely))}
    found = [
        Holder(one.code, one.title, one.city, node)
        for one in _issuers(catalogue, known.issuer)
        if (node := node_of(one)) is not None
    ]
    # Sorting is stable: other cities keep the order of the catalogue.
    return tuple(
        sorted(found, key=lambda one: places.get(one.city, len(places) + (one.city != "")))
    )


def city_of_number(number: str) -> str | None:
    """Return the code of the city that an identity number or a credit code was first given in.

    The first six digits of an identity number (GB 11643) and the third to eighth of a unified
    social credit code (GB 32100) are those of a county (GB/T 2260).
    """
    digits = number[:_REGION_DIGITS]
    if not (len(number) == 18 and number.isascii()):
        return None
    if not (number[:17].isdigit() and number[0] != "9"):
        digits = number[2 : 2 + _REGION_DIGITS]
    if not digits.isdigit():
        return None
    if digits[2:4] == _DIRECT:
        return digits
    return digits[:_CITY_DIGITS] + "00"


def _issuers(catalogue: Catalogue, issuer: str) -> Iterable[Department]:
    return (one for one in catalogue.departments if issuer in {one.code, one.basic})
