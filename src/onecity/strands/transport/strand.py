"""The transport strand: its four verbs."""

from collections.abc import Mapping

from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands.contract import BorderLayer, Findings, Layer, Need, Proposal
from onecity.strands.examination import Topic

from .cuts import TOPIC as CUTS
from .flows import MODELLED as MODELLED_FLOWS
from .flows import TOPIC as FLOWS
from .hubs import TOPIC as HUBS
from .layers import layers
from .measure import KEY, measure
from .other_networks import TOPIC as NETWORKS
from .propose import propose
from .traffic.topic import TOPIC as TRAFFIC
from .what_if import TransportWhatIf

TOPICS: tuple[Topic, ...] = (TRAFFIC, CUTS, FLOWS, MODELLED_FLOWS, HUBS, NETWORKS)


class TransportStrand:
    """How far, how fast and how many people travel by road reaches, in free flow."""

    key = KEY

    @property
    def needs(self) -> tuple[Need, ...]:
        """The region tables the strand reads."""
        return (
            *(Need(name) for name in ("cities", "counties", "zones")),
            *(Need(name) for name in ("road_nodes", "road_edges", "connectors")),
            Need("local_links", optional=True, without=Sentence(f"{KEY}.without_links")),
            Need("groups", optional=True, without=Sentence(f"{KEY}.without_groups")),
            Need("water", optional=True, without=Sentence(f"{KEY}.without_water")),
            Need("relief", optional=True, without=Sentence(f"{KEY}.border_no_relief")),
            Need("rail_edges", optional=True, without=Sentence(f"{KEY}.without_rail")),
        )

    def measure(self, region: Region, *, progress: Progress = SILENCE) -> Findings:
        """Return times, circles, reach, directness and coverage; see `measure.measure`."""
        return measure(region, progress=progress)

    def propose(self, region: Region, *, progress: Progress = SILENCE) -> tuple[Proposal, ...]:
        """Return missing links worth checking, best first; see `propose.propose`."""
        return propose(region, progress=progress)

    def layers(
        self, region: Region, findings: Findings | None = None
    ) -> tuple[Layer | BorderLayer, ...]:
        """Return what the one map draws; see `layers.layers`."""
        return layers(measure(region) if findings is None else findings)

    def what_if(self, region: Region) -> TransportWhatIf:
        """Return the region made ready for what-ifs; see `what_if`."""
        return TransportWhatIf(region)

    @property
    def topics(self) -> Mapping[str, Topic]:
        """What it examines besides, most important first."""
        return {one.key: one for one in TOPICS}


strand = TransportStrand()
