"""``onecity flows``: what flows say of borders; simulated ones where a region has none."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from onecity.core.errors import MissingError

from .frame import Command, Number, shared
from .terminal import Terminal
from .topics import TOP, check_ending, deliver, examined, topic_named

if TYPE_CHECKING:
    from onecity.region.store import Region
    from onecity.strands.examination import Topic

OBSERVED, MODELLED = "flows", "modelled_flows"


@click.command("flows", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="REGION")
@click.option("--modelled", "modelled", is_flag=True)
@click.option("--top", type=Number(1, 100_000), default=TOP, metavar="N")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE")
@shared
@click.pass_obj
def flows(
    terminal: Terminal,
    region: Path,
    modelled: bool,  # noqa: FBT001  (Click's)
    top: float,
    out: Path | None,
) -> None:
    """Show or write the topic ``flows``, or ``modelled_flows`` where no flow was observed."""
    check_ending(out)
    from onecity.region.store import Region

    opened = Region.open(region)
    found = examined(terminal, opened, _topic(terminal, opened, modelled=modelled))
    deliver(terminal, opened, found, top=int(top), out=out, command="flows")


def _topic(terminal: Terminal, region: "Region", *, modelled: bool) -> "Topic":
    """Return the topic asked for: simulated flows stand in for observed ones, and it is said."""
    if modelled:
        return topic_named(region, MODELLED)
    try:
        return topic_named(region, OBSERVED)
    except MissingError:
        found = topic_named(region, MODELLED)
        terminal.tell("flow_findings.none_observed")
        return found
