"""What people send, as the node takes it; nothing of a node is imported before there is one."""

from typing import TYPE_CHECKING, Any

from onecity.hall.catalogue import Applicant, Way

from .own_shapes import HallAbout, PersonGiven
from .shapes import ProfileGiven

if TYPE_CHECKING:
    from onecity.hall.node.applying.views import About, Person
    from onecity.hall.node.desk import CaseQuery, TaskQuery


def about(
    *, item: str = "", event: str = "", city: str = "", chosen: tuple[str, ...] = ()
) -> "About":
    """Return what an application is about."""
    from onecity.hall.node.applying.views import About  # noqa: PLC0415

    return About(item, event, city, chosen)


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
