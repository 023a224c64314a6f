"""``onecity isochrone``: how far one comes from a place in some minutes."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onecity.core.errors import InputError

from .frame import Command, Minutes, Number, shared
from .info import identity, spoken_twice
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.region.store import Region
    from onecity.strands.transport.isochrone import Isochrones

    from .where import Spot

_ENDINGS = (".geojson", ".json", ".gpkg")


@click.command("isochrone", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="REGION")
@click.option("--place", metavar="NAME")
@click.option("--lon", type=Number(-180, 180), metavar="DEGREES")
@click.option("--lat", type=Number(-90, 90), metavar="DEGREES")
@click.option("--minutes", type=Minutes(), default="30,60,90", metavar="15,30,60")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE")
@shared
@click.pass_obj
def isochrone(
    terminal: Terminal,
    region: Path,
    place: str | None,
    lon: float | None,
    lat: float | None,
    minutes: tuple[float, ...],
    out: Path | None,
) -> None:
    """Show or write what is reached from a place."""
    point = None if lon is None or lat is None else (lon, lat)
    if (place is None) == (point is None) or (lon is None) != (lat is None):
        raise InputError("cli.place_or_point")
    if out is not None and out.suffix.lower() not in _ENDINGS:
        raise InputError("cli.unknown_ending", path=out, known=" ".join(_ENDINGS))
    from onecity.region.store import Region
    from onecity.strands.transport.isochrone import isochrones

    from .where import find_spot, spot_of

    opened = Region.open(region)
    spot = spot_of(*point) if point else find_spot(opened, place or "")
    found = isochrones(opened, spot.lon, spot.lat, minutes)
    if out is not None:
        _write(out, opened, spot, found)
    if terminal.json:
        terminal.emit(_answer(opened, spot, found))
    else:
        _show(terminal, opened, spot, found)
    if out is not None:
        terminal.tell("cli.written", path=out)


def _answer(region: "Region", spot: "Spot", found: "Isochrones") -> dict[str, Any]:
    trust = {
        "nature": found.indicator.nature.value,
        "grade": found.indicator.grade.value,
        "sources": list(found.indicator.sources),
    }
    return {
        "command": "isochrone",
        "region": identity(region),
        "from": {
            "kind": spot.kind,
            "code": spot.code,
            "name_zh": spot.name_zh,
            "name_en": spot.name_en,
            "lon": spot.lon,
            "lat": spot.lat,
            "zone": found.zone,
        },
        "figures": [
            {"minutes": limit, "indicator": name, "value": value, "unit": unit, **trust}
            for row in found.table.itertuples()
            for limit in [row.minutes]
            for name, value, unit in (
                ("people", row.people, "people"),
                ("zones", row.zones, "count"),
                ("area", row.area_km2, "km2"),
            )
        ],
        "remarks": [spoken_twice(one) for one in found.indicator.remarks],
    }


def _show(terminal: Terminal, region: "Region", spot: "Spot", found: "Isochrones") -> None:
    from onecity.report.figures import plain

    from .tables import cited

    language = terminal.language
    numbers = {key: place for place, key in enumerate(region.manifest.sources, 1)}
    trust = f"{found.indicator.nature.text(language)} {found.indicator.grade.value}"
    terminal.table(
        terminal.say(
            "cli.isochrone_title",
            place=spot,
            zone=found.zone,
            trust=trust,
            cited=cited(found.indicator.sources, numbers),
        ),
        [terminal.say(f"cli.column_{one}") for one in ("minutes", "people", "zones", "area_km2")],
        [
            (
                plain(row["minutes"], 0 if row["minutes"].is_integer() else 1),
                *(plain(row[one], 0) for one in ("people", "zones", "area_km2")),
            )
            for row in found.table.to_dict("records")
        ],
        left=0,
    )
    for remark in found.indicator.remarks:
        terminal.tell("cli.remark", remark=remark)
    for key in sorted(found.indicator.sources, key=numbers.__getitem__):
        source = region.manifest.sources[key]
        terminal.tell("cli.source_line", number=numbers[key], title=source, grade=source.grade)


def _write(path: Path, region: "Region", spot: "Spot", found: "Isochrones") -> None:
    from onecity.strands.transport.isochrone import shapes_of

    from .files import write_shapes

    shapes = shapes_of(region, found).assign(
        **{"from": spot.name_zh},
        from_lon=spot.lon,
        from_lat=spot.lat,
        nature=found.indicator.nature.value,
        grade=found.indicator.grade.value,
        sources=";".join(found.indicator.sources),
    )
    write_shapes(path, shapes, "isochrones")
