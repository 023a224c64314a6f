"""The ledger kept in a database: every change is one transaction with its entry in the trail."""

from onecity.core.errors import StaleError

from .items import DRAFTABLE, Taken
from .ledger import Ledger
from .reminders import Note
from .rights import REMIND, RULES_OF, SETTINGS, UNITS, VIEW, may_view
from .schema import LEDGER
from .settings import LedgerSettings
from .views import View

__all__ = [
    "DRAFTABLE",
    "LEDGER",
    "REMIND",
    "RULES_OF",
    "SETTINGS",
    "UNITS",
    "VIEW",
    "Ledger",
    "LedgerSettings",
    "Note",
    "StaleError",
    "Taken",
    "View",
    "may_view",
]
