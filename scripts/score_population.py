"""Measure how well the population model agrees with WorldPop in Wuhan, on districts held out.

What is compared: people (ages 20 and over, 2020) per zone, a zone being an H3 cell of
resolution 7 cut at county lines. Each district has WorldPop's own total, so that only the
places inside a district are judged. R² is taken over all zones at once, every zone counting
once, against the line of equality; the misplaced share is half the absolute difference over
the people. For the held-out figures every district is modelled with bandwidths and powers
fitted to the other districts alone. WorldPop is itself a model: this is agreement, not error.

The other cities have no such raster, but they have census totals: there each *city's* people
are split by the shipped terms and added up by county, which tells whether terms fitted to
Wuhan carry over.

Tried and left out, because they added nothing that holds on other districts or need more
data: averaging over points inside a zone; lakes as a mask (the open outlines are so coarse that
7 % of the people live on them: R² falls by 0.05); length of roads beside junctions; distance to
a railway (R² + 0.01); land cover at 0.05° (R² + 0.01); density of the neighbouring districts.

The terms that ship stand in ``onecity.region.dasymetric.TERMS``; this script says when the
data ask for others, and writes the score with the hash of the model it belongs to.
"""

import itertools
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import click
import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from numpy.typing import ArrayLike, NDArray

from onecity.region.dasymetric import (
    TERMS,
    Agreement,
    Term,
    agreement,
    disaggregate,
    features,
    fit_powers,
    junctions,
    membership,
    model_hash,
    weights,
)
from onecity.region.zones import h3_zones

ROOT = Path(__file__).resolve().parents[1]
REGION = ROOT / "regions" / "wuhan"
TRUTH = ROOT.parent / "shared/data/wuhan/population/worldpop2020_wuhan_100m_age20plus_60plus.tif"
CORE_CITY = "420100"
OUTER = ("420112", "420113", "420114", "420115", "420116", "420117")
"""The six outer districts of Wuhan: 东西湖, 汉南, 蔡甸, 江夏, 黄陂, 新洲."""
RESOLUTION = 7

NEAR_KM = (1.0, 1.5, 2.0, 3.0)
FAR_KM = (4.0, 5.0, 6.0, 8.0)
PLACE_KM = (1.0, 2.0, 3.0)
# No kernel is narrower than a zone: the middle of one could not stand for the whole of it.
JUNCTION_SCALE = 0.03
PLACE_SCALE = 0.01
"""Densities per km² below which points hardly count: the order of their mean over the region."""

Real = NDArray[np.float64]
Positions = Mapping[str, tuple[ArrayLike, ArrayLike]]


@dataclass(frozen=True, slots=True)
class Sample:
    """Zones with known people: all columns (Z,), `outer` per district (D,)."""

    area: Real
    lon: Real
    lat: Real
    truth: Real
    district: NDArray[np.int64]
    names: tuple[str, ...]
    outer: NDArray[np.bool_]

    def split(self, weight: Real) -> Real:
        """Split the truth's total of each district by some weights."""
        count = len(self.names)
        units = membership(self.district, [[number] for number in range(count)])
        totals = np.bincount(self.district, self.truth, count)
        return disaggregate(totals, units, weight, self.area).people

    def compare(self, modelled: Real) -> Agreement:
        """Compare modelled people with the truth."""
        return agreement(modelled, self.truth, self.district, self.outer)


class Densities:
    """The density of each kind of points at each bandwidth, measured once."""

    def __init__(self, sample: Sample, points: Positions) -> None:
        self._sample, self._points = sample, points
        self._known: dict[tuple[str, float], Real] = {}

    def of(self, terms: Sequence[Term]) -> Real:
        """Return the features (Z, F) of some terms."""
        columns = []
        for term in terms:
            key = (term.points, term.bandwidth_km)
            if key not in self._known:
                sample = self._sample
                self._known[key] = features(sample.lon, sample.lat, self._points, [term])[:, 0]
            columns.append(self._known[key])
        return np.stack(columns, axis=1)


def read_counties(data: Path) -> gpd.GeoDataFrame:
    """Return the county outlines that ship."""
    counties = gpd.read_file(data / "boundaries" / "counties.geojson").to_crs("EPSG:4326")
    return counties.rename(columns={"code": "county"})[["county", "city", "geometry"]]


