"""Measuring a region: what several commands do before they answer."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from onecity.core.errors import MissingError

from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.region.store import Region
    from onecity.strands.contract import Findings, Proposal, Strand


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
    """Return what each strand finds; at once where the region was measured before."""
    from onecity.strands.findings_cache import measured as found_by

    with terminal.progress() as progress:
        return {key: found_by(one, region, progress=progress) for key, one in chosen.items()}


def all_proposed(
    terminal: Terminal, region: "Region", chosen: "Mapping[str, Strand]"
) -> "dict[str, tuple[Proposal, ...]]":
    """Return what each strand proposes; at once where it was asked before."""
    from onecity.strands.findings_cache import proposed

    with terminal.progress() as progress:
        return {key: proposed(one, region, progress=progress) for key, one in chosen.items()}
