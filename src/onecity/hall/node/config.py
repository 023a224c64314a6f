"""What a node is: its settings, kept in the file ``node.toml`` of its folder."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from onecity.core.errors import InputError, MissingError, StoreError
from onecity.core.files import write_secret
from onecity.core.words import Language, say
from onecity.identity import FILE as DATABASE

FILE = "node.toml"
"""Name of the settings in a node's folder."""
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_LONGEST = 200
_LISTEN = "127.0.0.1:8750"
_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")
_PLACE = re.compile(r"([^\s:/]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})")
_LAST_PORT = 65_535


class NodeKind(StrEnum):
    """Kind of a node: a city's, a portal without authority, or of departments above cities."""

    CITY = "city"
    PORTAL = "portal"
    PROVINCE = "province"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall_node.kind_{self.value}", language)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a node allows and how long it waits; the table ``[limits]`` of its settings.

    Attributes
    ----------
    supplement_days
        Working days an applicant has to answer a request for supplements.
    opinion_days
        Working days another department has for an opinion.
    seal_entries, seal_minutes
        Entries of the log, and minutes, after which a new Merkle root is made.
    draft_days
        Calendar days after which a draft that nobody touched is erased.
    keep_days
        Calendar days after which a closed case's personal data is erased; 0: never by itself.
    file_bytes, files
        Largest file, and most files of one application.
    open_drafts
        Most drafts of one applicant at a time.
    """

    supplement_days: int = 15
    opinion_days: int = 5
    seal_entries: int = 1000
    seal_minutes: int = 10
    draft_days: int = 90
    keep_days: int = 0
    file_bytes: int = 20_000_000
    files: int = 50
    open_drafts: int = 50


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of a node.

    Attributes
    ----------
    code, title, kind
        Short name among the nodes, name for people, and what it is.
    cities
        Codes of the cities it serves; a province's are those of its circle.
    departments
        Codes of the departments that decide here; None: every one that the catalogue has in
        the node's cities (of a province: every one above the cities; of a portal: none).
    url
        Where other nodes reach it.
    listen
        Host and port that it listens to.
    database
        Path of its SQLite file from the folder, or URL of a PostgreSQL database.
    registers
        Whether people may make accounts for themselves, to apply.
    limits
        See `Bounds`.
    title_en
        Its name in English; empty: the other one stands for it.
    """

    code: str
    title: str
    kind: NodeKind
    cities: tuple[str, ...] = ()
    departments: tuple[str, ...] | None = None
    url: str = ""
    listen: str = _LISTEN
    database: str = DATABASE
    registers: bool = False
    limits: Bounds = field(default_factory=Bounds)
    title_en: str = ""

    @property
    def titles(self) -> dict[str, str]:
        """Its name in both languages."""
        return {"zh": self.title, "en": self.title_en or self.title}

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the settings of a node's folder.

        Raises
        ------
        MissingError
            The folder is no node's.
        InputError
            The settings are not fit: the line or field is named.
        """
        path = folder / FILE
        if not path.is_file():
            raise MissingError("hall_node.no_node", path=str(folder))
        try:
            record = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError("hall_node.not_toml", path=str(path), reason=error) from error
        return cls.from_record(record, str(path))

    @classmethod
    def from_record(cls, record: Mapping[str, Any], where: str) -> Self:
        """Return settings from plain values.

        Raises
        ------
        InputError
            A field is unknown, missing or not fit; `where` is named.
        """
        _known(record, {one.name for one in fields(cls)}, where)
        given = dict(record)
        for name in ("code", "title", "kind"):
            if not isinstance(given.get(name), str):
                raise _unfit(where, name, given.get(name))
        if not _is_text(given.get("title_en", "")):
            raise _unfit(where, "title_en", given["title_en"])
        if not _CODE.fullmatch(given["code"]):
            raise InputError("hall_node.bad_code", path=where, given=given["code"])
        if given["kind"] not in set(NodeKind):
            raise _unfit(where, "kind", given["kind"])
        given["kind"] = NodeKind(given["kind"])
        given["cities"] = _texts(given.get("cities", ()), "cities", where)
        if given.get("departments") is not None:
            given["departments"] = _texts(given["departments"], "departments", where)
        _places(given, where)
        if not isinstance(given.get("registers", False), bool):
            raise _unfit(where, "registers", given["registers"])
        given["limits"] = _bounds(given.get("limits", {}), where)
        return cls(**given)

    def write(self, folder: Path) -> None:
        """Write the settings into a folder, which is made.

        Raises
        ------
        StoreError
            It cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise StoreError("core.not_written", path=str(folder), reason=reason) from error
        # The URL of a database may hold a password.
        write_secret(folder / FILE, self.text().encode())

    def text(self) -> str:
        """Return the settings as TOML."""
        lines = [f"{name} = {_toml(getattr(self, name))}" for name in ("code", "title")]
        if self.title_en:
            lines.append(f"title_en = {_toml(self.title_en)}")
        lines += [f"kind = {_toml(self.kind.value)}", f"cities = {_toml(self.cities)}"]
        if self.departments is not None:
            lines.append(f"departments = {_toml(self.departments)}")
        lines += [f"{name} = {_toml(getattr(self, name))}" for name in ("url", "listen")]
        lines.append(f"database = {_toml(self.database)}")
        lines += [f"registers = {str(self.registers).lower()}", "", "[limits]"]
        lines += [f"{one.name} = {getattr(self.limits, one.name)}" for one in fields(Bounds)]
        return "\n".join(lines) + "\n"

    def place(self, folder: Path) -> str:
        """Return where the database is: a path, or a URL."""
        return self.database if "://" in self.database else str(folder / self.database)


def _bounds(record: object, where: str) -> Bounds:
    if not isinstance(record, Mapping):
        raise _unfit(where, "limits", record)
    _known(record, {one.name for one in fields(Bounds)}, where)
    for one in fields(Bounds):
        if one.name not in record:
            continue
        value = record[one.name]
        least = 0 if one.name == "keep_days" else 1
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise _unfit(where, f"limits.{one.name}", value)
    return Bounds(**record)


def _texts(given: object, name: str, where: str) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise _unfit(where, name, given)
    if not all(_is_text(one) and one for one in given) or len(set(given)) != len(given):
        raise _unfit(where, name, list(given))
    return tuple(given)


def _is_text(given: object) -> bool:
    return isinstance(given, str) and len(given) <= _LONGEST and given.isprintable()


def _places(given: Mapping[str, Any], where: str) -> None:
    """Refuse addresses that are none."""
    for name in ("url", "listen", "database"):
        if name in given and not _is_text(given[name]):
            raise _unfit(where, name, given[name])
    if given.get("url") and not _URL.fullmatch(given["url"]):
        raise InputError("hall_node.bad_url", path=where, given=given["url"])
    if not _is_place(given.get("listen", _LISTEN)):
        raise InputError("hall_node.bad_listen", path=where, given=given["listen"])


def _is_place(given: str) -> bool:
    """Whether it is a host and a port."""
    found = _PLACE.fullmatch(given)
    return found is not None and 0 < int(found[2]) <= _LAST_PORT


def _known(record: Mapping[str, Any], names: set[str], where: str) -> None:
    for name in record:
        if name not in names:
            known = ", ".join(sorted(names))
            raise InputError("hall_node.unknown_field", path=where, name=name, known=known)


def _unfit(where: str, name: str, given: object) -> InputError:
    return InputError("hall_node.bad_field", path=where, name=name, given=given)


def _toml(value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "[" + ", ".join(map(_toml, value)) + "]"
