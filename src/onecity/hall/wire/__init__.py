"""What passes between nodes: signed envelopes, signed requests, keys and whom to trust.

Nothing here opens a database or a connection: values go in, values come out. What is not as it
must be raises `Refusal`, whose key is the reason that the sender is told.
"""

from .canonical import canonical, read_json
from .keys import Keys, PublicKey, SigningKey
from .message import Head, Message, Outcome, Receipt
from .refusal import Refusal
from .replay import WINDOW, check_time, kept_until
from .signing import Caller, sign_answer, sign_request, verify_answer, verify_request
from .suites import ED25519, P256, STANDARD, Suite, Suites
from .trust import Anchor, Peer, TrustList

__all__ = [
    "ED25519",
    "P256",
    "STANDARD",
    "WINDOW",
    "Anchor",
    "Caller",
    "Head",
    "Keys",
    "Message",
    "Outcome",
    "Peer",
    "PublicKey",
    "Receipt",
    "Refusal",
    "SigningKey",
    "Suite",
    "Suites",
    "TrustList",
    "canonical",
    "check_time",
    "kept_until",
    "read_json",
    "sign_answer",
    "sign_request",
    "verify_answer",
    "verify_request",
]
