"""What all tables of a node share."""

from sqlalchemy import MetaData

from onecity.identity.parts import Guard, refusal

METADATA = MetaData()


def stays(table: str, thing: str) -> dict[str, Guard]:
    """Return the guards of a table whose rows are never deleted."""
    gone = f"hall: {thing} are never deleted"
    return {
        f"{table}_stay": Guard(
            f"""CREATE TRIGGER {table}_stay BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, '{gone}'); END""",
            f"BEFORE DELETE ON {table} FOR EACH ROW",
            refusal(gone),
        ),
        f"{table}_full": Guard("", f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", refusal(gone)),
    }


def kept(table: str, thing: str) -> dict[str, Guard]:
    """Return the guards of a table whose rows are only ever added."""
    words = f"hall: {thing} are never changed"
    return {
        **stays(table, thing),
        f"{table}_keep": Guard(
            f"""CREATE TRIGGER {table}_keep BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{words}'); END""",
            f"BEFORE UPDATE ON {table} FOR EACH ROW",
            refusal(words),
        ),
    }
