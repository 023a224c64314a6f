"""One project of an OC4IDS package as the fields of an item, and what of it is not understood."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from onecity.core.errors import InputError
from onecity.core.severity import Severity
from onecity.core.words import Sentence
from onecity.programme.ledger import checks
from onecity.programme.ledger.fields import TITLE
from onecity.programme.ledger.kinds import Gate, Level, Strand
from onecity.programme.ledger.model import BudgetLine, Item, Measure, Milestone, Payment, Place
from onecity.programme.ledger.way import day_of
from onecity.programme.strict import shown

from .writing import SCHEME_LEVEL, SCHEME_PLACES, SCHEME_STRAND, SOURCE, STATUS

READ = frozenset(
    (
        "id",
        "updated",
        "language",
        "identifiers",
        "title",
        "description",
        "status",
        "period",
        "publicAuthority",
        "parties",
        "sector",
        "additionalClassifications",
        "locations",
        "budget",
        "milestones",
        "forecasts",
        "metrics",
        "transactions",
        "documents",
        "completion",
    )
)
"""Fields of a project that something is read from."""
_GATES = {status: gate for gate, status in STATUS.items()}
_AFTER = {"decommissioning", "decommissioned"}
_SECTORS = {
    "transport": Strand.TRANSPORT,
    "health": Strand.LIVELIHOOD,
    "education": Strand.LIVELIHOOD,
    "social": Strand.LIVELIHOOD,
    "waterAndWaste": Strand.LIVELIHOOD,
}
"""Sectors of the standard, by the beginning of their codes, and the strand they serve."""

Told = tuple[str, Sentence, Severity]


class Project:
    """A project as it was given; `fields` reads it, `told` says what is odd or wrong.

    `item` is the item it is in the ledger, of which it takes what the standard cannot hold.
    """

    def __init__(self, given: Mapping[str, Any], day: date, item: Item | None) -> None:
        self.given, self.day, self.item = given, day, item
        self.told: list[Told] = []

    def unread(self) -> list[str]:
        """Return the names of fields that nothing is read from."""
        return [name for name in self.given if name not in READ]

    def fields(self) -> dict[str, Any]:
        """Return the fields of an item, those that cannot be read left out."""
        period = self.given.get("period", {})
        found: dict[str, Any] = {
            "title": self.given.get("title"),
            "text": self.given.get("description", ""),
            "strand": self._strand(),
            "start": self._day(period.get("startDate"), ".period.startDate"),
            "due": self._day(period.get("endDate"), ".period.endDate"),
            "gate": self._gate(),
            "milestones": self._milestones(),
            "measures": self._measures(),
            "budget": self._budget(),
            "payments": self._payments(),
            "place": self._place(),
            "source": self._source(),
        }
        level = self._classified(SCHEME_LEVEL)
        if level in set(Level):
            found["level"] = Level(level)
        currency = self._currency()
        if currency is not None:
            found["currency"] = currency
        if found["title"] is None:
            self._tell(".title", "ledger_files.oc4ids_no_title", Severity.FAULT)
        return found

    def _tell(
        self, path: str, key: str, severity: Severity = Severity.WARNING, **values: object
    ) -> None:
        self.told.append((path, Sentence(key, values), severity))

    def _wrong(self, path: str, error: InputError) -> None:
        self.told.append((path, Sentence(error.key, error.values), Severity.FAULT))

    def _day(self, given: str | None, path: str) -> date | None:
        """Return the day in China of a moment."""
        if given is None:
            return None
        try:
            return checks.day("date", day_of(datetime.fromisoformat(given)))
        except InputError as error:
            self._wrong(path, error)
        except OverflowError:
            self._tell(
                path, "ledger_files.oc4ids_format", Severity.FAULT, given=given, expected="date"
            )
        return None

    def _classified(self, scheme: str) -> str | None:
        every = self.given.get("additionalClassifications", ())
        return next((one.get("id") for one in every if one.get("scheme") == scheme), None)

    def _strand(self) -> Strand:
        own = self._classified(SCHEME_STRAND)
        if own in set(Strand):
            return Strand(own)
        for one in self.given.get("sector", ()):
            found = _SECTORS.get(one.partition(".")[0])
            if found is not None:
                return found
        return Strand.GENERAL

    def _gate(self) -> Gate | None:
        status = self.given.get("status")
        if status in _AFTER:
            self._tell(".status", "ledger_files.oc4ids_status", given=status, gate=Gate.OPERATION)
            return Gate.OPERATION
        if status == "cancelled" and self.item is not None:
            return self.item.gate
        return _GATES.get(status) if status is not None else None

    # --- Lists -------------------------------------------------------------------------------

    def _kept(self, name: str, id_: str) -> Any:
        """Return what the ledger has at the place that an id of ours names, if anything."""
        there = () if self.item is None else getattr(self.item, name)
        at = int(id_) - 1 if id_.isascii() and id_.isdigit() and len(id_) < 6 else -1
        return there[at] if 0 <= at < len(there) else None

    def _milestones(self) -> tuple[Milestone, ...]:
        made: list[Milestone] = []
        for at, one in enumerate(self.given.get("milestones", ())):
            path = f".milestones[{at}]"
            due = self._day(one.get("dueDate") or one.get("dateMet"), f"{path}.dueDate")
            if due is None:
                self._tell(path, "ledger_files.oc4ids_milestone", given=shown(one.get("title", "")))
                continue
            kept = self._kept("milestones", one["id"])
            values = {
                "name": one.get("title") or one.get("description") or one["id"],
                "due": due,
                "done_on": self._day(one.get("dateMet"), f"{path}.dateMet"),
                "weight": 1.0 if kept is None else kept.weight,
            }
            self._make(made, Milestone, path, values)
        return tuple(made)

    def _measures(self) -> tuple[Measure, ...]:
        """Return forecasts and metrics of the same id as one measure each."""
        both: dict[str, dict[str, Any]] = {}
        for name in ("forecasts", "metrics"):
            for at, one in enumerate(self.given.get(name, ())):
                values = both.setdefault(one["id"], {"path": f".{name}[{at}]"})
                values.setdefault("name", one.get("title") or one["id"])
                if one.get("description"):
                    values.setdefault("source", one["description"])
                for each in one.get("observations", ()):
                    self._observe(values, each, forecast=name == "forecasts")
        made: list[Measure] = []
        for values in both.values():
            path = values.pop("path")
            values.setdefault("unit", "")
            if "value" in values and "at" not in values:
                self._tell(path, "ledger_files.oc4ids_measured", given=shown(values.pop("value")))
            self._make(made, Measure, path, values)
        return tuple(made)

    def _observe(self, values: dict[str, Any], given: Mapping[str, Any], *, forecast: bool) -> None:
        unit = given.get("unit", {}).get("name")
        if unit:
            values["unit"] = unit
        measure = given.get("measure")
        if measure is None:
            return
        try:
            figure = float(measure)
        except (ValueError, OverflowError):
            self._tell(values["path"], "ledger_files.oc4ids_measured", given=shown(measure))
            return
        if forecast:
            values["baseline" if given["id"] == "baseline" else "target"] = figure
            return
        period = given.get("period", {})
        at = self._day(period.get("endDate") or period.get("startDate"), values["path"])
        if "at" not in values or (at is not None and at >= values["at"]):
            values["value"] = figure
            if at is not None:
                values["at"] = at

    def _budget(self) -> tuple[BudgetLine, ...]:
        budget = self.given.get("budget", {})
        made: list[BudgetLine] = []
        for whole, group in enumerate(budget.get("budgetBreakdowns", ())):
            for at, one in enumerate(group.get("budgetBreakdown", ())):
                path = f".budget.budgetBreakdowns[{whole}].budgetBreakdown[{at}]"
                amount = self._amount(one.get("amount"), path)
                if amount is not None:
                    name = one.get("description") or one["id"]
                    values = {"name": name, "year": self._year(one, path), "amount": amount}
                    self._make(made, BudgetLine, path, values)
        if not made and "amount" in budget:
            amount = self._amount(budget["amount"], ".budget.amount")
            if amount is not None:
                name = budget.get("description") or Sentence("ledger_files.oc4ids_budget").text(
                    "zh"
                )
                values = {
                    "name": name[:TITLE],
                    "year": self._year(budget, ".budget"),
                    "amount": amount,
                }
                self._make(made, BudgetLine, ".budget", values)
        return tuple(made)

    def _year(self, given: Mapping[str, Any], path: str) -> int:
        """Return the year of an amount: of its period, its approval, or the project's."""
        own, whole = given.get("period", {}), self.given.get("period", {})
        dates = (own.get("startDate"), own.get("endDate"), given.get("approvalDate"))
        for one in dates:
            if one:
                return day_of(datetime.fromisoformat(one)).year
        assumed = whole.get("startDate") or whole.get("endDate")
        year = day_of(datetime.fromisoformat(assumed)).year if assumed else self.day.year
        self._tell(path, "ledger_files.oc4ids_year", year=str(year))
        return year

    def _payments(self) -> tuple[Payment, ...]:
        made: list[Payment] = []
        for at, one in enumerate(self.given.get("transactions", ())):
            path = f".transactions[{at}]"
            day = self._day(one.get("date"), f"{path}.date")
            amount = self._amount(one.get("value"), f"{path}.value")
            if day is None or amount is None:
                self._tell(path, "ledger_files.oc4ids_payment", given=one["id"])
                continue
            kept = self._kept("payments", one["id"])
            values = {
                "date": day,
                "amount": amount,
                "to": one.get("payee", {}).get("name", ""),
                "note": "" if kept is None else kept.note,
            }
            self._make(made, Payment, path, values)
        return tuple(made)

    def _amount(self, given: Mapping[str, Any] | None, path: str) -> Decimal | None:
        """Return an amount, exact; None, and told, where there is none or it cannot be kept."""
        if given is None or "amount" not in given:
            return None
        try:
            return checks.money("amount", Decimal(given["amount"]))
        except InputError as error:
            self._wrong(path, error)
        except InvalidOperation:
            self._tell(
                path,
                "ledger_files.oc4ids_format",
                Severity.FAULT,
                given=shown(given),
                expected="number",
            )
        return None

    def _currency(self) -> str | None:
        """Return the one currency of all amounts; several are a fault."""
        try:
            found = {one for one in self._currencies() if one}
            return checks.one_currency("currency", found) if found else None
        except InputError as error:
            self._wrong(".budget", error)
            return None

    def _currencies(self) -> Iterable[str | None]:
        budget = self.given.get("budget", {})
        yield budget.get("amount", {}).get("currency")
        for group in budget.get("budgetBreakdowns", ()):
            for one in group.get("budgetBreakdown", ()):
                yield one.get("amount", {}).get("currency")
        for one in self.given.get("transactions", ()):
            yield one.get("value", {}).get("currency")

    # --- Where and whence --------------------------------------------------------------------

    def _place(self) -> Place | None:
        counties: list[str] = []
        shape = None
        for at, one in enumerate(self.given.get("locations", ())):
            gazetteer = one.get("gazetteer", {})
            if gazetteer.get("scheme") == SCHEME_PLACES:
                counties += gazetteer.get("identifiers", ())
            geometry = one.get("geometry")
            if geometry and shape is None:
                shape = _plain(geometry)
            elif geometry:
                self._tell(f".locations[{at}]", "ledger_files.oc4ids_shape")
        if shape is None and not counties:
            return None
        try:
            return Place.made(geometry=shape, counties=tuple(dict.fromkeys(counties)))
        except InputError as error:
            self._wrong(".locations", error)
            return None

    def _source(self) -> str:
        """Return where the promise stands: our own document, or titles and addresses of others."""
        lines = []
        for one in self.given.get("documents", ()):
            if one["id"] == SOURCE and one.get("description"):
                lines.append(one["description"])
            else:
                parts = (one.get("title"), one.get("datePublished", "")[:10], one.get("url"))
                lines.append(" ".join(part for part in parts if part) or one["id"])
        return "\n".join(lines)

    def _make(self, made: list[Any], cls: Any, path: str, values: Mapping[str, Any]) -> None:
        try:
            made.append(cls.made(**{name: one for name, one in values.items() if one is not None}))
        except InputError as error:
            self._wrong(path, error)


def _plain(value: Any) -> Any:
    """Return a geometry with plain numbers."""
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value
