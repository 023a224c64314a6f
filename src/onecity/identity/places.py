"""Which kind of database a path or a URL means."""

import os
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from onecity.core.errors import InputError

from .kinds import Kind
from .sqlite import Sqlite

_POSTGRESQL = ("postgresql", "postgresql+psycopg", "postgres")


def kind_of(where: str | os.PathLike[str]) -> Kind:
    """Return the kind of database that `where` means: a path, or a URL.

    Raises
    ------
    InputError
        It is a URL that is not understood, or of another kind of database.
    """
    given = os.fspath(where)
    scheme, colon, rest = given.partition("://")
    if not colon:
        return Sqlite(Path(given))
    if scheme == "sqlite":
        return Sqlite(Path(rest.removeprefix("/")))
    if scheme not in _POSTGRESQL:
        raise InputError("identity.unknown_database", given=scheme)
    from .postgresql import Postgresql  # noqa: PLC0415  (its driver is loaded where it is used)

    try:
        return Postgresql(make_url(f"postgresql+psycopg://{rest}"))
    except (ArgumentError, ValueError):
        # Without what was given: it may hold a password.
        raise InputError("identity.bad_database_url") from None
