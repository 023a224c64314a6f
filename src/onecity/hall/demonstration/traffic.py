"""What happens in an invented circle: a plan of believable cases, the same for the same seed.

Nothing is done here. `driving` carries a plan out over HTTP, `history` makes past cases of one.
A longer plan begins as a shorter one of the same seed: each case is drawn by itself.
"""

import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from onecity.core.errors import InputError
from onecity.hall.cases import State
from onecity.hall.catalogue import Applicant, Catalogue, Item, Tier, Way

from .rates import Place, Rates, rates

_EARTH_KM = 6371.0
_SEEDS = 1 << 32
_SEVERAL = 1_000_003
"""A prime: so far apart are the seeds of two plans."""
_STARS_FOR = ((0.5, 5), (0.8, 4), (1.0, 3), (1.3, 2))
"""Stars by the share of the promised time that a case took; 1 beyond the last."""


class End(StrEnum):
    """How far a case is to come."""

    GRANTED = "granted"
    REFUSED = "refused"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    WAITING = "waiting"
    UNDER_WAY = "under_way"
    UNANSWERED = "unanswered"

    @property
    def state(self) -> State:
        """In which state the applicant finds it then."""
        return _STATES[self]

    @property
    def decided(self) -> bool:
        """Whether it is decided."""
        return self in {End.GRANTED, End.REFUSED}


_STATES: Mapping[End, State] = {
    End.GRANTED: State.CLOSED,
    End.REFUSED: State.CLOSED,
    End.REJECTED: State.REJECTED,
    End.WITHDRAWN: State.WITHDRAWN,
    End.WAITING: State.RECEIVED,
    End.UNDER_WAY: State.ACCEPTED,
    End.UNANSWERED: State.SUPPLEMENT,
}
_OPEN = (End.WAITING, End.UNDER_WAY, End.UNANSWERED)


@dataclass(frozen=True, slots=True)
class Intended:
    """A case that is to be.

    Attributes
    ----------
    number
        Its place in the plan, from 0.
    seed
        From which its applicant and answers are made.
    item
        Code of the item that is applied for first; `home` the applicant's city.
    kind
        Whether a person or a firm applies.
    way
        How it crosses a border; None at home and above the cities.
    end
        How far it comes.
    supplement, suspended
        Whether a supplement is asked for and given; whether the clock is stopped and goes on.
    opinion
        Code of the department whose opinion is asked; empty for none.
    to
        Code of the city to which it is handed over; empty where it stays.
    fetches
        Whether documents that a department holds are fetched there instead of handed in.
    pace
        Share of the promised time that it takes.
    stars
        What the applicant thinks of it; None if they say nothing.
    """

    number: int
    seed: int
    item: str
    home: str
    kind: Applicant
    way: Way | None
    end: End
    supplement: bool = False
    suspended: bool = False
    opinion: str = ""
    to: str = ""
    fetches: bool = False
    pace: float = 1.0
    stars: int | None = None

    @property
    def late(self) -> bool:
        """Whether it takes longer than promised."""
        return self.pace > 1.0


def kilometres(one: Place, other: Place) -> float:
    """Return the great-circle distance between two cities' seats."""
    first, second = math.radians(one.lat), math.radians(other.lat)
    half = math.sin((second - first) / 2) ** 2
    across = math.sin(math.radians(other.lon - one.lon) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(half + math.cos(first) * math.cos(second) * across))


def gravity(places: Mapping[str, Place], known: Rates) -> dict[str, dict[str, float]]:
    """Return by city of the applicant the share of each city that handles cases.

    What does not cross stays; the rest goes to other cities by their residents over distance, each
    to its power. A city alone keeps all. Rows sum to 1.
    """
    size, far, across = (
        known[f"spread.{one}"] for one in ("size_power", "distance_power", "across")
    )
    found: dict[str, dict[str, float]] = {}
    for home, here in places.items():
        pull = {
            code: there.people**size / kilometres(here, there) ** far
            for code, there in places.items()
            if code != home
        }
        total = sum(pull.values())
        row = {code: across * one / total for code, one in pull.items()}
        found[home] = {home: 1.0 - across if pull else 1.0, **row}
    return found


