"""The plan of invented cases: the same for the same seed, believable, and fit for the catalogue."""

import csv
import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.hall.catalogue import Applicant, Catalogue, Way
from onecity.hall.catalogue.example import example
from onecity.hall.demonstration.crowd import resident
from onecity.hall.demonstration.rates import Place, rates
from onecity.hall.demonstration.traffic import (
    End,
    Intended,
    gravity,
    kilometres,
    plan,
    popularity,
)
from onecity.hall.forms.numbers import is_credit_code, is_id_number

REGION = Path(__file__).resolve().parents[3] / "regions" / "wuhan" / "data"
NINE = example(whole=True)
MANY = 6_000


@pytest.fixture(scope="module")
def many() -> tuple[Intended, ...]:
    return plan(NINE, MANY, 7)


@settings(max_examples=40)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 10**6), st.booleans())
def test_a_longer_plan_begins_as_a_shorter_one(
    first: int, more: int, seed: int, whole: bool
) -> None:
    catalogue = example(whole=whole)
    short, long = plan(catalogue, first, seed), plan(catalogue, first + more, seed)
    assert len(short) == first
    assert long[:first] == short
    assert [one.number for one in long] == list(range(first + more))


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.booleans())
def test_each_case_is_one_that_the_catalogue_allows(seed: int, whole: bool) -> None:
    catalogue = example(whole=whole)
    for one in plan(catalogue, 25, seed):
        item = catalogue.item[one.item]
        spot = item.promised is not None and item.promised.count == 0
        assert one.home in catalogue.cities
        assert one.kind in item.applicants
        assert (one.way is None) == (item.city in {one.home, ""})
        assert one.way is None or (one.way in item.ways and one.home in item.cities)
        assert not (spot and (one.end is End.UNDER_WAY or one.opinion or one.suspended))
        assert one.opinion != item.authority
        assert not one.opinion or one.opinion in catalogue.department
        assert one.to in {"", one.home}
        assert not one.to or one.way is not None
        assert one.stars is None or (one.end.decided and 1 <= one.stars <= 5)
        assert one.pace > 0


def share(count: int) -> float:
    return count / MANY


def near(found: float, wanted: float) -> bool:
    """Whether a share is as far from the wanted one as chance lets it be, four times in doubt."""
    return abs(found - wanted) < 4 * math.sqrt(wanted * (1 - wanted) / MANY) + 1e-9


def test_shares_are_those_of_the_table(many: tuple[Intended, ...]) -> None:
    known = rates()
    people = {code: one.people for code, one in known.cities.items()}
    homes = Counter(one.home for one in many)
    for code, count in people.items():
        assert near(share(homes[code]), count / sum(people.values())), code
    ends = Counter(one.end for one in many)
    for end in (End.REJECTED, End.WITHDRAWN, End.UNANSWERED):
        assert near(share(ends[end]), known[f"fates.{end.value}"]), end
    # Items above the cities belong to nobody's own city, nor to another.
    of_cities = [one for one in many if NINE.item[one.item].city]
    crossing = sum(one.way is not None for one in of_cities) / len(of_cities)
    assert near(crossing, known["spread.across"])
    at_windows = sum(one.way is Way.AGENT for one in of_cities)
    assert 0 < at_windows < crossing * len(of_cities)
    assert near(share(sum(one.fetches for one in many)), known["fates.fetched"])


def test_who_waits_long_is_not_pleased(many: tuple[Intended, ...]) -> None:
    told = [one for one in many if one.stars is not None and one.end is End.GRANTED]
    late = [one.stars or 0 for one in told if one.late]
    quick = [one.stars or 0 for one in told if one.pace < 0.5]
    assert late
    assert max(late) <= 2 < min(quick)
    home = [one.pace for one in many if one.way is None]
    away = [one.pace for one in many if one.way is not None]
    assert sum(away) / len(away) > 1.1 * sum(home) / len(home)


