"""Measuring a region: what several commands do before they answer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from onecity.core.errors import MissingError, OneCityError

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


def region_at(terminal: Terminal, path: Path) -> "Region":
    """Return the region in a folder; where that holds a recipe, the region built from it.

    It is looked for, and if need be built, in ``out/`` under the recipe's name. A region there
    that was made from something else is left alone.

    Raises
    ------
    MissingError
        There is neither a region nor a recipe, or the place is taken by another region.
    InputError, StoreError
        The recipe or the region is not usable.
    """
    from onecity.region.store import Region

    try:
        return Region.open(path)
    except MissingError as error:
        if error.key != "region.is_recipe":
            raise
        place = Path("out") / path.resolve().name
        if place.exists() and not _made_from(path, place):
            raise MissingError("cli.other_recipe", recipe=path, folder=place) from error
    from onecity.region.build import build

    with terminal.progress() as progress:
        region = build(path, place, progress=progress)
    terminal.tell("cli.from_recipe", recipe=path, folder=place)
    return region


def _made_from(recipe: Path, place: Path) -> bool:
    from onecity.region.recipe import Recipe
    from onecity.region.store import Region

    try:
        return Region.open(place).manifest.recipe_sha256 == Recipe.read(recipe).digest()
    except OneCityError:
        return False


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
