"""Cases, messages, applications, editions of the catalogue, keys and seals."""

from alembic import op

from onecity.hall.node.schema import GUARDS, HALL
from onecity.identity.parts import place

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables as they are declared: nothing was released before."""
    connection = op.get_bind()
    HALL.metadata.create_all(connection, checkfirst=False)
    place(connection, GUARDS)
