"""Envelopes: what one node tells another, signed so that it stays evidence.

A message is ``{"head": …, "signature": …, "salt": …, "body": …}``. The head says who tells whom
what kind of thing about which case and why, and holds no personal data. It carries a commitment
to the body, the hash of ``{"salt", "body"}`` in the suite of the key; the signature is over the
head alone. So head and signature can be kept and checked for ever, while the body, and with it
the salt, can be erased: what is left tells nothing of what was in it.

A receipt is the same the other way round: the receiver signs what became of a message.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from onecity.core.ids import new_id
from onecity.identity.clock import moment, stamp

from .canonical import bytes_of, canonical, text_of
from .keys import SigningKey
from .refusal import Refusal
from .suites import Suite
from .trust import Peer, TrustList

_HEAD_DOMAIN = b"onecity message 1\n"
_RECEIPT_DOMAIN = b"onecity receipt 1\n"
_SALT_BYTES = 16
_LONGEST = 300
_RENAMED = {"sender": "from", "receiver": "to"}


class Outcome(StrEnum):
    """What became of a message where it arrived."""

    TAKEN = "taken"
    KNOWN = "known"
    EARLY = "early"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Head:
    """What stands outside of a message.

    `seq` counts from 1 the messages from `sender` to `receiver` about `case`; `at` is when it was
    made, `purpose` what the body is for, `commitment` the hash of the salted body, `kid` and
    `suite` what it is signed with.
    """

    id: str
    sender: str
    receiver: str
    kind: str
    case: str
    seq: int
    at: str
    purpose: str
    commitment: str
    kid: str
    suite: str

    @property
    def made(self) -> datetime:
        """When it was made."""
        return moment(self.at)

    def as_record(self) -> dict[str, Any]:
        """Return it as it travels and is signed."""
        return {_RENAMED.get(name, name): getattr(self, name) for name in _HEAD_NAMES}

    @classmethod
    def from_record(cls, record: Any) -> Self:
        """Read what `as_record` wrote.

        Raises
        ------
        Refusal
            A field is missing, is too many, or is not what it must be.
        """
        return cls(**_read(record, _HEAD_NAMES, {"seq"}, "head"))


_HEAD_NAMES = tuple(field.name for field in fields(Head))


@dataclass(frozen=True, slots=True)
class Message:
    """A head, the signature over it, and the body with its salt."""

    head: Head
    signature: str
    salt: str
    body: Any

    @classmethod
    def make(  # noqa: PLR0913  (a head has that many fields)
        cls,
        key: SigningKey,
        *,
        sender: str,
        receiver: str,
        kind: str,
        case: str,
        seq: int,
        at: datetime,
        purpose: str,
        body: Any,
        number: str | None = None,
    ) -> Self:
        """Make and sign a message; `number` is its id where that was given out before.

        Raises
        ------
        Refusal
            JSON cannot hold the body.
        """
        salt = text_of(secrets.token_bytes(_SALT_BYTES))
        head = Head(
            number or new_id(at), sender, receiver, kind, case, seq, stamp(at), purpose,
            commitment(key.suite, salt, body), key.kid, key.suite.name,
        )  # fmt: skip
        signature = text_of(key.sign(signed_text(head)))
        return cls(head, signature, salt, body)

    def verify(self, trust: TrustList, *, receiver: str | None = None) -> Peer:
        """Return the sender, if the message is theirs as it stands.

        Parameters
        ----------
        trust
            Whose keys are believed.
        receiver
            The node it must be meant for; None where that does not matter.

        Raises
        ------
        Refusal
            Signature, commitment, key or receiver do not fit.
        """
        if receiver is not None and self.head.receiver != receiver:
            raise Refusal("hall_wire.not_for_us", receiver=self.head.receiver)
        peer = check_head(self.head, self.signature, trust)
        _, key = trust.key(self.head.kid, self.head.made)
        if commitment(key.suite, self.salt, self.body) != self.head.commitment:
            raise Refusal("hall_wire.body_changed", id=self.head.id)
        return peer

    def as_record(self) -> dict[str, Any]:
        """Return it as it travels."""
        return {
            "head": self.head.as_record(),
            "signature": self.signature,
            "salt": self.salt,
            "body": self.body,
        }

    @classmethod
    def from_record(cls, record: Any) -> Self:
        """Read what `as_record` wrote.

        Raises
        ------
        Refusal
            It is no such record.
        """
        if not isinstance(record, Mapping) or set(record) != {"head", "signature", "salt", "body"}:
            raise Refusal(
                "hall_wire.bad_record", what="message", reason="head, signature, salt, body"
            )
        signature, salt = record["signature"], record["salt"]
        if not isinstance(signature, str) or not isinstance(salt, str) or len(salt) > _LONGEST:
            raise Refusal("hall_wire.bad_record", what="message", reason="signature, salt")
        return cls(Head.from_record(record["head"]), signature, salt, record["body"])


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receiver says became of a message, signed.

    `sender` is who signs the receipt and `receiver` who had sent the message. `expected` is the
    number that must come first where the outcome is ``early``, else 0; `reason` the key of the
    sentence where it is ``refused``, else empty.
    """

    message: str
    commitment: str
    sender: str
    receiver: str
    outcome: str
    expected: int
    reason: str
    at: str
    kid: str
    suite: str
    signature: str = ""

    @classmethod
    def make(
        cls,
        key: SigningKey,
        head: Head,
        outcome: Outcome,
        *,
        at: datetime,
        expected: int = 0,
        reason: str = "",
    ) -> Self:
        """Make and sign a receipt for the message of a head, by its receiver."""
        bare = cls(
            head.id, head.commitment, head.receiver, head.sender, outcome.value, expected, reason,
            stamp(at), key.kid, key.suite.name,
        )  # fmt: skip
        signature = text_of(key.sign(bare._signed_text()))
        return cls(**{name: getattr(bare, name) for name in _RECEIPT_NAMES}, signature=signature)

    def verify(self, trust: TrustList, head: Head) -> Peer:
        """Return who signed it, if it is for the message of this head and by its receiver.

        Raises
        ------
        Refusal
            It is not.
        """
        meant = (head.id, head.commitment, head.receiver, head.sender)
        if (self.message, self.commitment, self.sender, self.receiver) != meant:
            raise Refusal("hall_wire.receipt_of_another", id=head.id)
        peer, key = trust.key(self.kid, moment(self.at))
        if peer.code != self.sender or key.suite.name != self.suite:
            raise Refusal("hall_wire.key_of_another", kid=self.kid, node=self.sender)
        if not key.verify(bytes_of(self.signature), self._signed_text()):
            raise Refusal("hall_wire.bad_signature", id=head.id, node=self.sender)
        return peer

    def as_record(self) -> dict[str, Any]:
        """Return it as it travels."""
        return {**self._bare(), "signature": self.signature}

    @classmethod
    def from_record(cls, record: Any) -> Self:
        """Read what `as_record` wrote.

        Raises
        ------
        Refusal
            It is no such record.
        """
        found = cls(**_read(record, (*_RECEIPT_NAMES, "signature"), {"expected"}, "receipt"))
        if found.outcome not in set(Outcome):
            raise Refusal("hall_wire.bad_record", what="receipt", reason=found.outcome)
        return found

    def _bare(self) -> dict[str, Any]:
        return {_RENAMED.get(name, name): getattr(self, name) for name in _RECEIPT_NAMES}

    def _signed_text(self) -> bytes:
        return _RECEIPT_DOMAIN + canonical(self._bare())


