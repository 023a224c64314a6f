"""What all tables of a node share."""

from functools import partial

from sqlalchemy import MetaData

from onecity.identity import parts

METADATA = MetaData()

stays = partial(parts.stays, "hall")
"""Guards of a table whose rows are never deleted."""
kept = partial(parts.kept, "hall")
"""Guards of a table whose rows are only ever added."""
