"""Invented people of the cities, their documents, and keys by which programs act for them.

None of them can be anybody. Check characters fit, as forms want it, but identity numbers and credit
codes name the division 429999, which GB/T 2260 does not have, and telephone numbers begin with
154, which no operator is known to use. Every name says that it is invented.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from onecity.core.ids import new_id
from onecity.hall.catalogue import Applicant, Catalogue
from onecity.hall.forms.sampling import credit_code, id_number, person_name
from onecity.hall.node.applying.views import Person
from onecity.hall.node.broker.model import Subject
from onecity.hall.node.node import Node
from onecity.identity import Actor, Grant
from onecity.identity.clock import Clock, utc_now

from .cast import MARKED
from .making import Demonstration, issuer
from .traffic import Intended

_PHONE = "154"
_FIRMS = ("安康", "惠民", "永兴", "顺达", "新城", "汇通", "长江", "东湖", "江汉", "楚天")
_TRADES = ("商贸", "餐饮", "药房", "科技", "物流", "建材")
_STREETS = ("示例路", "虚构大道", "样例街", "演示巷")
_CASES_EACH = 4
"""So many cases come from one resident, as far as chance has it."""
_MOST_OF_A_KIND = 40
_LASTS = timedelta(days=1)
_SOURCE = "register:residents"
_SCOPES = ("hall.*", "view")


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who applies; `representative` of a firm is a person's name."""

    account: str
    home: str
    person: Person
    representative: str = ""

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        """What they fill in of themselves; they act for themselves and fetch results online."""
        person, firm = self.person, self.person.kind is Applicant.FIRM
        known = {"kind": person.kind.value, "name": person.name, "phone": person.phone}
        own = (
            {
                "registered": True,
                "credit_code": person.credit_code,
                "representative": self.representative,
                "representative_id": person.id_number,
            }
            if firm
            else {"id_type": "id_card", "id_number": person.id_number}
        )
        return {
            "applicant": {**known, **own, "address": person.address},
            "agent": {"acting": False},
            "delivery": {"how": "online"},
        }

    @property
    def on_behalf(self) -> dict[str, str]:
        """Who they are, as a window says it that applies for them."""
        person = self.person
        names = ("name", "id_number", "credit_code", "phone")
        return {"kind": person.kind.value, **{one: getattr(person, one) for one in names}}

    def holds(self) -> Iterable[tuple[str, Subject]]:
        """Yield documents that departments of their city hold about them, and about whom."""
        name = self.representative or self.person.name
        yield "identity", Subject(self.person.id_number, name)
        if self.person.kind is Applicant.FIRM:
            yield "licence", Subject(self.person.credit_code, self.person.name)


def resident(catalogue: Catalogue, home: str, kind: Applicant, number: int) -> Resident:
    """Return the resident of a city with a number, the same every time."""
    chance = random.Random(f"{home} {kind.value} {number}")  # noqa: S311  (nobody's secret)
    city = catalogue.cities[home]
    address = f"{city}{chance.choice(_STREETS)} {chance.randint(1, 300)} 号"
    phone = f"{_PHONE}{chance.randrange(10**8):08}"
    owner = f"{person_name(chance)}{MARKED}"
    account = f"demo.{home}.{kind.value}.{number}"
    if kind is Applicant.PERSON:
        known = Person(kind, owner, id_number(chance), "", phone, address)
        return Resident(account, home, known)
    name = f"{chance.choice(_FIRMS)}{chance.choice(_TRADES)}{MARKED}"
    known = Person(kind, name, id_number(chance), credit_code(chance), phone, address)
    return Resident(account, home, known, owner)


@dataclass(frozen=True)
class Crowd:
    """Who takes part in a plan: residents by city and kind; keys by node and account."""

    made: Demonstration
    residents: Mapping[tuple[str, Applicant], Sequence[Resident]]
    keys: Mapping[tuple[str, str], str]

    def applicant(self, one: Intended) -> Resident:
        """Return who applies in a case of the plan."""
        several = self.residents[one.home, one.kind]
        return several[one.seed % len(several)]


def residents_of(
    catalogue: Catalogue, cases: Sequence[Intended]
) -> dict[tuple[str, Applicant], tuple[Resident, ...]]:
    """Return who lives where, so that several cases of a plan come from each."""
    counts: dict[tuple[str, Applicant], int] = {}
    for one in cases:
        counts[one.home, one.kind] = counts.get((one.home, one.kind), 0) + 1
    return {
        (home, kind): tuple(
            resident(catalogue, home, kind, number)
            for number in range(min(_MOST_OF_A_KIND, -(-count // _CASES_EACH)))
        )
        for (home, kind), count in sorted(counts.items())
    }


def gather(made: Demonstration, cases: Sequence[Intended], clock: Clock = utc_now) -> Crowd:
    """Give the residents of a plan accounts where they apply, and everybody a key for a day.

    Who works at the nodes is there already (`making.make`). Residents have an account at the
    portal and at their own city's node, where windows take in for them. Whoever is there already
    stays as they are.

    Raises
    ------
    StoreError
        A node cannot be written.
    """
    residents = residents_of(made.catalogue, cases)
    everybody = [one for several in residents.values() for one in several]
    keys: dict[tuple[str, str], str] = {}
    for code, folder in made.folders.items():
        here = [one for one in everybody if code in {made.portal, made.cities[one.home]}]
        staff = [one.name for one in made.logins if one.node == code and one.role != "resident"]
        with ExitStack() as stack:
            node = stack.enter_context(Node.open(folder, clock=clock))
            _settle(node, made.catalogue, here)
            for account in (*staff, *(one.account for one in here)):
                name, until = f"demo-{new_id(clock())}", clock() + _LASTS
                keys[code, account], _ = node.office.tokens.add(
                    name, account, scopes=_SCOPES, expires=until, by=Actor.console()
                )
    return Crowd(made, residents, keys)


def _settle(node: Node, catalogue: Catalogue, here: Sequence[Resident]) -> None:
    """Give residents accounts at a node, and its departments the documents that they hold."""
    by = Actor.console()
    known = {one.name for one in node.office.accounts.all()}
    fresh = [one for one in here if one.account not in known]
    for one in fresh:
        node.office.accounts.add(
            one.account,
            title_zh=one.person.name,
            city=one.home,
            grants=(Grant("resident"),),
            by=by,
        )
        node.applying.profiles.verify(one.account, one.person, by=by)
    held = [one for one in fresh if one.home in node.config.cities]
    if not held:
        return
    with node.writing(by) as write:
        for one in held:
            for document, subject in one.holds():
                node.broker.hold(
                    write,
                    document=document,
                    department=issuer(catalogue, document, one.home),
                    subject=subject,
                    number=subject.number,
                    source=_SOURCE,
                    issued="2020-01-02",
                    fields={},
                )
