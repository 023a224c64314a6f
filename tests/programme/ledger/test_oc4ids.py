"""Projects as OC4IDS packages: valid, back again without a change, and what is refused."""

import json
import subprocess
import sys
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.core.severity import Severity
from onecity.core.words import LANGUAGES
from onecity.programme.ledger import oc4ids
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.intake import Intake
from onecity.programme.ledger.kinds import Gate, Kind, Strand
from onecity.programme.ledger.model import BudgetLine, Item, Measure, Milestone, Payment
from tests.programme.ledger.samples import NOON, OTHER, item
from tests.programme.ledger.test_workbook import FULL, NEXT, REGISTER, book_of, items

AT = datetime(2026, 3, 9, 4, tzinfo=UTC)
BOOK = book_of(FULL, NEXT)


def packed(*several: Item) -> oc4ids.Packed:
    return oc4ids.packed(several, REGISTER, publisher="圈办", at=AT)


def read(package: Any, book: Book = BOOK) -> Intake:
    return oc4ids.read(oc4ids.content(package), "项目.json", book)


def exact(content: bytes) -> Any:
    return json.loads(content, parse_float=Decimal)


def spoken(found: Intake) -> None:
    assert all(one.text(language) for one in found.problems for language in LANGUAGES)


# --- Out and in ----------------------------------------------------------------------------------


def test_a_package_is_valid_and_comes_back_without_a_change() -> None:
    made = packed(FULL, NEXT)
    assert list(oc4ids.wrong_in(made.package)) == []
    # The file holds every digit, which no float would: the budget has seventeen.
    project = exact(made.content())["projects"][0]
    lines = project["budget"]["budgetBreakdowns"][0]["budgetBreakdown"]
    assert lines[0]["amount"] == {"amount": Decimal("923456789012345.67"), "currency": "CNY"}
    assert project["status"] == "implementation"
    assert project["publicAuthority"]["name"] == "鄂州市交通运输局"
    found = read(made.package)
    assert (found.new, found.edited, found.unchanged, found.problems) == ((), (), 2, ())


@settings(max_examples=30)
@given(st.lists(items(), min_size=1, max_size=3, unique_by=(lambda x: x.id, lambda x: x.number)))
def test_any_projects_come_back_without_a_change(several: list[Item]) -> None:
    made = packed(*several)
    assert list(oc4ids.wrong_in(exact(made.content()))) == []
    found = read(made.package, book_of(*several))
    assert (found.faults, found.new, found.edited) == ((), (), ())
    assert found.unchanged == len(several)


def test_what_the_standard_cannot_hold_is_said() -> None:
    task = FULL.changed_to(id=OTHER, number="WH-1", kind="event", gate=None)
    left = [one.text("en") for one in packed(FULL, task).left]
    assert left[0] == "1 items that are no projects"
    assert any(one.startswith("state, progress, history") for one in left)
    for words in ("lead unit", "supporting units", "weight"):
        assert any(words in one for one in left), words
    assert not any("dependencies" in one for one in left)
    with pytest.raises(InputError):
        packed(task)


def test_an_edited_project_is_exactly_those_fields_and_keeps_the_rest() -> None:
    package = deepcopy(packed(FULL).package)
    project = package["projects"][0]
    project["title"] = "改名"
    project["milestones"][1]["dueDate"] = "2026-11-30T16:00:00Z"
    (edit,) = read(package).edited
    assert (edit.id, edit.seen) == (FULL.id, FULL.version)
    # The moment is the first of December in China; the weight, unknown to OC4IDS, stays.
    assert edit.fields == {"title": "改名"}
    project["milestones"][1]["dueDate"] = "2026-11-29T16:00:00Z"
    (edit,) = read(package).edited
    first, _ = FULL.milestones
    moved = Milestone.made(name="通车", due=date(2026, 11, 30), weight=2.5)
    assert edit.fields == {"title": "改名", "milestones": (first, moved)}
    assert edit.reason


def test_a_project_changed_in_the_ledger_since_is_a_conflict() -> None:
    package = deepcopy(packed(FULL).package)
    newer = FULL.changed_to(version=2, changed=NOON + timedelta(days=1), title="台账里的新名")
    found = read(package, book_of(newer, NEXT))
    assert [one.message.key for one in found.faults] == ["ledger_files.oc4ids_changed_since"]
    assert found.faults[0].cell == "$.projects[0]"
    assert found.edited == ()
    spoken(found)


