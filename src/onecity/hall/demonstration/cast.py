"""Who takes part in a demonstration, as ``people.toml`` tells it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Self

from onecity.hall.catalogue import Applicant, Catalogue, Tier
from onecity.hall.node.applying.views import Person

MARKED = "（虚构）"


@dataclass(frozen=True, slots=True)
class Held:
    """A document that a department holds about an applicant; `city` is empty above the cities."""

    document: str
    city: str
    number: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Applying:
    """Somebody who applies: the account, who they are, and what departments hold about them."""

    name: str
    person: Person
    representative: str
    holds: tuple[Held, ...]

    @property
    def about(self) -> tuple[str, str]:
        """Number and name of the person, or of who represents the firm."""
        return self.person.id_number, self.representative or self.person.name

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Read somebody."""
        return cls(
            told["name"],
            Person(
                Applicant(told["kind"]),
                told["called"],
                told["id_number"],
                told.get("credit_code", ""),
                told["phone"],
                told["address"],
            ),
            told.get("representative", ""),
            tuple(Held(*one) for one in told["holds"]),
        )


@dataclass(frozen=True, slots=True)
class Worker:
    """An account of staff."""

    name: str
    title: str
    role: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """A node: its code, and its name in Chinese and English."""

    code: str
    title: str
    title_en: str


@dataclass(frozen=True)
class Cast:
    """All who take part: nodes with their titles, staff, applicants."""

    told: Mapping[str, Any]
    catalogue: Catalogue

    @property
    def province(self) -> Called:
        """The node of the departments above the cities."""
        return Called(**self.told["province"])

    @property
    def portal(self) -> Called:
        """The portal."""
        return Called(**self.told["portal"])

    def node(self, city: str) -> Called:
        """Return the node of a city."""
        title = self.catalogue.cities[city] + self.told["node_title"]
        title_en = f"{self.catalogue.cities_en[city]} {self.told['node_title_en']}"
        return Called(self.told["nodes"][city], title, title_en)

    def staff(self, city: str) -> tuple[Worker, ...]:
        """Return who works at a city's node."""
        clerks = [
            Worker(f"clerk.{one.duty}", f"{one.title}经办人{MARKED}", "clerk", one.code)
            for one in self.catalogue.departments
            if one.city == city and one.tier is Tier.CITY
        ]
        others = [_worker(one, f"{city}.") for one in self.told["staff"]]
        return (*clerks, *others)

    @property
    def labels(self) -> Mapping[str, str]:
        """What fields of documents are called."""
        found: Mapping[str, str] = self.told["labels"]
        return found

    @property
    def above(self) -> tuple[Worker, ...]:
        """Return who works at the province's node."""
        return tuple(_worker(one, "") for one in self.told["above"])

    @property
    def applicants(self) -> tuple[Applying, ...]:
        """Return who applies."""
        return tuple(Applying.of(one) for one in self.told["applicants"])


def _worker(told: Mapping[str, Any], before: str) -> Worker:
    unit = f"{before}{told['duty']}" if "duty" in told else None
    return Worker(told["name"], told["title"], told["role"], unit)


@cache
def _told() -> Mapping[str, Any]:
    return tomllib.loads((files(__package__) / "people.toml").read_text("utf-8"))


def cast_of(catalogue: Catalogue) -> Cast:
    """Return who takes part where a catalogue stands."""
    return Cast(_told(), catalogue)
