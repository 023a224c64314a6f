"""Steps of life events: which item each is in a city, what it waits for, and in what order."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeVar

from .model import Item, LifeEvent, Step

Key = TypeVar("Key", bound=Hashable)


def steps_in(event: LifeEvent, items: Iterable[Item], city: str) -> list[tuple[Step, Item]]:
    """Return the steps of a life event that have an item in a city, in today's order.

    Items of departments above the cities serve every city that has none of its own.
    """
    by_basic: dict[str, Item] = {}
    for one in items:
        if one.city in {city, ""} and (one.basic_code not in by_basic or one.city == city):
            by_basic[one.basic_code] = one
    return [
        (step, by_basic[step.basic_code]) for step in event.steps if step.basic_code in by_basic
    ]


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