_RECEIPT_NAMES = tuple(field.name for field in fields(Receipt) if field.name != "signature")


def commitment(suite: Suite, salt: str, body: Any) -> str:
    """Return what a head says of a body: the hash of it with its salt.

    Raises
    ------
    Refusal
        JSON cannot hold the body.
    """
    return suite.digest(canonical({"salt": salt, "body": body}))


def signed_text(head: Head) -> bytes:
    """Return what the signature of a message is over."""
    return _HEAD_DOMAIN + canonical(head.as_record())


def check_head(head: Head, signature: str, trust: TrustList) -> Peer:
    """Return the sender of a message whose body need not be there, if the head is theirs.

    Raises
    ------
    Refusal
        Its key is not the sender's or was not in use, or the signature does not fit.
    """
    peer, key = trust.key(head.kid, head.made)
    if peer.code != head.sender or key.suite.name != head.suite:
        raise Refusal("hall_wire.key_of_another", kid=head.kid, node=head.sender)
    if not key.verify(bytes_of(signature), signed_text(head)):
        raise Refusal("hall_wire.bad_signature", id=head.id, node=head.sender)
    return peer


def _read(record: Any, names: tuple[str, ...], numbers: set[str], what: str) -> dict[str, Any]:
    """Return the fields of a record by their names here."""
    keys = {_RENAMED.get(name, name): name for name in names}
    if not isinstance(record, Mapping) or set(record) != set(keys):
        raise Refusal("hall_wire.bad_record", what=what, reason=", ".join(keys))
    found = {}
    for key, name in keys.items():
        value = record[key]
        if name in numbers:
            fits = type(value) is int and 0 <= value < 2**53
        else:
            fits = isinstance(value, str) and len(value) <= _LONGEST
        if not fits:
            raise Refusal("hall_wire.bad_record", what=what, reason=f"{key} = {str(value)[:60]}")
        found[name] = value
    try:
        moment(found["at"])
    except ValueError as error:
        raise Refusal("hall_wire.bad_record", what=what, reason=error) from error
    return found
