"""The tables of a node together, and what guards them: the part `HALL` of its store.

Each concern has its tables in a module of `onecity.hall.node.tables`.
"""

from onecity.identity.parts import Part

from .tables import applying, cases, editions, keeping, mail
from .tables.base import METADATA

GUARDS = {
    **cases.GUARDS,
    **mail.GUARDS,
    **applying.GUARDS,
    **keeping.GUARDS,
    **editions.GUARDS,
}
"""What keeps the history as it was, by name. They stop mistakes and programs, not whoever may
write the store and drops them; every message and decision is in the trail's chain too.
"""

HALL = Part("hall", METADATA, "onecity.hall.node.migrations", GUARDS)
"""Cases, messages, applications, editions and evidence: in the store of every node."""
