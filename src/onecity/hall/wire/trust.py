"""The trust list: which nodes there are, what they stand for, and their keys.

One office issues it and signs it with a key of its own, the anchor, whose public half every node
keeps in ``anchor.pub``. Nodes need nobody else to know whom to believe, and a list that anybody
changed on its way is not read. A list of an older version than the one in use is not taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from onecity.core.errors import MissingError
from onecity.core.files import replacing
from onecity.identity.clock import moment, stamp

from .canonical import bytes_of, canonical, read_json, text_of
from .keys import PublicKey, SigningKey
from .refusal import Refusal
from .suites import STANDARD, Suite, Suites

KINDS = ("city", "portal", "province")
SOON = timedelta(days=30)
"""How long before its time a list is told to be renewed."""
_DOMAIN = b"onecity trust 1\n"


class Age(StrEnum):
    """Whether a list has to be renewed."""

    GOOD = "good"
    SOON = "soon"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The public key that trust lists are checked with."""

    suite: Suite
    public: bytes

    def __str__(self) -> str:
        return f"{self.suite.name}:{text_of(self.public)}"

    @classmethod
    def parse(cls, text: str, suites: Suites = STANDARD) -> Self:
        """Read an anchor such as ``ed25519-sha256:JrQLj5P…``.

        Raises
        ------
        Refusal
            It is none.
        """
        name, colon, public = text.strip().partition(":")
        if not colon:
            raise Refusal("hall_wire.bad_record", what="anchor", reason=text.strip()[:60])
        return cls(suites[name], bytes_of(public))

    @classmethod
    def read(cls, file: Path, suites: Suites = STANDARD) -> Self:
        """Read the anchor of a file.

        Raises
        ------
        MissingError
            There is no such file.
        Refusal
            It holds none.
        """
        try:
            return cls.parse(file.read_text("utf-8"), suites)
        except FileNotFoundError as error:
            raise MissingError("sources.no_file", path=str(file)) from error

    def write(self, file: Path) -> None:
        """Write it to a file.

        Raises
        ------
        StoreError
            The system refuses.
        """
        with replacing(file) as draft:
            draft.write_text(f"{self}\n", "utf-8")


