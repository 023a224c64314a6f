"""A topic made up for the tests of whatever shows topics: lists, roads, points, borders."""

import numpy as np
import pandas as pd
import pytest

from onecity.core.progress import SILENCE, Progress
from onecity.core.provenance import Grade, Nature
from onecity.core.words import Sentence, chapter
from onecity.region.manifest import Assumption
from onecity.region.store import Region
from onecity.strands.contract import Better, Findings, Indicator, Layer, Level, Need, Scale
from onecity.strands.examination import Examination, Ranked, Ranking, RoadLayer, Topic
from onecity.strands.transport import strand as transport
from onecity.strands.units import frame, total, units_of

AREA = Indicator(
    "report.area", "km2", Better.NEITHER, Nature.OBSERVED, Grade.A, ("outline",), decimals=1
)
LENGTH = Indicator(
    "transport.leg_km", "km", Better.LOWER, Nature.ASSUMED, Grade.E, ("roads", "recipe"), decimals=2
)
PEOPLE = Indicator(
    "report.people", "people", Better.HIGHER, Nature.MODELLED, Grade.C, ("bulletin",),
    remarks=(Sentence("transport.people_modelled"),),
)  # fmt: skip
ROADS = Ranking(
    "transport.far_share",
    (LENGTH, PEOPLE),
    (
        Ranked({"zh": "甲桥<b>", "en": "Bridge One <b>"}, (12.345, 67_890.0), ("990100", "990200"),
               edges=(4, 5), remarks=(Sentence("transport.candidate_only"),)),
        Ranked({"zh": "乙路", "en": "Road Two"}, (1.0, float("nan")), ("990100",), edges=(0,)),
        Ranked({"zh": "丙处", "en": "Spot Three"}, (0.5, 3.0), point=(-29.5, 1.2)),
    ),
    total=40,
)  # fmt: skip
EMPTY = Ranking("transport.off_people", (PEOPLE,), (), total=0)
KEY, CLOSED = "invented", "closed"
ASSUMED = Assumption("access_kmh", 30.0, "km/h", "虚构的理由", "an invented reason", 20.0, 40.0)


def examine(region: Region, *, progress: Progress = SILENCE) -> Examination:
    """Return a made-up answer: areas of units, three things in a list, lengths of roads."""
    progress.stage("cli.stage_report")
    units = units_of(region)
    zones = region.table("zones")["area_km2"].to_numpy()
    tables = {level: frame(one, {AREA.key: total(one, zones)}) for level, one in units.items()}
    borders = transport.measure(region).borders
    findings = Findings(
        transport.key, region.hash, {AREA.key: AREA}, tables, borders=borders[:2],
        remarks=(Sentence("transport.without_water"),), headline=(AREA.key,),
    )  # fmt: skip
    lengths = pd.DataFrame({LENGTH.key: np.arange(20.0)}, index=np.arange(20))
    scale = Scale((5.0, 10.0), ("#eee", "#999", "#333"))
    return Examination(
        KEY,
        findings,
        (ROADS, EMPTY),
        (RoadLayer("lengths", LENGTH, lengths, scale), Layer("areas", AREA, Level.COUNTY, scale)),
        (ASSUMED,),
    )


def topics(*tables: str, fits: bool = True) -> dict[str, Topic]:
    """Return the topic, and a second one that is not open: it lacks tables, or does not fit."""
    needs = tuple(Need(one) for one in ("zones", *tables))
    return {
        KEY: Topic(transport.key, KEY, (Need("zones"),), examine),
        CLOSED: Topic(transport.key, CLOSED, needs, examine, lambda _: fits),
    }


def teach(patch: pytest.MonkeyPatch, given: dict[str, Topic]) -> None:
    """Let the transport strand answer some topics, and the catalogue know their names."""
    words = chapter(transport.key)
    for key in given:
        patch.setitem(words, f"topic_{key}", {"zh": f"虚构专题{key}", "en": f"Invented {key}"})
        patch.setitem(words, f"topic_{key}_about", {"zh": "答一个虚构的问题", "en": "An answer"})
    patch.setattr(type(transport), "topics", property(lambda _: given))
