"""What people send, as the node takes it; nothing of a node is imported before there is one."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from onecity.core.errors import InputError
from onecity.hall.catalogue import Applicant, Way

from .own_shapes import HallAbout, HallPaper, PersonGiven
from .shapes import ProfileGiven

if TYPE_CHECKING:
    from onecity.hall.node.applying.sending import Paper
    from onecity.hall.node.applying.views import About, Person
    from onecity.hall.node.desk import CaseQuery, CaseRows, TaskQuery
    from onecity.hall.node.node import Node
    from onecity.identity import Actor

    from .desk_shapes import PersonSought


def about(
    *,
    item: str = "",
    event: str = "",
    city: str = "",
    chosen: tuple[str, ...] = (),
    places: Mapping[str, str] | None = None,
) -> "About":
    """Return what an application is about."""
    from onecity.hall.node.applying.views import About  # noqa: PLC0415

    return About(item, event, city, chosen, dict(places or {}))


def about_of(given: HallAbout) -> "About":
    """Return what an application is about, as it was sent."""
    from onecity.hall.node.applying.views import About  # noqa: PLC0415

    return About(
        given.item or "",
        given.event or "",
        given.city or "",
        tuple(given.chosen),
        dict(given.places),
    )


def person(given: PersonGiven | ProfileGiven) -> "Person":
    """Return who applies, as it was sent."""
    from onecity.hall.node.applying.views import Person  # noqa: PLC0415

    address = given.address if isinstance(given, ProfileGiven) else ""
    return Person(
        Applicant(given.kind),
        given.name,
        given.id_number,
        given.credit_code,
        given.phone,
        address,
    )


def papers(given: Sequence[HallPaper]) -> "tuple[Paper, ...]":
    """Return files that came with an application.

    Raises
    ------
    InputError
        One is not encoded as it must be.
    """
    from onecity.hall.node.applying.sending import Paper  # noqa: PLC0415

    found = []
    for one in given:
        try:
            content = b64decode(one.content, validate=True)
        except ValueError as error:
            raise InputError("hall_applying.bad_file", name=one.name) from error
        found.append(Paper(one.name, one.filename, content))
    return tuple(found)


def way(given: str | None) -> Way | None:
    """Return a way of handling across a border."""
    return None if given is None else Way(given)


def tasks(**wanted: Any) -> "TaskQuery":
    """Return which tasks are asked for."""
    from onecity.hall.node.desk import TaskQuery  # noqa: PLC0415

    return TaskQuery(**wanted)


def cases(**wanted: Any) -> "CaseQuery":
    """Return which cases are asked for."""
    from onecity.hall.node.desk import CaseQuery  # noqa: PLC0415

    return CaseQuery(**wanted)


def of_person(node: "Node", given: "PersonSought", *, by: "Actor", address: str) -> "CaseRows":
    """Return the cases of whoever is looked for, each of which is thereby looked at."""
    from onecity.hall.node.finding import of_person as found  # noqa: PLC0415

    return found(
        node,
        given.number,
        by=by,
        address=address,
        reason=given.reason,
        page=given.page,
        size=given.size,
    )