# --- A package of somebody else ------------------------------------------------------------------

ELSEWHERE: dict[str, Any] = {
    "uri": "https://example.org/oc4ids/package/1",
    "publishedDate": "2025-05-01T09:00:00Z",
    "version": "0.9",
    "publisher": {"name": "Roads Agency of Somewhere"},
    "license": "https://example.org/licence",
    "projects": [
        {
            "id": "oc4ids-abc123-42",
            "updated": "2025-04-01T00:00:00Z",
            "title": "Ring road, second section",
            "description": "Widening of 4 km of road.",
            "purpose": "Fewer jams.",
            "status": "implementation",
            "type": "expansion",
            "sector": ["transport.road"],
            "period": {"startDate": "2024-02-01T00:00:00Z", "endDate": "2027-06-30T00:00:00Z"},
            "publicAuthority": {"id": "GB-1", "name": "Roads Agency"},
            "parties": [{"id": "GB-1", "name": "Roads Agency", "roles": ["publicAuthority"]}],
            "locations": [
                {"id": "1", "geometry": {"type": "Point", "coordinates": [114.25, 30.5]}},
                {"id": "2", "geometry": {"type": "Point", "coordinates": [114.5, 30.5]}},
            ],
            "budget": {
                "amount": {"amount": 1500000.1, "currency": "GBP"},
                "approvalDate": "2024-01-15T00:00:00Z",
                "description": "Roads fund",
            },
            "milestones": [
                {"id": "a", "title": "Open to traffic", "dueDate": "2027-05-31T00:00:00Z"},
                {"id": "b", "title": "Party"},
            ],
            "forecasts": [
                {
                    "id": "length",
                    "title": "Length",
                    "observations": [{"id": "f", "measure": "4.2", "unit": {"name": "km"}}],
                }
            ],
            "transactions": [
                {
                    "id": "t1",
                    "date": "2024-09-01T00:00:00Z",
                    "value": {"amount": 20000, "currency": "GBP"},
                    "payee": {"name": "Builder Ltd"},
                }
            ],
            "documents": [{"id": "d", "title": "Plan", "url": "https://example.org/plan.pdf"}],
            "contractingProcesses": [{"id": "ocds-1"}],
        }
    ],
}


def test_a_package_from_elsewhere_becomes_new_items() -> None:
    found = read(ELSEWHERE)
    spoken(found)
    assert found.sound
    (new,) = found.new
    assert new["kind"] is Kind.PROJECT
    assert new["strand"] is Strand.TRANSPORT
    assert new["gate"] is Gate.IMPLEMENTATION
    assert (new["start"], new["due"]) == (date(2024, 2, 1), date(2027, 6, 30))
    assert new["budget"] == (
        BudgetLine.made(name="Roads fund", year=2024, amount=Decimal("1500000.10")),
    )
    assert new["payments"] == (
        Payment.made(date=date(2024, 9, 1), amount=Decimal(20000), to="Builder Ltd"),
    )
    assert new["currency"] == "GBP"
    assert new["measures"] == (Measure.made(name="Length", unit="km", target=4.2),)
    assert [one.name for one in new["milestones"]] == ["Open to traffic"]
    assert "oc4ids-abc123-42" in new["source"]
    told = {one.message.key.partition(".")[2]: one for one in found.warnings}
    assert set(told) == {"oc4ids_unit", "oc4ids_shape", "oc4ids_milestone", "oc4ids_not_read"}
    assert told["oc4ids_milestone"].cell == "$.projects[0].milestones[1]"
    assert "contractingProcesses" in told["oc4ids_not_read"].text("en")


def changed(**fields: Any) -> dict[str, Any]:
    package = deepcopy(ELSEWHERE)
    package["projects"][0].update(fields)
    return package


