"""The two kinds of column that both databases keep alike.

Times are texts of `clock.stamp`, plain values are their JSON text, so that a row says the same
in either database and in a backup.
"""

from sqlalchemy import BigInteger, Integer, Text

WORDS = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts and compares by its code points, whatever language a server is set to."""

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""A whole number of 64 bits; as a primary key it numbers new rows."""

NOTHING = "\x00"
"""The character that PostgreSQL keeps in no text; SQLite cuts texts off there now and then."""


def storable(text: str) -> str:
    """Return a text to search for, without what no row holds: zero characters, half characters."""
    return text.replace(NOTHING, "\ufffd").encode("utf-8", "replace").decode()