def read_points(data: Path) -> dict[str, tuple[ArrayLike, ArrayLike]]:
    """Return the junctions of the trunk roads and the named places that ship."""
    nodes = pd.read_csv(data / "roads" / "nodes.csv")
    edges = pd.read_csv(data / "roads" / "edges.csv")
    number = pd.Index(nodes["node"])
    kept = nodes[
        junctions(len(nodes), number.get_indexer(edges["tail"]), number.get_indexer(edges["head"]))
    ]
    places = pd.read_csv(data / "places" / "places.csv")
    return {
        "junction": (kept["lon"].to_numpy(), kept["lat"].to_numpy()),
        "place": (places["lon"].to_numpy(), places["lat"].to_numpy()),
    }


def read_sample(zones: gpd.GeoDataFrame, raster: Path) -> Sample:
    """Return the core city's zones with the people whose pixels have their centre inside."""
    zones = zones[zones["city"] == CORE_CITY].reset_index(drop=True)
    with rasterio.open(raster) as image:
        people = image.read(1).astype(np.float64)
        row, column = np.nonzero(people > 0)
        lon, lat = rasterio.transform.xy(image.transform, row, column)
    pixel, zone = shapely.STRtree(zones.geometry.to_numpy()).query(
        shapely.points(lon, lat), predicate="intersects"
    )
    pixel, first = np.unique(pixel, return_index=True)
    living = people[row, column][pixel]
    truth = np.bincount(zone[first], living, len(zones)).astype(np.float64)
    names, district = np.unique(zones["county"].to_numpy(dtype=str), return_inverse=True)
    return Sample(
        area=zones["area_km2"].to_numpy(),
        lon=zones["lon"].to_numpy(),
        lat=zones["lat"].to_numpy(),
        truth=truth,
        district=district.astype(np.int64),
        names=tuple(names.tolist()),
        outer=np.isin(names, OUTER),
    )


def candidates() -> Iterator[tuple[Term, ...]]:
    """Yield the terms that may be chosen, their powers still open."""
    for near, far, place in itertools.product(NEAR_KM, FAR_KM, PLACE_KM):
        yield (
            Term("junction", near, JUNCTION_SCALE, 0.0),
            Term("junction", far, JUNCTION_SCALE, 0.0),
            Term("place", place, PLACE_SCALE, 0.0),
        )


def choose(sample: Sample, densities: Densities, known: NDArray[np.bool_]) -> tuple[Term, ...]:
    """Return the terms that fit the known zones best, powers to two decimals."""
    best: tuple[float, tuple[Term, ...]] | None = None
    for terms in candidates():
        fit = fit_powers(
            sample.area[known],
            densities.of(terms)[known],
            terms,
            sample.truth[known],
            sample.district[known],
        )
        if best is None or fit.deviance < best[0]:
            powers = [round(float(power), 2) for power in fit.power]
            pairs = zip(terms, powers, strict=True)
            best = fit.deviance, tuple(replace(term, power=power) for term, power in pairs)
    if best is None:
        raise ValueError("no terms to choose from")
    return best[1]


def hold_out(sample: Sample, densities: Densities) -> tuple[Real, list[tuple[Term, ...]]]:
    """Return people per zone, each district by terms fitted to the others, and those terms."""
    modelled = np.zeros(len(sample.truth))
    chosen = []
    for number in range(len(sample.names)):
        away = sample.district == number
        terms = choose(sample, densities, ~away)
        modelled[away] = sample.split(weights(sample.area, densities.of(terms), terms))[away]
        chosen.append(terms)
    return modelled, chosen


