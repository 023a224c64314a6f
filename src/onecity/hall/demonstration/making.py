"""Nodes of an invented circle in one folder, with people, documents and a catalogue."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from onecity.core.errors import InputError
from onecity.core.files import write_secret
from onecity.hall.catalogue import Catalogue, Tier
from onecity.hall.catalogue.example import example
from onecity.hall.forms import own as forms
from onecity.hall.node import processes
from onecity.hall.node.broker.model import Subject
from onecity.hall.node.config import Bounds, Config, NodeKind
from onecity.hall.node.node import ANCHOR, KEYS, TRUST, Node
from onecity.hall.node.tables.mail import HOLDINGS
from onecity.hall.wire import ED25519, Anchor, Keys, Peer, TrustList
from onecity.hall.wire.keys import read_private, write_private
from onecity.identity import Actor, Grant
from onecity.identity.clock import Clock, utc_now
from onecity.identity.passwords import Passwords

from .cast import MARKED, Applying, Called, Cast, Held, Worker, cast_of

SECRET, LOGINS = "anchor.json", "logins.json"
_HOST = "127.0.0.1"
_FIRST_PORT = 8751
_SOURCE = "register:demonstration"


@dataclass(frozen=True, slots=True)
class Login:
    """An account of the demonstration; `unit` is the department it works in."""

    node: str
    name: str
    title: str
    role: str
    unit: str | None
    password: str


@dataclass(frozen=True)
class Demonstration:
    """What was made: folder and address of each node by its code, and who may log in where."""

    folder: Path
    folders: Mapping[str, Path]
    urls: Mapping[str, str]
    logins: tuple[Login, ...]
    catalogue: Catalogue
    cities: Mapping[str, str]
    """Code of the node of each city."""
    province: str
    portal: str

    def login(self, node: str, name: str) -> Login:
        """Return an account.

        Raises
        ------
        KeyError
            There is none.
        """
        for one in self.logins:
            if (one.node, one.name) == (node, name):
                return one
        raise KeyError(node, name)


def codes(*, whole: bool = False) -> tuple[str, ...]:
    """Return the codes of the nodes, in the order in which ports are given."""
    cast = cast_of(example(whole=whole))
    cities = tuple(cast.node(city).code for city in cast.catalogue.cities)
    return (*cities, cast.province.code, cast.portal.code)


def make(
    folder: Path,
    ports: Sequence[int] | None = None,
    clock: Clock = utc_now,
    *,
    whole: bool = False,
    passwords: Passwords | None = None,
) -> Demonstration:
    """Make nodes of three cities, or nine, of the province and of a portal, or complete them.

    What is there already stays as it is; where ports differ, addresses and trust list follow.

    Parameters
    ----------
    folder
        Where each node gets a folder named by its code.
    ports
        A port of this machine for each of `codes`; None: from 8751 on.
    clock
        What tells the time while they are made.
    whole
        Nine cities instead of three.
    passwords
        What makes the hashes of passwords, where the usual one takes too long for a test.

    Raises
    ------
    InputError
        There are other nodes in the folder than are asked for, or too few ports.
    StoreError
        Something cannot be written.
    """
    cast = cast_of(example(whole=whole))
    names = codes(whole=whole)
    given = tuple(range(_FIRST_PORT, _FIRST_PORT + len(names))) if ports is None else tuple(ports)
    if len(given) != len(names) or len(set(given)) != len(given):
        raise InputError("hall_demo.ports", count=len(names), given=list(given))
    _check_folder(folder, names, cast)
    configs = _configs(cast, given)
    password = _password(folder)
    for config in configs:
        _put_node(folder / config.code, config, clock)
    _trust(folder, configs, clock)
    logins: list[Login] = []
    for config in configs:
        with Node.open(folder / config.code, clock=clock) as node:
            if passwords is not None:
                node.office.accounts.passwords = passwords
            logins += _people(node, cast, password)
            _hold(node, cast)
    return Demonstration(
        folder,
        {one: folder / one for one in names},
        {one.code: one.url for one in configs},
        tuple(logins),
        cast.catalogue,
        {city: cast.node(city).code for city in cast.catalogue.cities},
        cast.province.code,
        cast.portal.code,
    )


def _check_folder(folder: Path, names: Sequence[str], cast: Cast) -> None:
    """Refuse a folder of another demonstration.

    Its nodes would be left without the list, or with a catalogue of other cities.
    """
    there = {one.parent.name for one in folder.glob("*/node.toml")}
    others, province = sorted(there - set(names)), folder / cast.province.code
    if province.name in there and Config.read(province).cities != tuple(cast.catalogue.cities):
        others = sorted(there)
    if others:
        raise InputError("hall_demo.other_nodes", path=str(folder), names=" ".join(others))


def _configs(cast: Cast, ports: Sequence[int]) -> tuple[Config, ...]:
    cities = tuple(cast.catalogue.cities)
    told: list[tuple[Called, NodeKind, tuple[str, ...]]] = [
        (cast.node(city), NodeKind.CITY, (city,)) for city in cities
    ]
    told += [(cast.province, NodeKind.PROVINCE, cities), (cast.portal, NodeKind.PORTAL, ())]
    return tuple(
        Config(
            called.code,
            called.title,
            kind,
            served,
            url=f"http://{_HOST}:{port}",
            listen=f"{_HOST}:{port}",
            registers=kind is NodeKind.PORTAL,
            limits=Bounds(seal_minutes=1),
            title_en=called.title_en,
        )
        for (called, kind, served), port in zip(told, ports, strict=True)
    )


def _put_node(folder: Path, config: Config, clock: Clock) -> None:
    """Make a node, or give the one that is there its address."""
    if (folder / "node.toml").is_file():
        known = Config.read(folder)
        moved = replace(known, url=config.url, listen=config.listen)
        if moved != known:
            moved.write(folder)
    else:
        Node.make(folder, config, clock=clock).close()
    forms.put_example(folder)
    processes.put_example(folder)


def _trust(folder: Path, configs: Sequence[Config], clock: Clock) -> None:
    """Sign the list of nodes, unless the one that is there says the same."""
    peers = tuple(_peer(folder / one.code, one) for one in configs)
    secret = folder / SECRET
    fresh = not secret.is_file()
    key = write_private(secret, "anchor", clock(), ED25519) if fresh else read_private(secret)
    anchor = Anchor(key.suite, key.public.public)
    version, lists = 0, [folder / one.code / TRUST for one in configs]
    if all(one.is_file() for one in lists):
        known = TrustList.read(lists[0], anchor)
        if known.nodes == peers:
            return
        version = known.version
    made = TrustList(version + 1, clock(), peers).signed(key)
    for one in lists:
        anchor.write(one.with_name(ANCHOR))
        made.write(one)


def _peer(folder: Path, config: Config) -> Peer:
    return Peer(
        config.code,
        config.titles,
        config.kind.value,
        config.cities,
        None,
        config.url,
        Keys.open(folder / KEYS).public,
    )


def _password(folder: Path) -> str:
    """Return the password of the invented accounts: made once, kept for the owner alone."""
    file = folder / LOGINS
    if file.is_file():
        found: Any = json.loads(file.read_text("utf-8"))
        return str(found["password"])
    folder.mkdir(parents=True, exist_ok=True)
    made = secrets.token_hex(6)
    write_secret(file, json.dumps({"password": made}).encode())
    return made


def _people(node: Node, cast: Cast, password: str) -> list[Login]:
    """Bring the catalogue and the accounts of a node in; return the accounts."""
    by = Actor.console()
    node.editions.take_in(cast.catalogue, by=by)
    city = next(iter(node.config.cities), None) if node.config.kind is NodeKind.CITY else None
    workers: tuple[Worker, ...] = ()
    if city is not None:
        workers = cast.staff(city)
    elif node.config.kind is NodeKind.PROVINCE:
        workers = cast.above
    known = {one.name for one in node.office.accounts.all()}
    logins = [
        Login(node.code, one.name, one.title, one.role, one.unit, password) for one in workers
    ]
    # At the portal they apply; where a window takes in for them, they follow that there too.
    applicants = () if node.config.kind is NodeKind.PROVINCE else cast.applicants
    logins += [
        Login(node.code, one.name, one.person.name + MARKED, "resident", None, password)
        for one in applicants
    ]
    for one in logins:
        if one.name not in known:
            bound = city if one.role in {"clerk", "officer"} else None
            node.office.accounts.add(
                one.name,
                title_zh=one.title,
                unit=one.unit,
                city=city,
                grants=(Grant(one.role, bound),),
                password=password,
                by=by,
            )
    for applicant in applicants:
        if applicant.name not in known:
            node.applying.profiles.verify(applicant.name, applicant.person, by=by)
    return logins


def _hold(node: Node, cast: Cast) -> None:
    """Let departments of a node hold what they hold about the applicants."""
    here = [
        (one, held)
        for one in cast.applicants
        for held in one.holds
        if (held.city in node.config.cities)
        if node.config.kind is NodeKind.CITY
    ]
    with node.reading() as connection:
        known = select(HOLDINGS.c.id).where(HOLDINGS.c.source == _SOURCE).limit(1)
        if not here or connection.execute(known).first() is not None:
            return
    with node.writing(Actor.console()) as write:
        for applicant, held in here:
            number, name = _subject(applicant, held)
            node.broker.hold(
                write,
                document=held.document,
                department=issuer(cast.catalogue, held.document, held.city),
                subject=Subject(number, name),
                number=held.number or number,
                source=_SOURCE,
                issued="2020-01-02",
                fields=held.fields,
                labels={one: cast.labels[one] for one in held.fields},
            )


def _subject(applicant: Applying, held: Held) -> tuple[str, str]:
    """Return number and name that a document is about: a firm's licence is about the firm."""
    person = applicant.person
    if held.document == "licence":
        return person.credit_code, person.name
    return applicant.about


def issuer(catalogue: Catalogue, document: str, city: str) -> str:
    """Return the department of a city that issues a document."""
    duty = catalogue.document[document].issuer
    return next(
        one.code
        for one in catalogue.departments
        if one.tier is Tier.CITY and one.city == city and one.duty == duty
    )
