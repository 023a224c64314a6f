"""The forms of a node: of items and life events of its catalogue, made once for an edition."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onecity.core.errors import InputError, MissingError
from onecity.core.words import LANGUAGES, Language, Sentence
from onecity.hall.catalogue import Applicant, Catalogue, Item, LifeEvent, Way
from onecity.hall.catalogue.steps import crosses, steps_in
from onecity.hall.forms import Form, Own, Words, form_of, form_of_event
from onecity.hall.forms.own import FOLDER, read_own

from .views import About

if TYPE_CHECKING:
    from onecity.hall.node.node import Node

_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Matter:
    """What an application is about, found in the catalogue of the day.

    `items` are those of the chosen steps in today's order; `event` is None for a single item.
    """

    about: About
    items: tuple[Item, ...]
    event: LifeEvent | None
    catalogue: Catalogue

    @property
    def applicants(self) -> frozenset[Applicant]:
        """Who may apply."""
        return self.items[0].applicants if self.event is None else self.event.applicants

    @property
    def title(self) -> Words:
        """What people call it."""
        named = self.event or self.items[0]
        return {"zh": named.title, "en": named.title_en or named.title}


class FormBook:
    """Forms of one node; own schemas of items stand in the folder ``forms`` of the node."""

    def __init__(self, node: "Node") -> None:
        self.node = node
        self.own: Own = read_own(node.folder / FOLDER)
        self._catalogue: Catalogue | None = None
        self._made: dict[tuple[object, ...], Form] = {}

    def matter(self, about: About) -> Matter:
        """Return what an application is about, as the catalogue has it today.

        Raises
        ------
        MissingError
            There is no such item or life event, or the city does not offer it.
        InputError
            It is about neither or both, or about steps that the life event has not.
        """
        catalogue = self.node.editions.catalogue(self.node.today())
        if bool(about.item) == bool(about.event):
            raise InputError("hall_applying.item_or_event")
        if about.item:
            item = catalogue.item.get(about.item)
            if item is None:
                raise MissingError("hall_applying.no_item", given=about.item)
            return Matter(about, (item,), None, catalogue)
        event = next((one for one in catalogue.life_events if one.code == about.event), None)
        if event is None:
            raise MissingError("hall_applying.no_event", given=about.event)
        return Matter(about, _items_of(event, about, catalogue), event, catalogue)

    def of(self, matter: Matter) -> Form:
        """Return the form of a matter."""
        if matter.event is None:
            return self.of_item(matter.items[0], matter.catalogue)
        key = (matter.event.code, *(one.code for one in matter.items))
        event = matter.event
        return self._kept(
            matter.catalogue,
            key,
            lambda: form_of_event(event, matter.items, matter.catalogue, self.own),
        )

    def of_item(
        self, item: Item, catalogue: Catalogue, applicants: frozenset[Applicant] | None = None
    ) -> Form:
        """Return the form of an item; `applicants` where it stands in a life event."""
        kinds = item.applicants if applicants is None else applicants
        key = (item.code, item.version, *sorted(kinds))
        return self._kept(catalogue, key, lambda: form_of(item, catalogue, self.own, kinds))

    def _kept(
        self, catalogue: Catalogue, key: tuple[object, ...], make: Callable[[], Form]
    ) -> Form:
        if catalogue is not self._catalogue or len(self._made) >= _KEPT:
            self._catalogue, self._made = catalogue, {}
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = make()
        return made


def _items_of(event: LifeEvent, about: About, catalogue: Catalogue) -> tuple[Item, ...]:
    """Return the items of the chosen steps, each in the city where it is to be done."""
    codes = [step.basic_code for step in event.steps]
    strange = [one for one in (*about.chosen, *about.places) if one not in codes]
    if strange:
        raise InputError(
            "hall_applying.no_step", event=event.title, given=strange[0], known=" ".join(codes)
        )
    found = [
        item
        for step, item in steps_in(event, catalogue.items, about.city, about.places)
        if not about.chosen or step.basic_code in about.chosen
    ]
    there = {one.basic_code: one for one in found}
    for step in (*about.chosen, *about.places):
        city = about.places.get(step, about.city)
        # What was left out may have a place.
        if step not in there and (step in about.chosen or not about.chosen):
            name = catalogue.cities.get(city, city)
            raise MissingError("hall_applying.step_not_there", step=step, city=name)
    for item in found:
        if item.city not in {about.city, ""} and not crosses(item):
            name = catalogue.cities.get(item.city, item.city)
            raise InputError("hall_applying.step_not_across", item=item.title, city=name)
    if not found:
        city = catalogue.cities.get(about.city, about.city)
        raise MissingError("hall_applying.event_not_there", event=event.title, city=city)
    return tuple(found)


def way_of(matter: Matter, given: Way | None, from_city: str, *, window: bool) -> Way | None:
    """Return the way across a border in which an application goes; None at home.

    A life event is always joint.

    Raises
    ------
    InputError
        It crosses a border and the item cannot, or not in the way that is asked for.
    """
    if matter.event is not None:
        return Way.JOINT
    [item] = matter.items
    at_home = not item.city or from_city in {"", item.city}
    if at_home and given is None:
        return None
    if not at_home and item.cities and from_city not in item.cities:
        raise InputError("hall_applying.city_not_served", item=item.title, city=from_city)
    usual = (Way.AGENT, Way.JOINT) if window else (Way.ONLINE, Way.JOINT)
    chosen = given or next((one for one in usual if one in item.ways), None)
    if chosen is None or (chosen not in item.ways and not at_home):
        raise InputError("hall_applying.no_way", item=item.title, ways=_ways(item))
    return None if at_home and chosen not in item.ways else chosen


def _ways(item: Item) -> dict[Language, str]:
    none = Sentence("hall_applying.none")
    return {
        language: "、".join(one.text(language) for one in Way if one in item.ways)
        or none.text(language)
        for language in LANGUAGES
    }