def popularity(catalogue: Catalogue, known: Rates) -> dict[str, float]:
    """Return by basic code the share of cases that are of an item: a few items have most.

    Items stand in the order of the cases that the catalogue tells; by their codes where it tells
    none. Shares fall as a power of the rank, and sum to 1.
    """
    cases: dict[str, float] = {one.basic_code: 0.0 for one in catalogue.items}
    for load in catalogue.caseloads:
        if load.item in catalogue.item:
            cases[catalogue.item[load.item].basic_code] += load.cases
    ranked = sorted(cases, key=lambda code: (-cases[code], code))
    weights = [rank ** -known["spread.popularity"] for rank in range(1, len(ranked) + 1)]
    total = sum(weights)
    return {code: weight / total for code, weight in zip(ranked, weights, strict=True)}


def plan(
    catalogue: Catalogue, count: int, seed: int, *, known: Rates | None = None
) -> tuple[Intended, ...]:
    """Return so many cases of a catalogue's cities.

    Parameters
    ----------
    catalogue
        What can be applied for, and where.
    count, seed
        How many; and what chance begins with.
    known
        By which figures; those of ``rates.toml`` where none are given.

    Raises
    ------
    InputError
        Fewer than none are asked for, nothing is known of a city, or the catalogue has no items.
    """
    if count < 0:
        raise InputError("hall_demo.fewer_than_none", given=count)
    if count and not catalogue.items:
        raise InputError("hall_demo.no_items")
    drawing = _Drawing(catalogue, known or rates())
    return tuple(drawing.one(number, seed) for number in range(count))


