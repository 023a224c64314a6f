"""Extras: parts of the program whose packages are installed on request alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from .errors import MissingError


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """Tell what to install where a package that an import within asks for is not there.

    Parameters
    ----------
    extra
        Name of the extra that brings it: ``hall``.

    Raises
    ------
    MissingError
        It is not there.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in {"", "onecity"}:  # a mistake here, nothing to be installed
            raise
        raise MissingError("core.no_extra", package=package, extra=extra) from error
