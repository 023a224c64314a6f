"""Workbooks as people send them: everything wrong is told, all at once, to the cell."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from onecity.core.errors import InputError, MissingError
from onecity.core.words import LANGUAGES
from onecity.region.workbook import Intake, read_workbook
from tests.region.workbook.forms import (
    CENSUS,
    HOSPITAL,
    INDUSTRY,
    PROJECT,
    RIGHT,
    SOURCED,
    YEARLY,
    faults,
    filled,
    letter,
    notes,
    sheet_of,
    warnings,
)
from tests.tiny import tiny_region

REGION = tiny_region()
PEOPLE = {
    code: float(people)
    for code, people in zip(
        REGION.table("counties")["county"], REGION.table("counties")["people"], strict=True
    )
}


def county(code: str, city: str, **changed: Any) -> dict[str, Any]:
    """Return a row of a county's residents in a year."""
    people = changed.pop("people", round(PEOPLE[code]))
    row = {"unit_kind": "县区", "unit": code, "name_zh": NAMES[code], "city": city}
    return {**YEARLY, **row, "people": people, **changed}


NAMES = dict(
    zip(REGION.table("counties")["county"], REGION.table("counties")["name_zh"], strict=True)
)


def read(path: Path, edit: Callable[[Workbook], None] | None = None, **rows: Any) -> Intake:
    intake = read_workbook(filled(path / "数据 报送.xlsx", edit=edit, **rows), REGION)
    for finding in intake.findings:
        for language in LANGUAGES:
            assert finding.text(language)
    return intake


def test_sound_rows_of_every_sheet_have_no_findings(tmp_path: Path) -> None:
    intake = read(
        tmp_path,
        cities=[{"kind": "组团", "code": "g", "name_zh": "组团", "role": "核心",
                 "members": "990100；990201", **SOURCED}],
        counties=[{"code": "990101", "name_zh": "内湾区", "city": "990100"}],
        people=[county("990101", "990100"), county("990102", "990100")],
        facilities=[HOSPITAL],
        recognition=[RIGHT],
        industries=[INDUSTRY],
        undertakings=[PROJECT],
    )  # fmt: skip
    assert intake.findings == ()
    assert intake.frames["undertakings"]["due"].tolist() == ["2027-06-30"]
    assert intake.frames["cities"]["members"].tolist() == [("990100", "990201")]


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    bad = {**HOSPITAL, "kind": "诊所？", "county": "420106", "lon": "东经114", "opened": "去年"}
    intake = read(
        tmp_path,
        facilities=[bad, {**HOSPITAL, "name_zh": None, "grade": "优"}],
        people=[county("990101", "990100", people="约12万", year=1790)],
    )
    assert sorted(faults(intake)) == sorted([
        ("设施", "D6", "not_choice"),
        ("设施", "E6", "unknown_county"),
        ("设施", "F6", "not_number"),
        ("设施", "L6", "not_year"),
        ("设施", "C7", "empty"),
        ("设施", "N7", "not_choice"),
        ("人口", "H6", "not_year"),
        ("人口", "J6", "myriads"),
    ])  # fmt: skip
    one = next(f for f in intake.faults if f.cell == "J6")
    assert one.given == "约12万"
    assert one.column == "常住人口（人）"
    assert "120000" in one.text("zh")
    assert one.text("en").startswith("'人口'!J6 (fault)")


# --- Shape of the sheets -------------------------------------------------------


def test_merged_cells_among_the_data(tmp_path: Path) -> None:
    rows = [county("990101", "990100"), county("990102", "990100")]

    def merge(book: Workbook) -> None:
        sheet_of(book, "people").merge_cells("F6:F7")
        sheet_of(book, "people").merge_cells("K6:K7")
        sheet_of(book, "people").merge_cells("A1:D1")  # a title may be merged

    assert faults(read(tmp_path, merge, people=rows)) == [
        ("人口", "F6:F7", "merged"),
        ("人口", "K6:K7", "merged"),
    ]


