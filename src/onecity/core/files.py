"""Files that are written whole, or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import StoreError


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
    except OSError as error:
        reason = error.strerror or error
        raise StoreError("core.not_written", path=str(path), reason=reason) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
