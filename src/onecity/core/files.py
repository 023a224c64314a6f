"""Files: looked at before they are read, written whole or not at all, one process at a time."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import IO

from .errors import InputError, MissingError, StoreError

PATIENCE_S = 30.0
"""How long `locked` waits for others."""
_PAUSE_S = 0.02


def checked_file(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file that exists, is no folder, can be read and is not empty.

    Raises
    ------
    MissingError
        If there is nothing at `path`.
    InputError
        If it is a folder, cannot be read, or holds no bytes.
    """
    file = Path(path)
    try:
        if file.is_dir():
            raise InputError("sources.is_folder", path=str(file))
        if not file.exists():
            raise MissingError("sources.no_file", path=str(file))
        with file.open("rb") as handle:
            first = handle.read(1)
    except FileNotFoundError as error:  # gone since it was looked for
        raise MissingError("sources.no_file", path=str(file)) from error
    except OSError as error:
        raise InputError("sources.unreadable", path=str(file), reason=error) from error
    if not first:
        raise InputError("sources.empty_file", path=str(file))
    return file


@contextmanager
def locked(path: str | os.PathLike[str]) -> Iterator[None]:
    """Keep other threads and processes out that ask for the same lock file meanwhile.

    The file is made where it is missing and stays; the system lets go of the lock when the
    process ends, however it ends.

    Raises
    ------
    StoreError
        The file cannot be made, or another holds it for longer than `PATIENCE_S`.
    """
    try:
        handle = Path(path).open("a+b")  # noqa: SIM115  (closed below)
    except OSError as error:
        reason = error.strerror or error
        raise StoreError("core.not_written", path=str(path), reason=reason) from error
    with handle:
        end = monotonic() + PATIENCE_S
        while not _lock(handle):
            if monotonic() > end:
                raise StoreError("core.locked", path=str(path), seconds=PATIENCE_S)
            sleep(_PAUSE_S)
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: IO[bytes]) -> bool:
        """Try to lock the first byte."""
        handle.seek(0)
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(handle: IO[bytes]) -> bool:
        """Try to lock the file."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a name beside `path` to write to, which takes its place if all goes well.

    Nothing is there yet under that name. It has the ending of `path`, because some formats
    are chosen by it.

    Raises
    ------
    StoreError
        The system refuses: no such folder, full disk, no permission. What stood at `path`
        is still there then.
    """
    final = Path(path).absolute()
    draft = final.with_name(f".{final.stem}.{os.getpid()}-{secrets.token_hex(4)}{final.suffix}")
    try:
        yield draft
        draft.replace(final)
    except StoreError:  # told already by who writes
        raise
    except OSError as error:
        reason = error.strerror or error
        raise StoreError("core.not_written", path=str(path), reason=reason) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def write_secret(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file that only its owner may read; it is on the disk when this returns.

    Raises
    ------
    StoreError
        The system refuses.
    """
    with replacing(path) as draft:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
