"""`propose`: missing links worth checking."""

from onecity.core.progress import SILENCE, Progress
from onecity.region.store import Region
from onecity.strands.contract import Proposal


def propose(region: Region, *, progress: Progress = SILENCE) -> tuple[Proposal, ...]:
    """Return missing links worth checking, best first."""
    return ()
