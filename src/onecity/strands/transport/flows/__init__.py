"""What flows say of borders, and of what belongs together: observed ones, or simulated."""

from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands.contract import Need
from onecity.strands.examination import Topic
from onecity.strands.transport.measure import KEY

from . import modelled, observed

_TIMES = ("cities", "counties", "zones", "road_nodes", "road_edges", "connectors")
_LINKS = Need("local_links", optional=True, without=Sentence(f"{KEY}.without_links"))


def _has_flows(region: Region) -> bool:
    return bool((region.table("flows")["value"] > 0).any())


def _has_people(region: Region) -> bool:
    return bool((region.table("zones")["people"] > 0).sum() > 1)


TOPIC = Topic(
    strand=KEY,
    key=observed.TOPIC_KEY,
    needs=(
        Need("flows"),
        *(Need(name) for name in _TIMES),
        _LINKS,
        Need("relief", optional=True, without=Sentence(f"{KEY}.border_no_relief")),
        Need("groups", optional=True, without=Sentence("flow_findings.no_groups")),
    ),
    examine=observed.examine,
    fits=_has_flows,
)
MODELLED = Topic(
    strand=KEY,
    key=modelled.TOPIC_KEY,
    needs=(
        *(Need(name) for name in _TIMES),
        _LINKS,
        Need("jobs", optional=True, without=Sentence("flow_findings.jobs_as_people")),
    ),
    examine=modelled.examine,
    fits=_has_people,
)

__all__ = ["MODELLED", "TOPIC"]
