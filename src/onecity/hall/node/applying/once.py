"""What is asked for twice with one idempotency key, and done once.

Of what was asked only a keyed hash is kept: it could be guessed from, were it a plain one.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_pg
from sqlalchemy.dialects.sqlite import insert as insert_lite

from onecity.core.errors import InputError
from onecity.hall.node.tables.applying import ASKED
from onecity.hall.node.writing import Write, packed

_LONGEST_KEY = 200
_MINE = (ASKED.c.account == bindparam("by"), ASKED.c.key == bindparam("named"))
_ASKED = select(ASKED.c.request, ASKED.c.answer).where(*_MINE)
_ANSWER = update(ASKED).where(*_MINE).values(answer=bindparam("given"))
_ASK = {
    # One that is there already stays: whoever comes second waits, and finds the answer.
    "sqlite": insert_lite(ASKED).on_conflict_do_nothing().returning(ASKED.c.key),
    "postgresql": insert_pg(ASKED).on_conflict_do_nothing().returning(ASKED.c.key),
}


def begin(write: Write, key: str, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what a key was answered with before; None where it is new, or there is none.

    The key is put down first: of two requests with it at once, one waits for the other.

    Parameters
    ----------
    key
        Idempotency key of whoever writes; empty: whatever is asked for is done.
    asked
        What is asked for.

    Raises
    ------
    InputError
        The key is too long, or was used for something else.
    """
    if not key:
        return None
    if len(key) > _LONGEST_KEY:
        raise InputError("hall_applying.long_key", most=_LONGEST_KEY)
    by, connection = write.by.name, write.connection
    request = write.node.vault.blind(f"asked {packed(asked).decode()}")
    row = {"account": by, "key": key, "request": request, "at": write.at, "answer": "{}"}
    if connection.execute(_ASK[connection.dialect.name], row).first() is not None:
        return None
    before = connection.execute(_ASKED, {"by": by, "named": key}).one()
    if before.request != request:
        raise InputError("hall_applying.key_used", key=key)
    answer: Mapping[str, Any] = json.loads(before.answer)
    return answer


def answer(write: Write, key: str, told: Mapping[str, Any]) -> None:
    """Keep what a key is answered with; nothing personal may stand in it."""
    if key:
        text = json.dumps(told, ensure_ascii=False)
        given = {"by": write.by.name, "named": key, "given": text}
        write.connection.execute(_ANSWER, given)


def forget(write: Write, before: str) -> None:
    """Forget keys from before a moment."""
    write.run(delete(ASKED).where(ASKED.c.at < before))