WRONG = {
    "oc4ids_type": (changed(title=7), "$.projects[0].title"),
    "oc4ids_enum": (changed(status="dreamt"), "$.projects[0].status"),
    "oc4ids_format": (changed(updated="last week"), "$.projects[0].updated"),
    "oc4ids_required": (changed(milestones=[{"title": "x"}]), "$.projects[0].milestones[0]"),
    "oc4ids_rule": (changed(sector=[]), "$.projects[0].sector"),
    "money_negative": (
        changed(budget={"amount": {"amount": -1, "currency": "GBP"}}),
        "$.projects[0].budget.amount",
    ),
    "money_decimals": (
        changed(budget={"amount": {"amount": Decimal("0.001"), "currency": "GBP"}}),
        "$.projects[0].budget.amount",
    ),
    "mixed_currencies": (
        changed(budget={"amount": {"amount": 1, "currency": "USD"}}),
        "$.projects[0].budget",
    ),
    "days_order": (
        changed(period={"startDate": "2028-01-01T00:00:00Z", "endDate": "2027-06-30T00:00:00Z"}),
        "$.projects[0].period.endDate",
    ),
    "oc4ids_twice": (
        {**ELSEWHERE, "projects": ELSEWHERE["projects"] + changed(title="b")["projects"]},
        "$.projects[1].id",
    ),
}


@pytest.mark.parametrize("key", WRONG)
def test_what_is_wrong_is_told_at_its_place(key: str) -> None:
    package, place = WRONG[key]
    found = read(package)
    spoken(found)
    assert not found.sound
    faults = [(one.message.key.partition(".")[2], one.cell) for one in found.faults]
    assert (key, place) in faults
    assert all(one.severity is Severity.FAULT for one in found.faults)


@pytest.mark.parametrize("content", [b"", b"[1,", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xff\xfe"])
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        oc4ids.read(content, "x.json", BOOK)
    # JSON of another kind has problems instead.
    assert not oc4ids.read(b"[]", "x.json", BOOK).sound


def test_an_item_that_ended_or_belongs_to_others_is_not_edited() -> None:
    package = deepcopy(packed(FULL).package)
    package["projects"][0]["publicAuthority"] = {"id": "hg-dot"}
    assert [one.message.key for one in read(package).faults] == ["ledger.edit_unit"]
    ended = item(state="cancelled", closed_on=date(2026, 3, 9))
    package = deepcopy(packed(ended).package)
    package["projects"][0]["title"] = "改名"
    assert [one.message.key for one in read(package, book_of(ended)).faults] == [
        "ledger.edit_ended"
    ]


# --- The extract ---------------------------------------------------------------------------------


def test_the_extract_names_its_source_and_holds_no_prose() -> None:
    schema = oc4ids.schema()
    about = schema["extract_of"]
    assert about["version"] == "0.9.5"
    assert about["licence"] == "Apache-2.0"
    assert "Open Contracting Partnership" in about["publisher"]
    assert about["source"].startswith("https://standard.open-contracting.org/")
    texts = strings({name: one for name, one in schema.items() if name != "extract_of"})
    # Names, types and codes have no blanks; prose has.
    assert not [one for one in texts if " " in one]


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [each for one in value.values() for each in strings(one)] + list(value)
    if isinstance(value, list):
        return [each for one in value for each in strings(one)]
    return [value] if isinstance(value, str) else []


def test_the_script_strips_a_schema(root: Path, tmp_path: Path) -> None:
    project = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "A title",
        "type": "object",
        "properties": {"title": {"title": "Title", "description": "Long words.", "type": "string"}},
        "definitions": {
            "Value": {"description": "Words.", "type": ["number"], "codelist": "x.csv"}
        },
    }
    package = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "id": "https://example.org/package.json",
        "properties": {"projects": {"items": {"$ref": "https://example.org/project-schema.json"}}},
    }
    for name, value in {"a.json": project, "b.json": package}.items():
        (tmp_path / name).write_text(json.dumps(value), "utf-8")
    code = (
        "import json, sys; sys.path.insert(0, 'scripts'); import oc4ids_extract as made;"
        "a, b = (json.load(open(one)) for one in sys.argv[1:]);"
        "print(json.dumps(made.extract(a, b, '0.9.5', '2026-11-23')))"
    )
    files = [str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    done = subprocess.run(
        [sys.executable, "-c", code, *files], cwd=root, capture_output=True, text=True, check=True
    )
    made = json.loads(done.stdout)
    assert made["definitions"] == {
        "Project": {"type": "object", "properties": {"title": {"type": "string"}}},
        "Value": {"type": "number"},
    }
    assert made["properties"] == {"projects": {"items": {"$ref": "#/definitions/Project"}}}
    assert made["extract_of"]["source"] == "https://example.org/package.json"
