"""What strands find in a region, kept beside it: an unchanged region answers at once.

Measuring takes from half a minute for one circle upwards, and most questions are asked of a
region that was measured before. What was found is kept in the region's folder under a name made
of everything it hangs on: the region's hash, the strand, and the program's own files below the
roof. Whatever is not there, damaged, or of another program is found anew; so is what is asked of a
region whose files are no longer those its manifest speaks of. The folder may be deleted at any
time.
"""

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from onecity.core.code import code_hash
from onecity.core.errors import OneCityError, StoreError
from onecity.core.files import replacing
from onecity.core.progress import SILENCE, Progress
from onecity.region.store import CACHE, Region, check_file

from .contract import Findings, Proposal, Strand
from .examination import Examination, Topic
from .keeping import from_bytes, to_bytes

MOST = 40
"""Files kept in a region's folder: those of the region, and of what-ifs that were measured."""

_FLOORS = ("core", "region", "network", "models", "strands")
_ENDING = ".found"

Found = TypeVar("Found")


def measured(strand: Strand, region: Region, *, progress: Progress = SILENCE) -> Findings:
    """Return what a strand finds in a region, as `Strand.measure` does; errors as there."""

    def fits(found: object) -> bool:
        return isinstance(found, Findings) and found.region_hash == region.hash

    def find() -> Findings:
        return strand.measure(region, progress=progress)

    return _kept(region, f"measure-{strand.key}", find, fits)


def proposed(
    strand: Strand, region: Region, *, progress: Progress = SILENCE
) -> tuple[Proposal, ...]:
    """Return what a strand proposes for a region, as `Strand.propose` does; errors as there."""

    def fits(found: object) -> bool:
        return isinstance(found, tuple) and all(isinstance(one, Proposal) for one in found)

    def find() -> tuple[Proposal, ...]:
        return strand.propose(region, progress=progress)

    return _kept(region, f"propose-{strand.key}", find, fits)


def examined(topic: Topic, region: Region, *, progress: Progress = SILENCE) -> Examination:
    """Return what a topic finds in a region, as `Topic.examine` does; errors as there."""

    def fits(found: object) -> bool:
        return isinstance(found, Examination) and found.findings.region_hash == region.hash

    def find() -> Examination:
        return topic.examine(region, progress=progress)

    return _kept(region, f"examine-{topic.strand}-{topic.key}", find, fits)


def _kept(
    region: Region, question: str, find: Callable[[], Found], fits: Callable[[object], bool]
) -> Found:
    """Return what is kept as the answer to a question, or find it and keep it."""
    if region.path is None or not _is_as_written(region):
        return find()
    folder = region.path / CACHE
    known = sha256("\n".join([region.hash, question, code_hash(*_FLOORS)]).encode()).hexdigest()
    file = folder / f"{question}-{known[:40]}{_ENDING}"
    with suppress(OSError, OneCityError):
        kept = from_bytes(file.read_bytes(), str(file))
        if fits(kept):
            with suppress(OSError):
                file.touch()  # used last, thrown away last
            found: Found = kept
            return found
    found = find()
    with suppress(OSError, OneCityError):  # a folder that cannot be written is no error
        raw = to_bytes(found)
        folder.mkdir(exist_ok=True)
        with replacing(file) as draft:
            draft.write_bytes(raw)
        _thin(folder)
    return found


def _is_as_written(region: Region) -> bool:
    """Whether the files of a region are those its manifest, and so its hash, speaks of."""
    if region.path is None:
        return False
    try:
        for name, record in region.manifest.tables.items():
            check_file(region.path / f"{name}.parquet", name, record)
    except (OSError, StoreError):
        return False
    return True


def _thin(folder: Path) -> None:
    """Throw away what was not used for longest, where there is more than enough."""
    files = [(one.stat().st_mtime, one) for one in folder.glob(f"*{_ENDING}")]
    for _, one in sorted(files)[:-MOST]:
        one.unlink(missing_ok=True)
