"""Files a command writes: whole, or not at all."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from onecity.core.errors import StoreError


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a file beside `path`, then put it in its place.

    The file has the ending of `path`, because some formats are chosen by it.

    Raises
    ------
    StoreError
        If it cannot be written; what was there before is still there.
    """
    target = path.absolute()
    scratch: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{target.stem}.new-", suffix=target.suffix, dir=target.parent
        )
        os.close(handle)
        scratch = Path(name)
        write(scratch)
        scratch.chmod(0o644)
        scratch.replace(target)
    except OSError as error:
        raise StoreError(
            "cli.not_written", path=str(path), reason=error.strerror or error
        ) from error
    finally:
        if scratch is not None:
            with suppress(FileNotFoundError):
                scratch.unlink()


def write_text(path: Path, text: str, *, encoding: str = "utf-8") -> None:
    """Write a text file whole.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    write_whole(path, lambda scratch: _write(scratch, text, encoding))


def _write(path: Path, text: str, encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="\n") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
