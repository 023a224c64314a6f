"""Steps of life events: which item each is in a city, what it waits for, and in what order."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import TypeVar

from .model import Item, LifeEvent, Step, Way

Key = TypeVar("Key", bound=Hashable)


def steps_in(
    event: LifeEvent,
    items: Iterable[Item],
    city: str,
    places: Mapping[str, str] = MappingProxyType({}),
) -> list[tuple[Step, Item]]:
    """Return the steps of a life event that have an item in a city, in today's order.

    Items of departments above the cities serve every city that has none of its own. `places` are
    other cities for some steps, by basic code.
    """
    found: dict[str, Item] = {}
    for one in items:
        there = places.get(one.basic_code, city)
        if one.city in {there, ""} and (one.basic_code not in found or one.city == there):
            found[one.basic_code] = one
    return [(step, found[step.basic_code]) for step in event.steps if step.basic_code in found]


def choices_of(step: Step, items: Iterable[Item], city: str) -> list[Item]:
    """Return the items by which a step can be done that belongs to an application in a city.

    First that of the city itself, or of departments above the cities where it has none; then those
    of other cities that work across the border without a window there.
    """
    alike = [one for one in items if one.basic_code == step.basic_code]
    own = [one for one in alike if one.city == city] or [one for one in alike if not one.city]
    return [*own[:1], *(one for one in alike if one.city not in {city, ""} and crosses(one))]


def crosses(item: Item) -> bool:
    """Whether an item is done for people of other cities without a window of theirs."""
    return Way.ONLINE in item.ways or Way.JOINT in item.ways


def needed_by(items: Sequence[Item]) -> tuple[frozenset[int], ...]:
    """Return for each item the places of those that have to be done before it.

    The law wants it so, or they yield a document that the item asks for.
    """
    found = []
    for at, item in enumerate(items):
        wanted = {one.document for one in item.requirements}
        found.append(
            frozenset(
                place
                for place, other in enumerate(items)
                if place != at and (other.basic_code in item.after or wanted & set(other.results))
            )
        )
    return tuple(found)


def in_turn(before: Mapping[Key, AbstractSet[Key]]) -> tuple[list[Key], list[Key]]:
    """Return an order in which each comes after those it waits for, and what has no place in it.

    What has none waits in a circle, or for what does. What may be done at once keeps its order.
    """
    order: list[Key] = []
    left = dict(before)
    while ready := [one for one, several in left.items() if several.isdisjoint(left)]:
        order += ready
        for one in ready:
            del left[one]
    return order, list(left)
