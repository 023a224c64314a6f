"""Applying: what residents, firms and windows do at a node, from the draft to the appraisal."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from onecity.hall.forms import Form
from onecity.hall.node.mail import Received
from onecity.hall.node.timers import Timer
from onecity.hall.node.writing import Write
from onecity.identity import Actor
from onecity.identity.clock import stamp

from . import joint, once, taking
from .access import require, require_either
from .book import FormBook, Matter
from .drafts import OLD, Drafts
from .filling import prefilled
from .following import Consent, Following, MineRows
from .identities import applicant_of
from .profiles import Profiles
from .proofs import Proofs
from .sending import Sending
from .supplementing import Supplements
from .views import (
    About,
    Appraised,
    Decided,
    Draft,
    DraftRow,
    File,
    FormFaultsError,
    Mine,
    MineRow,
    Person,
    Profile,
    Receipt,
    StepSeen,
    Told,
    Wanted,
    Wanting,
)

if TYPE_CHECKING:
    from onecity.hall.node.node import Node

KEYS_KEPT = timedelta(days=7)
"""How long an idempotency key is remembered."""


class Applying:
    """What applicants and windows do at one node. Any thread may use it.

    Attributes
    ----------
    book
        The forms.
    profiles, drafts, proofs
        Who applicants are; what they have begun; evidence that is fetched for it.
    sending, following, supplements
        Handing in; what became of it; what is asked for besides.
    """

    def __init__(self, node: "Node") -> None:
        self.node = node
        self.book = FormBook(node)
        self.profiles = Profiles(node)
        self.drafts = Drafts(node, self.book)
        self.following = Following(node, self.book)
        self.proofs = Proofs(node, self.book, self.profiles, self.drafts, self.following)
        self.sending = Sending(node, self.book, self.profiles, self.drafts)
        self.supplements = Supplements(node, self.book, self.following, self.proofs)
        self.handlers = {**taking.HANDLERS, **joint.HANDLERS}
        self.when_refused = {
            "application": taking.refused,
            "joint": taking.refused,
            **dict.fromkeys(taking.ACTIONS, taking.action_refused),
        }
        self.moments = {OLD: self.drafts.grown_old, taking.KEEP: taking.kept_long_enough}

    def form(self, by: Actor | None, about: About) -> tuple[Form, dict[str, dict[str, Any]]]:
        """Return the form of a matter, and what is known of an account: values by pointer.

        Each value says where it comes from: ``{"value", "source": {"title", "at"}}``.
        """
        form = self.book.of(self.book.matter(about))
        profile = None
        if by is not None:
            with self.node.reading() as connection:
                profile = self.profiles.read(connection, by.name)
        return form, {} if profile is None else prefilled(form, profile)

    def erased(self, write: Write, received: Received) -> None:
        """Destroy the key of a case that is followed here, once its authority has."""
        taking.erased_there(write, received)

    def forget(self, write: Write, case: str) -> None:
        """Destroy the key of a case that is followed here, and note it on the applicant's list."""
        taking.erased(write, case)

    def tidy(self) -> None:
        """Forget idempotency keys that nobody sends again."""
        with self.node.writing(self.node.itself) as write:
            once.forget(write, stamp(write.now - KEYS_KEPT))


__all__ = [
    "About",
    "Applying",
    "Appraised",
    "Consent",
    "Decided",
    "Draft",
    "DraftRow",
    "File",
    "FormBook",
    "FormFaultsError",
    "Matter",
    "Mine",
    "MineRow",
    "MineRows",
    "Person",
    "Profile",
    "Receipt",
    "StepSeen",
    "Timer",
    "Told",
    "Wanted",
    "Wanting",
    "applicant_of",
    "require",
    "require_either",
]
