"""Read an OC4IDS package and hold it against the ledger: new projects, edited ones, problems.

A project of this ledger is known by its id, or by its number. What it says is compared with what
the ledger would write of it now, so that what the standard cannot hold stays as it is.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from onecity.core.errors import InputError, MissingError
from onecity.core.ids import new_id
from onecity.core.severity import Severity
from onecity.core.words import LANGUAGES, Sentence
from onecity.programme.ledger import checks
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.intake import Edited, Intake, Problem
from onecity.programme.ledger.model import Item, Kind, State
from onecity.programme.ledger.way import Move
from onecity.programme.strict import parsed, shown

from .project import Project
from .schema import wrong_in
from .writing import PREFIX, SCHEME_NUMBER, project_of

MAX_BYTES = 64_000_000
_PLACES = {
    "title": "title",
    "text": "description",
    "start": "period.startDate",
    "due": "period.endDate",
    "gate": "status",
    "responsible_unit": "publicAuthority",
    "milestones": "milestones",
    "measures": "forecasts",
    "budget": "budget",
    "payments": "transactions",
    "currency": "budget.amount.currency",
    "place": "locations",
    "source": "documents",
}
"""Where in a project each field stands."""


def read(content: bytes, name: str, book: Book) -> Intake:
    """Read a package and hold it against the ledger; nothing is changed.

    Parameters
    ----------
    content, name
        The file, and what errors call it.
    book
        The ledger as it is.

    Raises
    ------
    InputError
        It is no JSON, or too large. Everything else is a problem of the result.
    """
    package = parsed(content, name, MAX_BYTES, exact=True).given
    problems = [_fault(place, told) for place, told in wrong_in(package)]
    if problems:
        return Intake(problems=tuple(problems), revision=book.revision)
    return _Reading(book, name).read(package["projects"])


def _fault(place: str, told: Sentence, given: object = "") -> Problem:
    return Problem("", place, None, "", told, Severity.FAULT, shown(given))


class _Reading:
    """Holds projects against the ledger."""

    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name = book, name
        self.new: list[Mapping[str, Any]] = []
        self.edited: list[Edited] = []
        self.unchanged = 0
        self.problems: list[Problem] = []
        self.unread: Counter[str] = Counter()
        self.numbers = {one.number: one for one in book.items.values()}

    def read(self, projects: list[Mapping[str, Any]]) -> Intake:
        """Return what the projects are to the ledger."""
        seen: dict[str, int] = {}
        for at, given in enumerate(projects):
            place = f"$.projects[{at}]"
            if given["id"] in seen:
                values = {"given": shown(given["id"]), "other": seen[given["id"]]}
                self._tell(f"{place}.id", Sentence("ledger_files.oc4ids_twice", values))
                continue
            seen[given["id"]] = at
            self._project(place, given)
        if self.unread:
            listed = ", ".join(f"{name} ({count})" for name, count in sorted(self.unread.items()))
            told = Sentence("ledger_files.oc4ids_not_read", {"listed": listed})
            self._tell("$.projects", told, Severity.WARNING)
        return Intake(
            tuple(self.new),
            tuple(self.edited),
            self.unchanged,
            tuple(self.problems),
            self.book.revision,
        )

    def _tell(self, place: str, told: Sentence, severity: Severity = Severity.FAULT) -> None:
        self.problems.append(Problem("", place, None, "", told, severity))

    def _project(self, place: str, given: Mapping[str, Any]) -> None:
        item = self._known(given)
        project = Project(given, self.book.day, item)
        fields = project.fields()
        self.unread.update(project.unread())
        for path, told, severity in project.told:
            self._tell(f"{place}{path}", told, severity)
        unit = self._unit(place, given)
        if unit is not None:
            fields["responsible_unit"] = unit
        if any(severity is Severity.FAULT for _, _, severity in project.told):
            return
        if item is None:
            self._take_new(place, given, fields)
        else:
            self._take_known(place, given, item, fields)

    def _known(self, given: Mapping[str, Any]) -> Item | None:
        """Return the item that a project is, by its id or its number."""
        item = self.book.items.get(given["id"].removeprefix(PREFIX))
        if item is not None and given["id"].startswith(PREFIX):
            return item
        for one in given.get("identifiers", ()):
            if one.get("scheme") == SCHEME_NUMBER and one["id"] in self.numbers:
                return self.numbers[one["id"]]
        return None

    def _unit(self, place: str, given: Mapping[str, Any]) -> str | None:
        """Return the code of the public authority, where the register knows it."""
        authority = given.get("publicAuthority")
        if not authority:
            return None
        register = self.book.register
        for text in (authority.get("id"), authority.get("name")):
            if text in register.units:
                return str(text)
            if text:
                try:
                    return register.named(text, self.book.day).code
                except (MissingError, InputError):
                    continue
        words = shown(authority.get("name") or authority.get("id"))
        told = Sentence("ledger_files.oc4ids_unit", {"given": words})
        self._tell(f"{place}.publicAuthority", told, Severity.WARNING)
        return None

    def _take_new(self, place: str, given: Mapping[str, Any], fields: dict[str, Any]) -> None:
        at = datetime.now(UTC)
        # Where it comes from stays with it: another package may bring it again.
        origin = Sentence("ledger_files.oc4ids_origin", {"id": given["id"], "file": self.name})
        lines = [fields.get("source", ""), origin.text("zh")]
        fields["source"] = "\n".join(one for one in lines if one)
        fields["kind"] = Kind.PROJECT
        if given.get("status") == "cancelled":
            self._tell(
                f"{place}.status", Sentence("ledger_files.oc4ids_cancelled"), Severity.WARNING
            )
        made = {"id": new_id(at), "number": "-", "created": at, "changed": at}
        if self._checked(place, None, {**made, **fields}) is not None:
            self.new.append({name: value for name, value in fields.items() if value is not None})

    def _take_known(
        self, place: str, given: Mapping[str, Any], item: Item, fields: dict[str, Any]
    ) -> None:
        """Find what a project changes of an item."""
        now = Project(project_of(item, self.book.register), self.book.day, item).fields()
        now["responsible_unit"] = item.responsible_unit
        changed = {name: value for name, value in fields.items() if value != now.get(name)}
        if not changed:
            self.unchanged += 1
            return
        words = {
            language: "、".join(checks.field(name).text(language) for name in changed)
            for language in LANGUAGES
        }
        written = given.get("updated")
        if written is not None and datetime.fromisoformat(written) < item.changed:
            values = {"number": item.number, "listed": words}
            self._tell(place, Sentence("ledger_files.oc4ids_changed_since", values))
            return
        if not item.is_open:
            self._tell(place, Sentence("ledger.edit_ended", {"state": item.state}))
            return
        if "responsible_unit" in changed and item.state is not State.DRAFT:
            told = Sentence("ledger.edit_unit", {"move": Move.TRANSFER})
            self._tell(f"{place}.publicAuthority", told)
            return
        if self._checked(place, item, changed) is not None:
            reason = Sentence("ledger_files.oc4ids_reason", {"file": self.name}).text("zh")
            self.edited.append(Edited(item.id, item.version, changed, reason))

    def _checked(self, place: str, item: Item | None, fields: Mapping[str, Any]) -> Item | None:
        """Return the item as it would be; what is wrong is told at its place."""
        try:
            made = Item.made(**fields) if item is None else item.changed_to(**fields)
            self.book.register.check_item(made, made.assigned_on or self.book.day)
        except InputError as error:
            name = _PLACES.get(checks.field_of(error) or "", "")
            self._tell(f"{place}.{name}" if name else place, Sentence(error.key, error.values))
            return None
        return made
