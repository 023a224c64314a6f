"""The livelihood strand: its four verbs."""

from collections.abc import Mapping

from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands.contract import BorderLayer, Findings, Layer, Need, Proposal
from onecity.strands.examination import Topic

from .indicators import KEY
from .jobs import TOPIC as JOBS
from .layers import layers
from .measure import measure
from .opening import TOPIC as OPENING
from .propose import propose
from .rights import TOPIC as RIGHTS
from .siting import TOPIC as SITING
from .what_if import LivelihoodWhatIf

TOPICS: tuple[Topic, ...] = (OPENING, SITING, RIGHTS, JOBS)


class LivelihoodStrand:
    """What people have of services and rights, and what city borders take from them."""

    key = KEY

    @property
    def needs(self) -> tuple[Need, ...]:
        """The region tables the strand reads."""
        return (
            *(Need(name) for name in ("cities", "counties", "zones")),
            *(Need(name) for name in ("road_nodes", "road_edges", "connectors")),
            Need("local_links", optional=True, without=Sentence(f"{KEY}.without_links")),
            Need("groups", optional=True, without=Sentence(f"{KEY}.without_groups")),
            Need("facilities", optional=True, without=Sentence(f"{KEY}.no_facilities")),
            Need("recognition", optional=True, without=Sentence(f"{KEY}.no_recognition")),
        )

    def measure(self, region: Region, *, progress: Progress = SILENCE) -> Findings:
        """Return access, inequality, ways and rights; see `measure.measure`."""
        return measure(region, progress=progress)

    def propose(self, region: Region, *, progress: Progress = SILENCE) -> tuple[Proposal, ...]:
        """Return borders worth opening first, best first; see `propose.propose`."""
        return propose(region, progress=progress)

    def layers(
        self, region: Region, findings: Findings | None = None
    ) -> tuple[Layer | BorderLayer, ...]:
        """Return what the one map draws; see `layers.layers`."""
        return layers(region, measure(region) if findings is None else findings)

    def what_if(self, region: Region) -> LivelihoodWhatIf:
        """Return the region made ready for what-ifs; see `what_if`."""
        return LivelihoodWhatIf(region)

    @property
    def topics(self) -> Mapping[str, Topic]:
        """What it examines besides, most important first."""
        return {one.key: one for one in TOPICS}


strand = LivelihoodStrand()