def test_hidden_sheets_rows_and_columns_are_read_and_named(tmp_path: Path) -> None:
    def hide(book: Workbook) -> None:
        people = sheet_of(book, "people")
        people.row_dimensions[7].hidden = True
        people.row_dimensions[40].hidden = True  # nothing in it
        people.column_dimensions["J"].hidden = True
        sheet_of(book, "facilities").sheet_state = "hidden"

    rows = [county("990101", "990100"), county("990102", "990100")]
    intake = read(tmp_path, hide, people=rows, facilities=[HOSPITAL])
    assert warnings(intake) == [
        ("人口", "J3", "columns_hidden"),
        ("人口", "A7", "rows_hidden"),
        ("设施", "", "sheet_hidden"),
    ]
    assert "常住人口（人）" in intake.warnings[0].text("zh")
    assert intake.sound
    assert intake.rows["people"] == 2
    assert intake.rows["facilities"] == 1


def test_a_sheet_missing_renamed_or_strange(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        del book["产业"]
        book["设施"].title = "设施（2025年）"
        book.create_sheet("草稿")

    intake = read(tmp_path, change, people=[county("990101", "990100")], facilities=[HOSPITAL])
    assert faults(intake) == [("设施（2025年）", "", "sheet_renamed")]
    assert warnings(intake) == [("", "", "sheet_missing"), ("草稿", "", "sheet_unknown")]
    assert "产业" in intake.warnings[0].text("zh")


def test_another_workbook_has_none_of_the_sheets(tmp_path: Path) -> None:
    book = Workbook()
    book.save(tmp_path / "别的.xlsx")
    intake = read_workbook(tmp_path / "别的.xlsx", REGION)
    assert faults(intake) == [("", "", "no_sheets")]


def test_headers_renamed_missing_moved_and_twice(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        sheet = sheet_of(book, "people")
        sheet["J3"] = "常住人口（万人）"
        sheet["K3"] = None
        sheet["N3"] = "序列"
        sheet["O3"] = "年 份"
        sheet["P3"] = "填表人"

    intake = read(tmp_path, change, people=[county("990101", "990100")])
    assert faults(intake) == [
        ("人口", "", "header_missing"),
        ("人口", "J3", "header_renamed"),
        ("人口", "O3", "header_twice"),
    ]
    assert "资料来源" in intake.faults[0].text("zh")
    assert "单位" in intake.faults[1].text("zh")
    assert ("人口", "P3", "header_unknown") in warnings(intake)


def test_columns_and_header_may_move(tmp_path: Path) -> None:
    def move(book: Workbook) -> None:
        sheet = sheet_of(book, "undertakings")
        sheet.delete_rows(4, 2)
        sheet.insert_cols(2, 2)
        sheet.delete_rows(1, 2)

    intake = read(tmp_path, move, undertakings=[PROJECT])
    assert intake.findings == ()
    assert intake.frames["undertakings"]["row"].tolist() == [2]


def test_no_header_at_all(tmp_path: Path) -> None:
    def cut(book: Workbook) -> None:
        sheet_of(book, "people").delete_rows(1, 5)

    assert ("人口", "", "no_header") in faults(read(tmp_path, cut, facilities=[HOSPITAL]))


def test_data_in_the_example_row_is_not_lost_in_silence(tmp_path: Path) -> None:
    def overwrite(book: Workbook) -> None:
        sheet_of(book, "people")["J5"] = 999
        sheet_of(book, "undertakings")["A5"] = None
        for cell in sheet_of(book, "industries")[5][1:]:
            cell.value = None  # an emptied example is no data

    intake = read(tmp_path, overwrite, facilities=[HOSPITAL])
    assert faults(intake) == [
        ("人口", "A5", "example_changed"),
        ("项目与任务", "A5", "example_as_data"),
    ]


# --- Cells ---------------------------------------------------------------------


def test_numbers_as_text_and_codes_as_numbers_are_noted_once_a_column(tmp_path: Path) -> None:
    rows = [
        county("990101", "990100", people=f"{round(PEOPLE['990101']):,}", unit=990101),
        county("990102", "990100", people="３２５８００", unit=990102.0),
    ]
    intake = read(tmp_path, people=rows)
    assert intake.sound
    assert notes(intake) == [("人口", "D6", "code_read"), ("人口", "J6", "number_read")]
    assert "2" in intake.notes[1].text("zh")
    assert intake.frames["people"]["people"].tolist()[1] == 325800
    assert intake.frames["people"]["unit"].tolist() == ["990101", "990102"]


def test_percentages(tmp_path: Path) -> None:
    def percent(book: Workbook) -> None:
        sheet = sheet_of(book, "industries")
        sheet["G6"], sheet["H6"] = 0.25, "12%"
        sheet["G6"].number_format = "0.0%"

    intake = read(tmp_path, percent, industries=[INDUSTRY])
    assert faults(intake)[:2] == [("产业", "G6", "percentage"), ("产业", "H6", "percentage")]


def with_formulas(path: Path, results: dict[str, str | None]) -> Path:
    """Give cells of the people sheet a formula with the result a spreadsheet would store."""
    out = path.with_name("公式.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/worksheets/sheet3.xml":
                xml = text.decode()
                for cell, result in results.items():
                    value = "" if result is None else f"<v>{result}</v>"
                    kind = ' t="e"' if result == "#REF!" else ""
                    xml, count = re.subn(
                        rf'<c r="{cell}"[^>]*?(/>|>.*?</c>)',
                        rf'<c r="{cell}"{kind}><f>SUM(1,2)</f>{value}</c>',
                        xml,
                        count=1,
                    )
                    assert count == 1
                text = xml.encode()
            new.writestr(name, text)
    return out


def test_formulas_with_and_without_results(tmp_path: Path) -> None:
    rows = [
        county("990101", "990100"),
        county("990102", "990100"),
        county("990201", "990200"),
    ]
    path = filled(tmp_path / "a.xlsx", people=rows)
    made = with_formulas(path, {"J6": "1500000", "J7": None, "J8": "#REF!"})
    intake = read_workbook(made, REGION)
    assert faults(intake) == [
        ("人口", "J7", "formula_without_value"),
        ("人口", "J8", "cell_error"),
    ]
    assert warnings(intake) == [("人口", "J6", "formula")]
    assert intake.frames["people"]["people"].tolist() == [1500000.0, None, None]


# --- Rows against each other and the region -----------------------------------------


def test_duplicate_and_unknown_codes(tmp_path: Path) -> None:
    rows = [
        county("990101", "990100"),
        county("990101", "990100"),
        county("990101", "990100", year=2024),
        county("990102", "990200"),
        county("990201", "990200", unit="浦南区"),
        county("990201", "990200", unit="420106"),
        county("990201", "420100"),
    ]
    intake = read(tmp_path, people=rows)
    assert set(faults(intake)) == {
        ("人口", "D7", "figure_twice"),
        ("人口", "F9", "other_city"),
        ("人口", "D10", "name_for_code"),
        ("人口", "D11", "unknown_county"),
        ("人口", "F12", "unknown_city"),
    }
    assert "990201" in next(f for f in intake.faults if f.cell == "D10").text("zh")


def test_duplicates_in_other_sheets(tmp_path: Path) -> None:
    intake = read(
        tmp_path,
        counties=[{"code": "990101", "name_zh": "内湾区", "city": "990100"}] * 2,
        facilities=[HOSPITAL, HOSPITAL, *[{**HOSPITAL, "facility": "h1", "name_zh": "甲"}] * 2],
        industries=[INDUSTRY, INDUSTRY],
        undertakings=[PROJECT, PROJECT],
    )
    assert faults(intake) == [
        ("县区", "B7", "twice"),
        ("设施", "C7", "facility_twice"),
        ("设施", "B9", "twice"),
        ("产业", "F7", "figure_twice"),
        ("项目与任务", "D7", "twice"),
    ]


def test_recognition_is_a_share_between_two_cities_of_the_region(tmp_path: Path) -> None:
    rows = [
        RIGHT,
        {**RIGHT, "share": 1.2},
        {**RIGHT, "to_city": "990200", "since": 2024},
        {**RIGHT, "from_city": "420100", "since": "去年"},
        {**RIGHT, "service": "户籍", "share": None, "to_city": "999001"},
    ]
    intake = read(tmp_path, recognition=rows)
    cells = {name: letter("recognition", name) for name in (
        "service", "from_city", "to_city", "share", "since")}  # fmt: skip
    assert set(faults(intake)) == {
        ("权益互认", f"{cells['to_city']}7", "twice"),
        ("权益互认", f"{cells['share']}7", "above"),
        ("权益互认", f"{cells['to_city']}8", "own_city"),
        ("权益互认", f"{cells['from_city']}9", "unknown_city"),
        ("权益互认", f"{cells['since']}9", "not_date"),
        ("权益互认", f"{cells['service']}10", "not_choice"),
        ("权益互认", f"{cells['share']}10", "empty"),
    }


def test_a_workbook_from_before_a_sheet_came_is_whole(tmp_path: Path) -> None:
    def older(book: Workbook) -> None:
        book.remove(book["权益互认"])

    intake = read(tmp_path, older, facilities=[HOSPITAL])
    assert intake.findings == ()


def test_a_name_beside_another_code_is_a_warning(tmp_path: Path) -> None:
    rows = [
        county("990101", "990100", name_zh="内湾"),
        county("990102", "990100", name_zh="浦南区"),
    ]
    assert warnings(read(tmp_path, people=rows)) == [("人口", "E7", "name_differs")]


def test_positions_swapped_outside_shifted_and_in_another_county(tmp_path: Path) -> None:
    rows = [
        {**HOSPITAL, "name_zh": "反", "lon": 1.25, "lat": -29.9},
        {**HOSPITAL, "name_zh": "远", "lon": 114.3, "lat": 30.5},
        {**HOSPITAL, "name_zh": "邻", "lon": -29.3},
        {**HOSPITAL, "name_zh": "准", "lon": -29.8001},
        {**HOSPITAL, "name_zh": "界", "lon": -29.799},
    ]
    intake = read(tmp_path, facilities=rows)
    assert faults(intake) == [
        ("设施", "F6", "position_swapped"),
        ("设施", "F7", "position_outside"),
    ]
    assert warnings(intake) == [("设施", "F8", "not_in_county")]
    assert "55.6" in intake.warnings[0].text("en")


def test_counties_of_a_city_against_its_total(tmp_path: Path) -> None:
    a, b = round(PEOPLE["990101"]), round(PEOPLE["990102"])
    total = {**YEARLY, "unit_kind": "全市合计", "unit": "990100", "name_zh": "云湾市"}
    parts = [county("990101", "990100"), county("990102", "990100")]

    def given(people: float, count: int = 2) -> Intake:
        return read(tmp_path, people=[*parts[:count], {**total, "people": people}])

    assert given(a + b).findings == ()
    assert given(round((a + b) * 1.0005)).findings == ()
    assert warnings(given(round((a + b) * 1.01))) == [("人口", "J8", "sum_differs")]
    assert faults(given(round((a + b) * 1.10))) == [("人口", "J8", "sum_differs")]
    assert given(a + b, count=1).findings == ()
    assert faults(given(round(a * 0.9), count=1)) == [("人口", "J7", "part_exceeds")]


def test_people_in_ten_thousands_are_caught_by_what_is_known(tmp_path: Path) -> None:
    rows = [
        county("990101", "990100", people=round(PEOPLE["990101"] / 10000)),
        county("990102", "990100", people=round(PEOPLE["990102"] * 3)),
    ]
    intake = read(tmp_path, people=rows)
    assert faults(intake) == [("人口", "J6", "other_unit")]
    assert warnings(intake) == [("人口", "J7", "far_from_known")]


def unit(kind: str, name: str, people: float, **changed: Any) -> dict[str, Any]:
    return {**CENSUS, "unit_kind": kind, "unit": name, "name_zh": NAMES.get(name, name),
            "people": people, **changed}  # fmt: skip


LANPU = REGION.table("cities").set_index("city").loc["990200", "people"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([unit("县区", "990201", 0.6 * LANPU // 1)], [("D6", "city_not_covered")]),
        (
            [
                unit("县区", "990201", 0.6 * LANPU // 1),
                unit("县区合计", "pair", LANPU // 1, city="990200", counties="990201;990202"),
            ],
            [("G7", "county_twice")],
        ),
        (
            [
                unit("县区", "990201", 0.6 * LANPU // 1),
                unit("全市合计", "990200", 0.5 * LANPU // 1, name_zh="岚浦市"),
            ],
            [("J7", "part_exceeds")],
        ),
        (
            [unit("县区合计", "pair", LANPU // 1), unit("功能区", "990102", 5000, city="990200")],
            [("F6", "needed_for_unit"), ("G6", "needed_for_unit"),
             ("D7", "unit_is_code"), ("G7", "needed_for_unit"), ("D7", "city_not_covered")],
        ),
        (
            [
                unit("县区合计", "990100-hx", LANPU // 1, city="990200", counties="990201;990202"),
                unit("县区", "990201", 5000, year=2020, basis="年度"),
            ],
            [("J7", "other_unit"), ("D6", "unit_taken")],
        ),
        (
            [
                unit("县区合计", "pair", LANPU // 1, city="990200", counties="990201;990101"),
                unit("全市合计", "990200", LANPU // 1, name_zh="岚浦市", year=2020),
            ],
            [("G6", "other_city"), ("H7", "two_censuses"), ("J7", "part_exceeds")],
        ),
        (
            [unit("县区合计", "pair", LANPU // 1, city="990200", counties="990201;990202",
                  basis="年度")],
            [("C6", "yearly_kind")],
        ),
    ],
)  # fmt: skip
def test_a_census_that_cannot_be_modelled(
    tmp_path: Path, rows: list[dict[str, Any]], expected: list[tuple[str, str]]
) -> None:
    found = [(cell, key) for _, cell, key in faults(read(tmp_path, people=rows))]
    assert sorted(found) == sorted(expected)


def test_units_that_a_new_census_drops_are_named(tmp_path: Path) -> None:
    rows = [
        unit("县区", "990101", round(PEOPLE["990101"])),
        unit("县区", "990102", round(PEOPLE["990102"])),
    ]
    intake = read(tmp_path, people=rows)
    assert intake.sound
    assert warnings(intake) == [("人口", "D6", "units_replaced")]
    assert "和信开发区 60,000" in intake.warnings[0].text("zh")


def test_groups_and_cities(tmp_path: Path) -> None:
    rows = [
        {"kind": "组团", "code": "g", "name_zh": "组团"},
        {"kind": "组团", "code": "h", "name_zh": "组团", "role": "核心", "members": "990100;1",
         **SOURCED, "lon": -29.5},
        {"kind": "市", "code": "990199", "name_zh": "云湾市"},
        {"kind": "市", "code": "990100", "name_zh": "岚浦市", "lon": -29.8, "role": "核心"},
        {"kind": "市", "code": "990200", "name_zh": "岚浦市", "lon": 1.2, "lat": -29.4},
    ]  # fmt: skip
    intake = read(tmp_path, cities=rows)
    assert set(faults(intake)) == {
        *(("市与组团", f"{c}6", "needed_for_group") for c in "HIJK"),
        ("市与组团", "I7", "unknown_either"),
        ("市与组团", "C8", "unknown_city"),
        ("市与组团", "G9", "half_position"),
        ("市与组团", "F10", "position_swapped"),
    }
    assert set(warnings(intake)) == {
        ("市与组团", "F7", "not_for_group"),
        ("市与组团", "D9", "name_differs"),
        ("市与组团", "H9", "not_for_city"),
    }


def test_industries(tmp_path: Path) -> None:
    bare = dict.fromkeys(("output", "value_added", "employees"))
    city = {**INDUSTRY, "level": "全市", "code": "990100"}
    rows = [
        {**INDUSTRY, **bare},
        {**INDUSTRY, "code": "990102", "value_added": 2000},
        {**INDUSTRY, "code": "990100", "section": "D"},
        {**city, "section": "A", "output": 900},
        {**INDUSTRY, "section": "A", "output": 1000},
    ]
    intake = read(tmp_path, industries=rows)
    assert set(faults(intake)) == {
        ("产业", "G6", "no_figure"),
        ("产业", "H7", "added_exceeds"),
        ("产业", "C8", "unknown_county"),
    }
    assert warnings(intake) == [("产业", "G9", "part_exceeds")]


def test_capacity_needs_its_unit(tmp_path: Path) -> None:
    rows = [{**HOSPITAL, "capacity_unit": None}, {**HOSPITAL, "name_zh": "乙", "capacity": None}]
    cells = {(letter("facilities", n), k) for n, k in (("capacity_unit", 6), ("capacity", 7))}
    assert {(c[0], int(c[1:])) for _, c, _ in faults(read(tmp_path, facilities=rows))} == cells


# --- The file itself ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("旧.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"old Excel file \(\.xls\)"),
        ("表.xlsx", "代码,名称\n420100,武汉市\n".encode("gbk"), "no Excel workbook"),
        ("空.xlsx", b"", "is empty"),
        ("网页.xlsx", b"<html></html>", "no Excel workbook"),
        ("密.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64)
         + "EncryptedPackage".encode("utf-16-le"), "locked by a password"),
    ],
)  # fmt: skip
def test_what_is_no_workbook(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=says):
        read_workbook(tmp_path / name, REGION)


def test_another_kind_of_zip(tmp_path: Path) -> None:
    for name, part, says in (
        ("文.xlsx", "word/document.xml", "no Excel workbook"),
        ("二进制.xlsx", "xl/workbook.bin", "xlsb"),
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("[Content_Types].xml", "<x/>")
            archive.writestr(part, "<x/>")
        with pytest.raises(InputError, match=says):
            read_workbook(tmp_path / name, REGION)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        read_workbook(tmp_path / "没有.xlsx", REGION)
    with pytest.raises(InputError, match="folder"):
        read_workbook(tmp_path, REGION)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.999])
def test_a_truncated_workbook(tmp_path: Path, share: float) -> None:
    content = filled(tmp_path / "a.xlsx", facilities=[HOSPITAL]).read_bytes()
    cut = tmp_path / "断.xlsx"
    cut.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError, match="damaged or incomplete"):
        read_workbook(cut, REGION)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet3.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_a_workbook_with_a_broken_part(tmp_path: Path, part: str) -> None:
    good = filled(tmp_path / "a.xlsx", facilities=[HOSPITAL])
    bad = tmp_path / "坏.xlsx"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(bad, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, text[: len(text) // 2] if name == part else text)
    with pytest.raises(InputError, match="damaged or incomplete"):
        read_workbook(bad, REGION)


def test_reading_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    path = filled(tmp_path / "a.xlsx", facilities=[HOSPITAL])
    before = path.read_bytes()
    read_workbook(path, REGION)
    assert path.read_bytes() == before
    assert load_workbook(path)["设施"]["C6"].value == "第一医院"
