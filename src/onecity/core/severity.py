"""How bad it is what was found in data."""

from enum import StrEnum

from .words import Language, say


class Severity(StrEnum):
    """How bad an item is. A fault makes figures wrong; a warning makes them weaker."""

    FAULT = "fault"
    WARNING = "warning"
    NOTE = "note"

    def text(self, language: Language) -> str:
        """Return the word for this severity."""
        return say(f"check.severity_{self.value}", language)
