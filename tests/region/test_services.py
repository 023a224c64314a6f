"""Services in a region: from recipe to tables, and what the data-quality report says of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onecity.core.errors import InputError
from onecity.core.progress import SILENCE
from onecity.core.provenance import Grade, Nature
from onecity.region.build import build
from onecity.region.build_services import services_of
from onecity.region.check import check
from onecity.region.check_services import service_faults
from onecity.region.recipe import Recipe
from onecity.region.schema import TABLES
from onecity.region.store import Region
from onecity.region.validation import check_table
from tests.tiny import tiny_region

ROOT = Path(__file__).resolve().parents[2]
WUHAN = ROOT / "regions" / "wuhan"
TINY = tiny_region()
SERVICES = ("facilities", "recognition", "jobs")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the recipe of Wuhan with services in files of its own, on coarse zones."""
    folder = tmp_path_factory.mktemp("服务")
    texts = {
        "facilities.csv": "facility,kind,lon,lat,level,capacity,capacity_unit\n"
        "a,hospital,114.27,30.58,三级,,\nb,hospital,114.2702,30.5801,,800,beds\n"
        "c,school,114.88,30.39,,,\nd,school,120,30,,,\n",
        "recognition.csv": "from_city,to_city,share,since\n*,420100,1,2021-01-01\n",
        "jobs.csv": "code,jobs,nature\n420102,300000,\n420103,250000,modelled\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    raw = Recipe.read(WUHAN).model_dump(by_alias=True)
    raw["zones"]["resolution"] = 5
    raw["tables"] |= {
        "facilities": [{"file": folder / "facilities.csv", "source": "names",
                        "outside": "leave_out"}],
        "recognition": [{"file": folder / "recognition.csv", "source": "groups",
                         "service": "pension"}],
        "jobs": [{"file": folder / "jobs.csv", "source": "census", "level": "county",
                  "year": 2023}],
    }  # fmt: skip
    return raw


def test_a_recipe_gives_the_tables_of_services(recipe: dict[str, Any], tmp_path: Path) -> None:
    build(Recipe.model_validate(recipe), tmp_path / "a")
    region = Region.open(tmp_path / "a")
    for name in SERVICES:
        check_table(region.table(name), TABLES[name])
    facilities = region.table("facilities").set_index("facility")
    # One hospital was given twice, 22 m apart: the row with a capacity stays.
    assert list(facilities.index) == ["b", "c"]
    assert facilities.at["b", "level"] == "三级"
    assert facilities["city"].tolist() == ["420100", "420700"]
    rows = region.table("recognition")
    assert len(rows) == 8
    assert set(rows["to_city"]) == {"420100"}
    records = region.manifest.tables
    assert records["facilities"].grade is Grade.B
    assert records["recognition"].nature is Nature.ASSUMED
    assert records["jobs"].nature is Nature.MODELLED
    assert records["jobs"].grade is Grade.D
    told = {item.sentence.key for item in check(region).items}
    assert told >= {
        "facilities.merged", "facilities.left_outside", "facilities.without_capacity",
        "facilities.uneven", "facilities.silent_pairs", "facilities.silent_jobs",
    }  # fmt: skip
    assert check(region).sound


def test_a_list_of_nothing_is_as_good_as_its_source(recipe: dict[str, Any]) -> None:
    plan = Recipe.model_validate(recipe)
    cities = TINY.table("cities").iloc[:1].assign(city="420100")
    counties = TINY.table("counties")
    of_one = plan.model_copy(
        update={"tables": plan.tables.model_copy(update={"facilities": (), "jobs": ()})}
    )
    made = services_of(of_one, {"cities": cities, "counties": counties}, SILENCE)
    assert len(made["recognition"].table) == 0
    assert made["recognition"].grade is plan.sources["groups"].grade


def test_a_fault_leaves_no_region(recipe: dict[str, Any], tmp_path: Path) -> None:
    plan = dict(recipe["tables"]["facilities"][0], outside="refuse")
    raw = {**recipe, "tables": {**recipe["tables"], "facilities": [plan]}}
    with pytest.raises(InputError) as caught:
        build(Recipe.model_validate(raw), tmp_path / "a")
    assert caught.value.key == "facilities.outside"
    assert caught.value.values["row"] == 5
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("table", "column", "given", "key"),
    [
        ("facilities", "kind", "spa", "facilities.bad_kind"),
        ("facilities", "capacity", -1.0, "facilities.bad_capacity"),
        ("facilities", "city", "999999", "facilities.bad_place"),
        ("recognition", "share", 1.5, "facilities.bad_share"),
        ("recognition", "share", np.nan, "facilities.bad_share"),
        ("recognition", "to_city", "999999", "facilities.bad_place"),
        ("recognition", "service", "spa", "facilities.bad_service"),
        ("recognition", "since", "去年", "facilities.bad_since"),
        ("jobs", "jobs", -1.0, "facilities.bad_jobs"),
        ("jobs", "code", "z99", "facilities.bad_place"),
        ("jobs", "level", "town", "facilities.bad_place"),
    ],
)
def test_the_report_finds_faults_in_tables_made_by_a_program(
    table: str, column: str, given: Any, key: str
) -> None:
    made = TINY.table(table)
    made.loc[made.index[0], column] = given
    tables = {name: TINY.table(name) for name in TABLES if TINY.has(name)}
    (fault,) = service_faults(Region(TINY.manifest, {**tables, table: made}, None))
    assert fault.key == key
    assert fault.text("zh") != fault.text("en")
    assert not list(service_faults(TINY))
