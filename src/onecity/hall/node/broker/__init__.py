"""The evidence broker: what government already holds is asked of it, not of the applicant."""

from .broker import Broker
from .model import FACE, Asked, Checked, EvidenceState, Field, Subject

__all__ = ["FACE", "Asked", "Broker", "Checked", "EvidenceState", "Field", "Subject"]
