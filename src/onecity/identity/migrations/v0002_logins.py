"""Second factors, and accounts bound to a provider's."""

import sqlalchemy as sa
from alembic import op

from onecity.identity.columns import NUMBER, WORDS

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "second_factors",
        sa.Column("account", NUMBER, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("key", WORDS, nullable=False),
        sa.Column("begun", WORDS, nullable=False),
        sa.Column("confirmed", WORDS),
        sa.Column("last", NUMBER, nullable=False),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account", NUMBER, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("code", WORDS, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bindings",
        sa.Column("issuer", WORDS, primary_key=True),
        sa.Column("subject", WORDS, primary_key=True),
        sa.Column("account", NUMBER, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("bound", WORDS, nullable=False),
        sa.UniqueConstraint("issuer", "account"),
        sqlite_with_rowid=False,
    )