@dataclass(frozen=True, slots=True)
class Peer:
    """A node as the trust list tells of it.

    `kind` is one of `KINDS`; `cities` are the codes of those it acts for; `departments` those it
    acts for, None for all of its cities; `url` is where its service begins, without a slash at
    the end. From `until` on the node is withdrawn: what it signed before stays believed, what it
    signs from then on does not.
    """

    code: str
    title: Mapping[str, str]
    kind: str
    cities: tuple[str, ...]
    departments: tuple[str, ...] | None
    url: str
    keys: tuple[PublicKey, ...]
    until: datetime | None = None

    def stands(self, at: datetime) -> bool:
        """Whether the node is believed at a moment: it is not withdrawn by then."""
        return self.until is None or at < self.until

    def as_record(self) -> dict[str, Any]:
        """Return it as the list holds it."""
        withdrawn = {} if self.until is None else {"until": stamp(self.until)}
        return {
            **withdrawn,
            "code": self.code,
            "title": dict(self.title),
            "kind": self.kind,
            "cities": list(self.cities),
            "departments": None if self.departments is None else list(self.departments),
            "url": self.url,
            "keys": [key.as_record() for key in self.keys],
        }

    @classmethod
    def from_record(cls, record: Any, suites: Suites = STANDARD) -> Self:
        """Read what `as_record` wrote.

        Raises
        ------
        Refusal
            It is no such record.
        """
        try:
            departments, title = record["departments"], record["title"]
            if isinstance(title, str):
                title = {"zh": title, "en": title}
            peer = cls(
                _text(record["code"]),
                {"zh": _text(title["zh"]), "en": _text(title["en"])},
                _text(record["kind"]),
                tuple(map(_text, record["cities"])),
                None if departments is None else tuple(map(_text, departments)),
                _text(record["url"]).rstrip("/"),
                tuple(PublicKey.from_record(key, suites) for key in record["keys"]),
                _moment(record.get("until")),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise Refusal("hall_wire.bad_record", what="node", reason=error) from error
        if peer.kind not in KINDS:
            raise Refusal("hall_wire.bad_record", what="node", reason=f"kind {peer.kind}")
        return peer


@dataclass(frozen=True)
class TrustList:
    """The nodes that know each other, as one office issued them.

    `until` is when the office means to have issued a newer one. A list that is older is used on,
    as nodes work while the office does not; that it is, is told to those who look after them.
    """

    version: int
    issued: datetime
    nodes: tuple[Peer, ...]
    signature: Mapping[str, str] = field(default_factory=dict, compare=False)
    until: datetime | None = None

    @cached_property
    def _by_code(self) -> dict[str, Peer]:
        return {peer.code: peer for peer in self.nodes}

    @cached_property
    def _by_kid(self) -> dict[str, tuple[Peer, PublicKey]]:
        return {key.kid: (peer, key) for peer in self.nodes for key in peer.keys}

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def standing(self, at: datetime) -> tuple[Peer, ...]:
        """Return the nodes that are not withdrawn at a moment."""
        return tuple(one for one in self.nodes if one.stands(at))

    def age(self, now: datetime) -> Age:
        """Return whether the list has to be renewed: soon, or already."""
        if self.until is None or now < self.until - SOON:
            return Age.GOOD
        return Age.SOON if now < self.until else Age.OVER

    def node(self, code: str) -> Peer:
        """Return a node.

        Raises
        ------
        Refusal
            The list names none of that code.
        """
        try:
            return self._by_code[code]
        except (KeyError, TypeError):
            raise Refusal("hall_wire.unknown_node", node=code) from None

    def key(self, kid: str, at: datetime) -> tuple[Peer, PublicKey]:
        """Return the key of that name and whose it is, if it was in use at that moment.

        Raises
        ------
        Refusal
            There is none, it was not in use then, or its node was withdrawn by then.
        """
        try:
            peer, key = self._by_kid[kid]
        except (KeyError, TypeError):
            raise Refusal("hall_wire.unknown_key", kid=kid) from None
        if not key.valid(at):
            raise Refusal("hall_wire.key_not_in_use", kid=kid, at=stamp(at))
        if not peer.stands(at):
            raise Refusal("hall_wire.node_withdrawn", node=peer.code)
        return peer, key

    def of_city(self, city: str) -> Peer:
        """Return the node of kind ``city`` that acts for a city.

        Raises
        ------
        Refusal
            There is none.
        """
        for peer in self.nodes:
            if peer.kind == "city" and city in peer.cities:
                return peer
        raise Refusal("hall_wire.no_node_of_city", city=city)

    def of_department(self, department: str, city: str | None = None) -> Peer:
        """Return the node that acts for a department: the one that names it, else its city's.

        Raises
        ------
        Refusal
            There is none.
        """
        for peer in self.nodes:
            if peer.departments is not None and department in peer.departments:
                return peer
        for peer in self.nodes:
            if peer.kind != "portal" and peer.departments is None and city in peer.cities:
                return peer
        raise Refusal("hall_wire.no_node_of_department", department=department)

    def as_record(self) -> dict[str, Any]:
        """Return what is signed."""
        return {
            **({} if self.until is None else {"until": stamp(self.until)}),
            "version": self.version,
            "issued": stamp(self.issued),
            "nodes": [peer.as_record() for peer in self.nodes],
        }

    def signed(self, key: SigningKey) -> "TrustList":
        """Return it signed by the anchor's private half."""
        value = text_of(key.sign(_DOMAIN + canonical(self.as_record())))
        signature = {"suite": key.suite.name, "value": value}
        return replace(self, signature=signature)

    def text(self) -> bytes:
        """Return it with its signature, as a file or an answer holds it."""
        return canonical({"list": self.as_record(), "signature": dict(self.signature)}) + b"\n"

    def write(self, file: Path) -> None:
        """Write it to a file.

        Raises
        ------
        StoreError
            The system refuses.
        """
        with replacing(file) as draft:
            draft.write_bytes(self.text())

    @classmethod
    def parse(
        cls, data: bytes, anchor: Anchor, *, least: int = 0, suites: Suites = STANDARD
    ) -> "TrustList":
        """Read a list, if the anchor signed it and its version is at least `least`.

        Raises
        ------
        Refusal
            It is none, its signature does not fit, it is older, or two nodes share a code or key.
        """
        whole = read_json(data)
        try:
            record, signature = whole["list"], whole["signature"]
            suite, value = signature["suite"], bytes_of(signature["value"])
        except (KeyError, TypeError) as error:
            raise Refusal("hall_wire.bad_record", what="trust", reason=error) from error
        signed = _DOMAIN + canonical(record)
        fits = suite == anchor.suite.name
        if not fits or not anchor.suite.verify(anchor.suite.verifier(anchor.public), value, signed):
            raise Refusal("hall_wire.trust_not_signed")
        found = cls._from_record(record, dict(signature), suites)
        if found.version < least:
            raise Refusal("hall_wire.trust_older", given=found.version, least=least)
        return found

    @classmethod
    def read(
        cls, file: Path, anchor: Anchor, *, least: int = 0, suites: Suites = STANDARD
    ) -> "TrustList":
        """Read the list of a file, see `parse`.

        Raises
        ------
        MissingError
            There is no such file.
        Refusal
            It is not to be trusted.
        """
        try:
            data = file.read_bytes()
        except FileNotFoundError as error:
            raise MissingError("sources.no_file", path=str(file)) from error
        return cls.parse(data, anchor, least=least, suites=suites)

    @classmethod
    def _from_record(cls, record: Any, signature: dict[str, str], suites: Suites) -> "TrustList":
        try:
            version = int(record["version"])
            issued = moment(record["issued"])
            nodes = tuple(Peer.from_record(node, suites) for node in record["nodes"])
            until = _moment(record.get("until"))
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, Refusal):
                raise
            raise Refusal("hall_wire.bad_record", what="trust", reason=error) from error
        _once("node", [peer.code for peer in nodes])
        _once("key", [key.kid for peer in nodes for key in peer.keys])
        return cls(version, issued, nodes, signature, until)


def _moment(value: Any) -> datetime | None:
    """Return a moment that need not be said.

    Raises
    ------
    TypeError
        It is said, and is none.
    """
    if value is None:
        return None
    try:
        return moment(_text(value))
    except ValueError as error:
        raise TypeError(*error.args) from error


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        msg = f"no text: {value!r}"
        raise TypeError(msg)
    return value


def _once(what: str, names: Sequence[str]) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise Refusal("hall_wire.twice", what=what, given=min(twice))
