"""The drawings by which cases of a node run: an office's own for some items, else those that ship.

An office puts a drawing into the folder ``processes`` of its node, named by the implementation
or basic code of the item. It is read and checked when the node opens. Cases that are under way
keep the drawing they began with.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from onecity.core.errors import InputError, MissingError
from onecity.core.files import replacing
from onecity.core.severity import Severity
from onecity.hall.cases import Case, TaskKind
from onecity.hall.cases.model import kind_of
from onecity.hall.catalogue import Catalogue, Item, Tier
from onecity.hall.processes import Facts, Process, Shipped, check, facts_for, lacks, shipped
from onecity.hall.processes.checking import Finding
from onecity.identity import Actor

if TYPE_CHECKING:
    from .node import Node

FOLDER: Final = "processes"
"""Folder of a node that holds the drawings of its items."""
ENDING: Final = ".bpmn"
Own = Mapping[str, Process]
"""Drawings by the code of the item that they are for."""
_EXAMPLE = "onecity.hall.catalogue.example"


@cache
def example_own() -> Own:
    """Return the drawings of the invented catalogue."""
    return _read_all(files(_EXAMPLE) / FOLDER)


def put_example(folder: Path) -> None:
    """Write the drawings of the invented catalogue into the folder ``processes`` of a node."""
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    for one in _drawings(files(_EXAMPLE) / FOLDER):
        with replacing(folder / FOLDER / one.name) as path:
            path.write_bytes(one.read_bytes())


def _drawings(folder: Traversable) -> list[Traversable]:
    found = (one for one in folder.iterdir() if one.name.endswith(ENDING))
    return sorted(found, key=lambda one: one.name)


def _read_all(folder: Traversable) -> Own:
    return {
        one.name.removesuffix(ENDING): _read(one.read_bytes(), one.name)
        for one in _drawings(folder)
    }


def read_own(folder: Path) -> Own:
    """Return the drawings of a folder, by code; none where there is no such folder.

    Raises
    ------
    InputError
        One cannot be carried out, or is no case's process: file, element and line are named.
    """
    return _read_all(folder) if folder.is_dir() else {}


def _read(content: bytes, name: str) -> Process:
    """Return a drawing that can carry a case.

    Raises
    ------
    InputError
        It cannot.
    """
    found = check(content, name=name)
    if found.faults:
        first = found.faults[0]
        raise InputError(
            "hall_process.faulty",
            name=name, count=len(found.faults), where=first.where, why=first.why,
        )  # fmt: skip
    process = Process.read(content)
    several = lacks(process)
    if several:
        why = several[0].sentence
        raise InputError("hall_process.no_case", name=name, count=len(several), why=why)
    return process


class Processes:
    """Which drawing a case runs by, and whose its tasks are. Any thread may use it."""

    def __init__(self, node: "Node") -> None:
        self.node = node
        self.own: Own = read_own(node.folder / FOLDER)
        self._units: tuple[Catalogue, dict[tuple[str, bool], Mapping[str, str]]] | None = None

    def of(self, item: Item) -> Process:
        """Return the drawing that new cases of an item run by.

        The office's own by its implementation code, else by its basic code; else one that
        ships: on the spot where nothing is promised. What a node drew by basic code for items
        that it decides says nothing of how other cities handle theirs.
        """
        own = self._own(item)
        if own is not None:
            return own
        on_the_spot = item.promised is not None and item.promised.count == 0
        return shipped(Shipped.SPOT if on_the_spot else Shipped.STANDARD)

    def is_own(self, item: Item) -> bool:
        """Whether an office drew the process of an item itself."""
        return self._own(item) is not None

    def _own(self, item: Item) -> Process | None:
        found = self.own.get(item.code)
        if found is not None or item.basic_code not in self.own:
            return found
        catalogue = self.node.editions.catalogue(self.node.today())
        same = (one for one in catalogue.items if one.basic_code == item.basic_code)
        others = not self._decides(catalogue, item) and any(
            self._decides(catalogue, one) for one in same
        )
        return None if others else self.own[item.basic_code]

    def _decides(self, catalogue: Catalogue, item: Item) -> bool:
        """Whether an item is decided at this node."""
        authority = catalogue.department.get(item.authority)
        return authority is not None and self.node.acts_for(authority)

    def unit_of(self, name: str, lane: str, authority: str, city: str) -> str:
        """Return the code of the department whose a task is.

        It is the one that decides, unless the task is a step in a lane that names another
        department here by its duty or title.

        Parameters
        ----------
        name, lane
            Identifier of the task in the drawing, and the lane in which it stands.
        """
        if not lane or kind_of(name) is not TaskKind.STEP:
            return authority
        return self.units(city).get(lane, authority)

    def is_spot(self, case: Case) -> bool:
        """Whether a case is decided on the spot, by the drawing that ships for that."""
        return case.edition == shipped(Shipped.SPOT).digest

    def units(self, city: str, *, anywhere: bool = False) -> Mapping[str, str]:
        """Return the departments that a lane may name for cases of a city.

        Codes by every name that is understood: code, duty, title, and title without the name of
        the city. A city's own go before those above the cities, and before those of its counties
        and towns, which may have the same duty.

        Parameters
        ----------
        anywhere
            Those of other nodes too, to be shown; a task goes to one of this node alone.
        """
        catalogue = self.node.editions.catalogue(self.node.today())
        known = self._units
        if known is None or known[0] is not catalogue:
            known = self._units = (catalogue, {})
        if (city, anywhere) not in known[1]:
            known[1][city, anywhere] = dict(self._named(catalogue, city, anywhere=anywhere))
        return known[1][city, anywhere]

    def _named(
        self, catalogue: Catalogue, city: str, *, anywhere: bool
    ) -> Iterator[tuple[str, str]]:
        place = catalogue.cities.get(city, "")
        here = [one for one in catalogue.departments if anywhere or self.node.acts_for(one)]
        above = [one for one in here if not one.city]
        own = [one for one in here if one.city and one.city == city]
        # What comes last stands.
        own.sort(key=lambda one: one.tier is Tier.CITY)
        for one in (*above, *own):
            names = (one.code, one.duty, one.title, one.title.removeprefix(place))
            yield from ((name, one.code) for name in names if name)

    def put(self, content: bytes, code: str, *, by: Actor, address: str = "") -> Process:
        """Check a drawing and put it into the node's folder, for new cases of an item.

        It is used from when the node is opened the next time. Who put which is in the trail.

        Parameters
        ----------
        code
            Implementation or basic code of the item.

        Raises
        ------
        InputError
            It cannot carry a case of that item.
        MissingError
            The catalogue has no such item.
        """
        name = f"{code}{ENDING}"
        process = _read(content, name)
        said = self.remarks(process, code)
        faults = [one for one in said if one.severity is Severity.FAULT]
        if faults:
            where, why = faults[0].where, faults[0].why
            raise InputError(
                "hall_process.faulty", name=name, count=len(faults), where=where, why=why
            )
        folder = self.node.folder / FOLDER
        with self.node.writing(by, address) as write:
            told = {"digest": process.digest, "name": process.title}
            write.tell("process.put", "process", code, after=told)
            folder.mkdir(parents=True, exist_ok=True)
            with replacing(folder / f"{code}{ENDING}") as draft:
                draft.write_bytes(content)
        return process

    def take_away(self, code: str, *, by: Actor, address: str = "") -> None:
        """Let new cases of an item run by a drawing that ships again.

        Raises
        ------
        MissingError
            There is no drawing of that code.
        """
        file = self.node.folder / FOLDER / f"{code}{ENDING}"
        if Path(code).name != code or not file.is_file():
            raise MissingError("hall_process.no_own", code=code)
        with self.node.writing(by, address) as write:
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            write.tell("process.dropped", "process", code, after={"digest": digest})
            file.unlink()

    def _items(self, code: str) -> tuple[Item, ...]:
        """Return the items of a code; those decided elsewhere are for the guide alone."""
        catalogue = self.node.editions.catalogue(self.node.today())
        found = tuple(one for one in catalogue.items if code in {one.code, one.basic_code})
        if not found:
            raise MissingError("hall_process.no_item", code=code)
        return found

    def remarks(self, process: Process, code: str) -> tuple[Finding, ...]:
        """Return what there is to say of the lanes of a drawing, as departments of an item here.

        Raises
        ------
        MissingError
            The catalogue has no such item.
        """
        catalogue = self.node.editions.catalogue(self.node.today())
        found, items = [], self._items(code)
        for lane in process.lanes:
            steps = [title for name, title in lane.tasks if kind_of(name) is not TaskKind.STEP]
            for item in items:
                anywhere = not self._decides(catalogue, item)
                unit = self.units(item.city, anywhere=anywhere).get(lane.title, "")
                if not unit:
                    found.append(lane.finding("lane_unknown", Severity.NOTE))
                elif unit != item.authority and steps:
                    tasks = "、".join(steps)
                    found.append(lane.finding("lane_not_step", Severity.FAULT, tasks=tasks))
        return tuple({one.text("en"): one for one in found}.values())


def facts_of(process: Process, case: Case) -> Facts:
    """Return the facts of a case that its process asks for; nothing personal is among them."""
    if not process.asks:
        return ()
    return facts_for(
        process,
        {
            "way": None if case.way is None else case.way.value,
            "applicant": case.applicant.value,
            "from_city": case.from_city or None,
            "on_behalf": case.on_behalf,
        },
    )
