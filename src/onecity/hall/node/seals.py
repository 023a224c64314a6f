"""Seals: a signed Merkle root over a stretch of the log, told to the other nodes.

Whoever can write a node's store and has its keys can write its log anew from some entry on. Once
another node has taken a seal over that entry, it is a witness: what it keeps no longer fits. Each
seal follows the one before without a gap, so that together they cover the log from its beginning.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, insert, select

from onecity.core.words import say
from onecity.hall.wire import Refusal, SigningKey, TrustList, canonical, merkle
from onecity.hall.wire.canonical import bytes_of, read_json, text_of
from onecity.identity.clock import moment, stamp
from onecity.identity.schema import TRAIL

from .mail.sent import ANSWERED
from .tables.keeping import SEALS, WITNESSED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .mail.received import Handler, Received
    from .node import Node
    from .writing import Write

KIND = "seal"
_DOMAIN = b"onecity seal 1\n"
_LOG = logging.getLogger(__name__)
MOST = 100_000
"""Entries under one seal at most: more are left for the next."""
_AT_ONCE = 2000
_ABOUT_SEALS = '%"kind":"seal"%'
_LAST = select(SEALS).order_by(SEALS.c.id.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Seal:
    """A root over entries `first` to `last` of a node's log; `number` counts its seals from 1.

    `head` is the hash of the last entry, `previous` the root of the seal before, empty for the
    first.
    """

    node: str
    number: int
    first: int
    last: int
    root: str
    head: str
    previous: str
    at: str

    def as_record(self) -> dict[str, Any]:
        """Return it as it is signed."""
        return {
            "node": self.node,
            "number": self.number,
            "first": self.first,
            "last": self.last,
            "root": self.root,
            "head": self.head,
            "previous": self.previous,
            "at": self.at,
        }

    @classmethod
    def from_record(cls, record: Any) -> "Seal":
        """Read what `as_record` wrote.

        Raises
        ------
        Refusal
            It is no such record.
        """
        numbers = ("number", "first", "last")
        texts = ("node", "root", "head", "previous", "at")
        whole = isinstance(record, dict) and set(record) == {*numbers, *texts}
        if not whole or not (
            all(type(record[name]) is int and record[name] > 0 for name in numbers)
            and all(isinstance(record[name], str) for name in texts)
        ):
            raise Refusal("hall_wire.bad_record", what="seal", reason=str(record)[:60])
        return cls(**record)

    def signed_text(self) -> bytes:
        """Return what its signature is over."""
        return _DOMAIN + canonical(self.as_record())


def check_seal(seal: Seal, kid: str, suite: str, signature: str, trust: TrustList) -> None:
    """Do nothing if a seal is its node's.

    Raises
    ------
    Refusal
        Its key is not the node's or was not in use, or the signature does not fit.
    """
    try:
        at = moment(seal.at)
    except ValueError as error:
        raise Refusal("hall_wire.bad_record", what="seal", reason=error) from error
    peer, key = trust.key(kid, at)
    if peer.code != seal.node or key.suite.name != suite:
        raise Refusal("hall_wire.key_of_another", kid=kid, node=seal.node)
    if not key.verify(bytes_of(signature), seal.signed_text()):
        raise Refusal("hall_seals.bad_signature", node=seal.node, number=seal.number)


def root_of(connection: Connection, first: int, last: int) -> str:
    """Return the Merkle root over the hashes of a log's entries, from `first` to `last`."""
    return merkle.root(_hashes(connection, first, last)).hex()


def _hashes(connection: Connection, first: int, last: int) -> Iterator[bytes]:
    query = select(TRAIL.c.hash).where(TRAIL.c.id.between(first, last)).order_by(TRAIL.c.id)
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
        for row in rows:
            yield str(row[0]).encode()


