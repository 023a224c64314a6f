"""Environments for what must not be installed beside OneCity, made in the cache folder."""

import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from graphs import AbsentError

REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements-peers.txt"
#: The oldest Python the wheel of OSRM says it wants. Only its programs are used.
OSRM_PYTHON = "3.12"


def peers_python(cache: Path) -> Path:
    """Return the Python of the peers' environment, made first where it is not there."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    folder = cache / "peers-venv"
    python, stamp = folder / "bin/python", folder / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print("  making the peers' environment …", flush=True)
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    _run([*_pip(python), "install", "--only-binary", ":all:", "--requirement", str(REQUIREMENTS)])
    stamp.write_text(wanted)
    return python


def python_of(cache: Path, name: str, pin: str, *, only_binary: bool = True) -> Path:
    """Return the Python of an environment that holds one peer, made first where it is not there.

    Parameters
    ----------
    cache, name, pin
        Where environments lie, what the peer is called, and which version of it is wanted.
    only_binary
        Off for a peer that has no wheel.
    """
    folder = cache / f"{name.lower()}-{hashlib.sha256(pin.encode()).hexdigest()[:12]}"
    python, stamp = folder / "bin/python", folder / "installed"
    if stamp.exists():
        return python
    print(f"  making {name}'s environment …", flush=True)
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    wheels = ["--only-binary", ":all:"] if only_binary else []
    _run([*_pip(python), "install", *wheels, pin])
    stamp.write_text(pin)
    return python


def osrm_programs(cache: Path) -> Path:
    """Return the folder with `bin` and `share` of OSRM, taken out of its wheel."""
    found = re.search(r"^osrm-bindings==[^ ;]+", REQUIREMENTS.read_text(), re.MULTILINE)
    if found is None:
        raise AbsentError(f"{REQUIREMENTS.name} names no osrm-bindings")
    pin = found[0]
    folder = cache / pin
    if folder.exists():
        return folder / "osrm"
    print("  fetching OSRM …", flush=True)
    draft = cache / f"draft-{pin}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    download = [
        "download", "--no-deps", "--only-binary", ":all:", "--python-version", OSRM_PYTHON,
        "--dest", str(draft), pin,
    ]  # fmt: skip
    _run([*_pip(Path(sys.executable)), *download])
    (wheel,) = draft.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(draft)
    wheel.unlink()
    for program in (draft / "osrm/bin").iterdir():
        program.chmod(0o755)  # a zip archive opened by Python forgets what may be run
    draft.rename(folder)
    return folder / "osrm"


def _pip(python: Path) -> list[str]:
    return [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise AbsentError(f"{' '.join(command[:4])} …: {' '.join(last)}")
