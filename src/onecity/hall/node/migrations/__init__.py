"""How the tables of a node came to be: Alembic revisions, one after another.

A revision that was once released is never changed: a new one is added. Before the first release
the first one makes the tables as they are declared.
"""
