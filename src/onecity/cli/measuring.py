"""Measuring a region: what several commands do before they answer."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from onecity.core.errors import MissingError

from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.region.store import Region
    from onecity.strands.contract import Findings, Strand


def strands_named(keys: Sequence[str]) -> "Mapping[str, Strand]":
    """Return some strands, or all if none is named.

    Raises
    ------
    MissingError
        If there is no such strand.
    """
    from onecity.strands import strands

    known = strands()
    for key in keys:
        if key not in known:
            raise MissingError("cli.no_strand", given=key, known=", ".join(known))
    return {key: known[key] for key in keys} if keys else known


def measured(
    terminal: Terminal, region: "Region", chosen: "Mapping[str, Strand]"
) -> "dict[str, Findings]":
    """Return what each strand finds."""
    with terminal.progress() as progress:
        return {key: one.measure(region, progress=progress) for key, one in chosen.items()}