class Sealing:
    """Makes the seals of a node. Several processes may: what one has sealed, the others find."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    def look(self) -> Seal | None:
        """Make a seal if enough has come since the last, or enough time has passed; return it.

        Entries that only tell of seals do not bring a new one: two nodes would never be quiet.

        Raises
        ------
        StoreError
            It cannot be written.
        """
        bounds = self._node.config.limits
        with self._node.reading() as connection:
            last = connection.execute(_LAST).one_or_none()
            sealed = 0 if last is None else int(last.last)
            count = self._node.office.trail.head().id - sealed
            if count < bounds.seal_entries:
                since = self._oldest_news(connection, sealed)
                now = self._node.office.clock()
                if since is None or now - moment(since) < timedelta(minutes=bounds.seal_minutes):
                    return None
        return self.make()

    def make(self) -> Seal | None:
        """Make a seal over what has none yet, and tell the other nodes; None if nothing has none.

        Raises
        ------
        StoreError
            It cannot be written.
        """
        node = self._node
        with node.writing(node.itself) as write:
            head = node.office.trail.head()
            last = write.connection.execute(_LAST).one_or_none()
            first = 1 if last is None else int(last.last) + 1
            if head.id < first:
                return None
            seal = self._over(write, last, first, min(head.id, first + MOST - 1))
            key = node.keys.current(write.now)
            row = signed_row(seal, key)
            write.connection.execute(
                insert(SEALS).values(id=seal.number, first=seal.first, last=seal.last, **row)
            )
            told = {"seal": seal.as_record(), **{name: row[name] for name in _SIGNING}}
            for peer in node.trust.standing(write.now):
                if peer.code != node.code:
                    write.send(peer.code, KIND, "", told, purpose=say("hall_seals.purpose", "zh"))
        return seal

    def _over(self, write: "Write", last: "Row[Any] | None", first: int, end: int) -> Seal:
        hashes = select(TRAIL.c.hash).where(TRAIL.c.id == end)
        return Seal(
            self._node.code,
            1 if last is None else int(last.id) + 1,
            first,
            end,
            root_of(write.connection, first, end),
            str(write.connection.execute(hashes).scalar_one()),
            "" if last is None else str(last.root),
            stamp(write.now),
        )

    @staticmethod
    def _oldest_news(connection: Connection, sealed: int) -> str | None:
        """Return when the first entry after number `sealed` was written that tells of no seal.

        Answers to what was sent are no news: that it was sent stands there before.
        """
        quiet = TRAIL.c.action.like("message.%") & TRAIL.c.after.like(_ABOUT_SEALS)
        quiet |= TRAIL.c.action == ANSWERED
        news = select(TRAIL.c.time).where(TRAIL.c.id > sealed, ~quiet)
        found = connection.execute(news.order_by(TRAIL.c.id).limit(1)).scalar()
        return None if found is None else str(found)


_SIGNING = ("kid", "suite", "signature")


def signed_row(seal: Seal, key: SigningKey) -> dict[str, Any]:
    """Return what is kept of a seal besides its place, signed."""
    return {
        "at": seal.at,
        "root": seal.root,
        "record": canonical(seal.as_record()).decode(),
        "kid": key.kid,
        "suite": key.suite.name,
        "signature": text_of(key.sign(seal.signed_text())),
    }


def seal_of(row: "Row[Any]") -> Seal:
    """Return the seal of a row of either table.

    Raises
    ------
    Refusal
        Its record is none.
    """
    return Seal.from_record(read_json(str(row.record).encode("utf-8", "surrogateescape")))


def _witness(write: "Write", received: "Received") -> None:
    """Keep a seal of another node.

    Raises
    ------
    Refusal
        It is not that node's, or says something else than one that is kept already.
    """
    body = received.body
    seal = Seal.from_record(body.get("seal"))
    kid, suite, signature = (str(body.get(name)) for name in _SIGNING)
    if seal.node != received.sender:
        raise Refusal("hall_wire.key_of_another", kid=kid, node=received.sender)
    check_seal(seal, kid, suite, signature, write.node.trust)
    known = write.connection.execute(
        select(WITNESSED.c.record).where(
            WITNESSED.c.node == seal.node, WITNESSED.c.seal == seal.number
        )
    ).scalar()
    record = canonical(seal.as_record()).decode()
    if known == record:
        return
    if known is not None:
        _LOG.error("node %s tells two different seals of number %d", seal.node, seal.number)
        raise Refusal("hall_seals.two_seals", node=seal.node, number=seal.number)
    write.connection.execute(
        insert(WITNESSED).values(
            node=seal.node, seal=seal.number, at=seal.at, root=seal.root, record=record, kid=kid,
            suite=suite, signature=signature,
        )
    )  # fmt: skip


HANDLERS: "Mapping[str, Handler]" = {KIND: _witness}
"""What seals of other nodes do here."""
