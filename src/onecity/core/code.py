"""The program's own files as one name, for what may only be used again by the same program."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

_ENDINGS = {".py", ".toml", ".j2", ".css", ".js"}


@cache
def code_hash(*floors: str) -> str:
    """Return a name for the program's files on some floors; of all where none is given.

    Recipes that ship are not of the program. Equal names mean equal files under equal names.
    """
    package = Path(str(files("onecity")))
    total = sha256()
    for folder in [package / one for one in floors] or [package]:
        for file in sorted(folder.rglob("*")):
            if file.suffix in _ENDINGS and "_regions" not in file.parts:
                total.update(f"{file.relative_to(package).as_posix()}\0".encode())
                total.update(sha256(file.read_bytes()).digest())
    return total.hexdigest()
