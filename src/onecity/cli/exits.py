"""What the command line answers to the shell."""

from enum import IntEnum

from onecity.core.errors import (
    InputError,
    MissingError,
    OneCityError,
    RangeError,
    StaleError,
    StoreError,
)


class Exit(IntEnum):
    """Exit codes; ``onecity --help`` lists them."""

    DONE = 0
    FAULTS = 1
    INPUT = 2
    MISSING = 3
    STORE = 4
    INTERNAL = 70
    INTERRUPTED = 130
    PIPE = 141


_CODES: tuple[tuple[type[OneCityError], Exit], ...] = (
    (MissingError, Exit.MISSING),
    (StoreError, Exit.STORE),
    (InputError, Exit.INPUT),
    (RangeError, Exit.INPUT),
    (StaleError, Exit.INPUT),
)


def code_of(error: OneCityError) -> Exit:
    """Return the exit code of an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), Exit.INTERNAL)
