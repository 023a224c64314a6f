"""How the tables of the ledger came to be: Alembic revisions, one after another.

A revision that was once released is never changed: a new one is added. When a guard changes, its
text as it was moves into the revision that made it.
"""