def test_a_few_items_have_most_cases(many: tuple[Intended, ...]) -> None:
    shares = popularity(NINE, rates())
    assert math.isclose(sum(shares.values()), 1.0)
    ordered = sorted(shares.values(), reverse=True)
    assert sum(ordered[:3]) > 0.4 > sum(ordered[10:])
    cases = Counter(NINE.item[one.item].basic_code for one in many)
    top = max(shares, key=lambda code: shares[code])
    assert cases.most_common(1)[0][0] == top
    assert near(share(cases[top]), shares[top])


PLACES = st.dictionaries(
    st.text("ABCDE", min_size=1, max_size=2),
    st.builds(Place, st.integers(1, 10**7), st.floats(110.0, 116.0), st.floats(28.0, 32.0)),
    min_size=1,
    max_size=5,
).filter(
    lambda several: all(
        kilometres(one, other) > 1e-3
        for here, one in several.items()
        for there, other in several.items()
        if here < there
    )
)


@settings(max_examples=60)
@given(PLACES)
def test_gravity_is_what_its_formula_says(places: dict[str, Place]) -> None:
    """The slow twin works each share out by itself, with the distance by the law of cosines."""
    known = rates()

    def far(one: Place, other: Place) -> float:
        first, second = math.radians(one.lat), math.radians(other.lat)
        turn = math.radians(one.lon - other.lon)
        cosine = math.sin(first) * math.sin(second)
        cosine += math.cos(first) * math.cos(second) * math.cos(turn)
        return 6371.0 * math.acos(min(1.0, cosine))

    found = gravity(places, known)
    for home, here in places.items():
        assert math.isclose(sum(found[home].values()), 1.0)
        pulls = {
            code: one.people / kilometres(here, one) ** 2
            for code, one in places.items()
            if code != home
        }
        for code, pull in pulls.items():
            wanted = known["spread.across"] * pull / sum(pulls.values())
            assert math.isclose(found[home][code], wanted, rel_tol=1e-9)
            if (slow := far(here, places[code])) > 1.0:  # below, cosines are too coarse
                assert math.isclose(kilometres(here, places[code]), slow, rel_tol=1e-5)


def test_figures_say_what_they_are_taken_from() -> None:
    known = rates()
    assert all(len(one.source) > 6 for one in known.rates.values())
    with (REGION / "census2020_units.csv").open(encoding="utf-8") as file:
        totals = {
            row["city"]: int(row["people"])
            for row in csv.DictReader(file)
            if row["kind"] == "city_total"
        }
    with (REGION / "cities.csv").open(encoding="utf-8") as file:
        seats = {
            row["city"]: (float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)
        }
    assert {code: one.people for code, one in known.cities.items()} == totals
    assert {code: (one.lon, one.lat) for code, one in known.cities.items()} == seats
    assert set(known.cities) == set(NINE.cities)


def test_what_cannot_be_planned_is_refused() -> None:
    with pytest.raises(InputError, match="-1"):
        plan(NINE, -1, 1)
    with pytest.raises(InputError, match="没有事项"):
        plan(Catalogue("空", {"420100": "武汉市"}), 1, 1)
    with pytest.raises(InputError, match="云湾市"):
        plan(Catalogue("别处", {"990100": "云湾市"}, items=NINE.items), 1, 1)
    assert plan(Catalogue("空"), 0, 1) == ()


@settings(max_examples=50)
@given(st.sampled_from(sorted(NINE.cities)), st.sampled_from(Applicant), st.integers(0, 10**6))
def test_nobody_is_anybody(home: str, kind: Applicant, number: int) -> None:
    who = resident(NINE, home, kind, number)
    assert who == resident(NINE, home, kind, number)
    person = who.person
    # Check characters fit; the division 429999 and the telephone numbers 154 were never given out.
    assert is_id_number(person.id_number)
    assert person.id_number.startswith("429999")
    assert person.phone.startswith("154")
    assert len(person.phone) == 11
    assert "虚构" in person.name
    if kind is Applicant.FIRM:
        assert is_credit_code(person.credit_code)
        assert person.credit_code[2:8] == "429999"
        assert "虚构" in who.representative
