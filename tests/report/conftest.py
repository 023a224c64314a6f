"""Pages that the tests of the report look at."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onecity.core.provenance import Grade, Nature
from onecity.core.words import Sentence
from onecity.region.build import build
from onecity.region.check import check
from onecity.region.store import Region
from onecity.report import render
from onecity.strands.contract import (
    Better,
    BorderLayer,
    Findings,
    Indicator,
    Layer,
    Level,
    Scale,
)
from onecity.strands.transport import strand as transport
from onecity.strands.units import frame, total, units_of
from tests.coarse import coarse_recipe
from tests.tiny import tiny_region


def land(region: Region) -> tuple[Findings, tuple[Layer, ...]]:
    """A second strand, so that the page is seen to know none: people and area of every unit.

    It gives no range, no matrix and no headline, and zones without people have no figure.
    """
    zones = region.table("zones")
    values = {
        "report.people": zones["people"].to_numpy(),
        "report.area": zones["area_km2"].to_numpy(),
    }
    remark = Sentence("transport.people_modelled")
    known = {
        key: Indicator(
            key, "people", Better.NEITHER, Nature.OBSERVED, Grade.A, ("outline",), remarks=(remark,)
        )
        for key in values
    }
    tables = {
        level: frame(units, {key: total(units, one) for key, one in values.items()})
        for level, units in units_of(region).items()
    }
    people = tables[Level.ZONE]["report.people"]
    tables[Level.ZONE]["report.people"] = people.where(people > 0, np.nan)
    layer = Layer(
        "people", known["report.people"], Level.ZONE, Scale((1e5, 2e5), ("#eee", "#999", "#333"))
    )
    return Findings("livelihood", region.hash, known, tables), (layer,)


@pytest.fixture(scope="session")
def region() -> Region:
    return tiny_region()


@pytest.fixture(scope="session")
def findings(region: Region) -> dict[str, Findings]:
    return {"transport": transport.measure(region), "livelihood": land(region)[0]}


@pytest.fixture(scope="session")
def layers(region: Region, findings: dict[str, Findings]) -> dict[str, Any]:
    return {
        "transport": transport.layers(region, findings["transport"]),
        "livelihood": land(region)[1],
    }


@pytest.fixture(scope="session")
def page(region: Region, findings: dict[str, Findings], layers: dict[str, Any]) -> str:
    return render(region, findings, layers, check(region), stamp="known-again")


@dataclass(frozen=True)
class Wuhan:
    """The circle that ships, with large zones so that all of it is made in seconds."""

    region: Region
    findings: Findings
    layers: tuple[Layer | BorderLayer, ...]


@pytest.fixture(scope="session")
def wuhan(tmp_path_factory: pytest.TempPathFactory) -> Wuhan:
    """The circle, built and measured once for all who look at it."""
    folder = tmp_path_factory.mktemp("武汉")
    region = build(coarse_recipe(folder / "recipe"), folder / "region")
    found = transport.measure(region)
    return Wuhan(region, found, transport.layers(region, found))


@pytest.fixture(scope="session")
def wuhan_page(wuhan: Wuhan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the circle."""
    found = {"transport": wuhan.findings}
    written = render(wuhan.region, found, {"transport": wuhan.layers}, check(wuhan.region))
    path = tmp_path_factory.mktemp("报告") / "报告.html"
    path.write_text(written, "utf-8")
    return path
