"""``onecity build``: from a recipe to a region."""

from pathlib import Path

import click

from .frame import Command, shared
from .info import overview
from .terminal import Terminal


@click.command("build", cls=Command)
@click.argument("recipe", type=click.Path(path_type=Path), metavar="RECIPE")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FOLDER")
@shared
@click.pass_obj
def build(terminal: Terminal, recipe: Path, out: Path) -> None:
    """Build the region of a recipe; the same inputs are not built twice."""
    from onecity.region.build import build as build_region
    from onecity.region.recipe import Recipe

    plan = Recipe.read(recipe)
    with terminal.progress() as progress:
        region = build_region(plan, out, progress=progress)
    if terminal.json:
        terminal.emit({"command": "build", "folder": str(out), **overview(region)})
        return
    tables = region.manifest.tables
    terminal.tell(
        "cli.built",
        title=region.manifest,
        folder=out,
        tables=len(tables),
        zones=tables["zones"].rows,
        hash=region.hash[:12],
    )
