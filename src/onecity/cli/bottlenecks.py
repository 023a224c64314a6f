"""``onecity bottlenecks``: which roads are full, where a lane gives most, links in traffic."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .frame import Command, Number, shared
from .terminal import Terminal
from .topics import TOP, check_ending, deliver, examined, topic_named

if TYPE_CHECKING:
    from onecity.region.store import Region
    from onecity.strands.examination import Examination


@click.command("bottlenecks", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="REGION")
@click.option("--top", type=Number(1, 1000), default=TOP, metavar="N")
@click.option("--links", "links", is_flag=True)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE")
@shared
@click.pass_obj
def bottlenecks(
    terminal: Terminal,
    region: Path,
    top: float,
    links: bool,  # noqa: FBT001  (Click's)
    out: Path | None,
) -> None:
    """Show or write the topic ``traffic``, with candidate links in traffic if asked."""
    check_ending(out)
    from onecity.region.store import Region

    opened = Region.open(region)
    found = examined(terminal, opened, topic_named(opened, "traffic"))
    if links:
        found = with_links(terminal, opened, found, int(top))
    deliver(terminal, opened, found, top=int(top), out=out, command="bottlenecks")


def with_links(
    terminal: Terminal, region: "Region", found: "Examination", most: int
) -> "Examination":
    """Return what was found with the best links proposed, ranked anew in traffic, as a list."""
    from onecity.strands.transport import strand
    from onecity.strands.transport.traffic import loading_of, ranking_of, rerank

    from .measuring import all_proposed

    proposals = all_proposed(terminal, region, {strand.key: strand})[strand.key][:most]
    with terminal.progress() as progress:
        loading = loading_of(region, progress=progress)
        ranked = rerank(region, proposals, loading=loading, progress=progress)
    return replace(found, rankings=(*found.rankings, ranking_of(loading, ranked)))