def carry_over(zones: gpd.GeoDataFrame, points: Positions, census: Path) -> dict[str, Any]:
    """Split the other cities' totals by the shipped terms and compare with their counties."""
    units = pd.read_csv(census, dtype=str)
    units = units[units["kind"].isin(["county", "group"]) & (units["city"] != CORE_CITY)]
    units = units[units.groupby("city")["unit"].transform("size") > 1]
    people = units["people"].to_numpy(dtype=np.float64)
    cities, city = np.unique(units["city"].to_numpy(dtype=str), return_inverse=True)
    inside = zones[zones["city"].isin(cities)]
    of_city = membership(inside["city"].to_numpy(dtype=str), [[name] for name in cities])
    of_unit = membership(
        inside["county"].to_numpy(dtype=str), [text.split(";") for text in units["counties"]]
    )
    area = inside["area_km2"].to_numpy()
    by_terms = weights(area, features(inside["lon"], inside["lat"], points))
    shares = {}
    for name, weight in (("misplaced_share", by_terms), ("misplaced_share_by_area", area)):
        zone_people = disaggregate(np.bincount(city, people), of_city, weight, area).people
        modelled = np.add.reduceat(zone_people[of_unit.zone], of_unit.start[:-1])
        none_outer = np.zeros(len(cities), dtype=bool)
        shares[name] = round(agreement(modelled, people, city, none_outer).misplaced_share, 4)
    return {"cities": len(cities), "units": len(units), "people": int(people.sum()), **shares}


def figures(found: Agreement) -> dict[str, float]:
    """Return the figures of an agreement that are recorded."""
    return {
        "r2": round(found.r2, 4),
        "misplaced_share": round(found.misplaced_share, 4),
        "r2_outer": round(found.r2_outer, 4),
        "misplaced_share_outer": round(found.misplaced_share_outer, 4),
    }


def score(region: Path, truth: Path) -> tuple[dict[str, Any], tuple[Term, ...]]:
    """Return the record to write, and the terms that the data ask for."""
    data = region / "data"
    zones = h3_zones(read_counties(data), RESOLUTION)
    points = read_points(data)
    sample = read_sample(zones, truth)
    densities = Densities(sample, points)
    by_area = sample.compare(sample.split(sample.area))
    shipped = sample.compare(sample.split(weights(sample.area, densities.of(TERMS), TERMS)))
    modelled, chosen = hold_out(sample, densities)
    held_out = sample.compare(modelled)
    record = {
        "model": model_hash(points),
        "terms": [asdict(term) for term in TERMS],
        "truth": {
            "zh": "WorldPop 2020，武汉市 20 岁及以上人口，100 米格网",
            "en": "WorldPop 2020, Wuhan, ages 20 and over, 100 m",
        },
        "unit": {
            "zh": f"H3 {RESOLUTION} 级网格，按县区界切开",
            "en": f"H3 cells of resolution {RESOLUTION}, cut at county lines",
        },
        "zones": len(sample.truth),
        "people": round(float(sample.truth.sum())),
        "outer_districts": list(OUTER),
        "by_area": figures(by_area),
        "in_sample": figures(shipped),
        "held_out": figures(held_out),
        "districts": [
            {
                "county": name,
                "held_out_r2": round(float(held_out.r2_of_district[i]), 4),
                "held_out_misplaced_share": round(
                    float(held_out.misplaced_share_of_district[i]), 4
                ),
                "by_area_misplaced_share": round(float(by_area.misplaced_share_of_district[i]), 4),
                "bandwidths_km": [term.bandwidth_km for term in chosen[i]],
                "powers": [term.power for term in chosen[i]],
            }
            for i, name in enumerate(sample.names)
        ],
        "other_cities_census": carry_over(zones, points, data / "census2020_units.csv"),
    }
    return record, choose(sample, densities, np.ones(len(sample.truth), dtype=bool))


@click.command()
@click.option("--region", type=click.Path(path_type=Path), default=REGION, help="Recipe folder.")
@click.option("--truth", type=click.Path(path_type=Path), default=TRUTH, help="WorldPop raster.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Record to write.")
def main(region: Path, truth: Path, out: Path | None) -> None:
    """Measure the population model against WorldPop and write the record of its score."""
    record, wanted = score(region, truth)
    for name in ("by_area", "in_sample", "held_out"):
        print(f"{name:>10}", *(f"{key} {value:.3f}" for key, value in record[name].items()))
    print("other cities", record["other_cities_census"])
    if wanted != TERMS:
        print("The data ask for other terms; put these into the model and run again:")
        print(*wanted, sep="\n")
        sys.exit(1)
    target = out or region / "population_score.json"
    target.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written: {target}")


if __name__ == "__main__":
    main()