class _Drawing:
    """Draws cases one by one."""

    def __init__(self, catalogue: Catalogue, known: Rates) -> None:
        self.catalogue, self.known = catalogue, known
        places = known.places(catalogue.cities)
        self._homes = _Choice({code: float(one.people) for code, one in places.items()})
        self._cities = {home: _Choice(row) for home, row in gravity(places, known).items()}
        self._popular = popularity(catalogue, known)
        self._offers: dict[tuple[str, str], _Choice | None] = {}
        by_place: dict[str, dict[str, Item]] = defaultdict(dict)
        for one in catalogue.items:
            by_place[one.basic_code][one.city] = one
        self._by_place = by_place

    def one(self, number: int, seed: int) -> Intended:
        """Return the case of a number."""
        chance = random.Random(seed * _SEVERAL + number)  # noqa: S311  (a plan needs no secrecy)
        home = self._homes.draw(chance)
        city, item = self._item(home, chance)
        way = self._way(item, home, city, chance)
        across = way is not None
        end = self._end(item, chance, across=across)
        pace = self._pace(chance, across=across)
        happens = {name: chance.random() < self.known[f"fates.{name}"] for name in _HAPPENS}
        slow = not _on_the_spot(item)
        asked = happens["opinion"] and slow and end.decided
        to = self._handed_over(item, home) if happens["handed_over"] and across else ""
        kinds = sorted(item.applicants) or [Applicant.PERSON]
        return Intended(
            number=number,
            seed=chance.randrange(_SEEDS),
            item=item.code,
            home=home,
            kind=chance.choice(kinds),
            way=way,
            end=end,
            supplement=end is End.UNANSWERED or (happens["supplement"] and end is not End.WAITING),
            suspended=happens["suspended"] and slow and end.decided,
            opinion=self._opinion(item, home, chance) if asked else "",
            to=to,
            fetches=happens["fetched"],
            pace=pace,
            stars=self._stars(end, pace, chance),
        )

    def _item(self, home: str, chance: random.Random) -> tuple[str, Item]:
        """Return what somebody applies for, and the city that decides it, empty above them.

        Who wants something of a city that offers them nothing turns to their own.
        """
        city = self._cities[home].draw(chance)
        offered = self._offered(home, city)
        if offered is None:
            city, offered = home, self._offered(home, home)
        if offered is None:
            raise InputError("hall_demo.no_items")
        of_city = self._by_place[offered.draw(chance)]
        item = of_city.get(city) or of_city[""]
        return item.city, item

    def _offered(self, home: str, city: str) -> "_Choice | None":
        """Return the items that a city offers to those of another, or to its own."""
        key = home, city
        if key not in self._offers:
            weights = {
                code: weight
                for code, weight in self._popular.items()
                for one in (self._by_place[code].get(city) or self._by_place[code].get(""),)
                if one is not None and _serves(one, home)
            }
            self._offers[key] = _Choice(weights) if weights else None
        return self._offers[key]

    def _way(self, item: Item, home: str, city: str, chance: random.Random) -> Way | None:
        if city in {home, ""}:
            return None
        at_window = chance.random() < self.known["spread.window"]
        if Way.AGENT in item.ways and (at_window or item.ways == {Way.AGENT}):
            return Way.AGENT
        others = sorted(item.ways - {Way.AGENT}, key=list(Way).index)
        return others[0] if others else Way.AGENT

    def _end(self, item: Item, chance: random.Random, *, across: bool) -> End:
        refused = self.known["fates.refused_across" if across else "fates.refused"]
        drawn = chance.random()
        for end in (End.REJECTED, End.WITHDRAWN, *_OPEN):
            drawn -= self.known[f"fates.{end.value}"]
            if drawn < 0:
                # What is decided on the spot is never under way.
                return End.WAITING if end is End.UNDER_WAY and _on_the_spot(item) else end
        return End.REFUSED if drawn < refused else End.GRANTED

    def _pace(self, chance: random.Random, *, across: bool) -> float:
        known = self.known
        median = known["pace.median"] * (known["pace.across"] if across else 1.0)
        return median * math.exp(known["pace.spread"] * chance.gauss(0.0, 1.0))

    def _opinion(self, item: Item, home: str, chance: random.Random) -> str:
        """Return a department that is asked: of the applicant's city, or of the deciding one."""
        elsewhere = chance.random() < self.known["fates.opinion_elsewhere"]
        city = home if elsewhere or not item.city else item.city
        several = [
            one.code
            for one in self.catalogue.departments
            if one.city == city and one.tier is Tier.CITY and one.code != item.authority
        ]
        return chance.choice(several) if several else ""

    def _handed_over(self, item: Item, home: str) -> str:
        """Return the applicant's own city, where it decides the same item."""
        return home if home in self._by_place[item.basic_code] else ""

    def _stars(self, end: End, pace: float, chance: random.Random) -> int | None:
        said = chance.random() < self.known["pace.appraised"]
        if not end.decided or not said:
            return None
        stars = next((stars for most, stars in _STARS_FOR if pace <= most), 1)
        # Who is refused is not pleased by quickness.
        return max(1, stars - 2) if end is End.REFUSED else stars


_HAPPENS = ("supplement", "suspended", "opinion", "handed_over", "fetched")


class _Choice:
    """Draws names by their weights."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._names: Sequence[str] = tuple(weights)
        self._sums = tuple(accumulate(weights.values()))

    def draw(self, chance: random.Random) -> str:
        """Return one."""
        return chance.choices(self._names, cum_weights=self._sums)[0]


def _serves(item: Item, home: str) -> bool:
    """Whether somebody of a city can apply for an item: at home, or across in some way."""
    at_home = item.city in {home, ""}
    return at_home or (bool(item.ways) and (not item.cities or home in item.cities))


def _on_the_spot(item: Item) -> bool:
    return item.promised is not None and item.promised.count == 0
