from pathlib import Path

import pytest

from onecity.core.errors import InputError, MissingError
from onecity.region.schema import CENSUS
from onecity.region.sources.population import Census, read_census
from onecity.region.validation import check_table

HEADER = "unit,kind,name_zh,city,counties,people,grade,date,source\n"
COUNTY = "420102,county,江岸区,420100,,965260,A,2020-11-01,公报\n"
GROUP = "g1,group,西塞山区等,420200,420203；420204;420205,454305,D,2020-11-01,余数\n"
ZONE = 'z1,functional_zone,东湖高新区,420100,420102,"935,146",A,2020-11-01,公报\n'
TOTAL = "t1,city_total,武汉市,420100,,12326518,A,2020-11-01,公报\n"
REGION = {"420102": "420100", "420203": "420200", "420204": "420200", "420205": "420200"}


def read(folder: Path, *rows: str, header: str = HEADER, **options: object) -> Census:
    file = folder / "普查.csv"
    file.write_text(header + "".join(rows), encoding="utf-8")
    census = read_census(file, **options)  # type: ignore[arg-type]
    check_table(census.table, CENSUS)
    return census


def test_reads_every_kind_of_unit(tmp_path: Path) -> None:
    table = read(tmp_path, COUNTY, GROUP, ZONE, TOTAL, counties=REGION).table
    assert table["people"].tolist() == [965260.0, 454305.0, 935146.0, 12326518.0]
    assert table["counties"].tolist() == ["420102", "420203;420204;420205", "420102", ""]
    assert table["name_en"].isna().all()


def test_columns_by_other_names_in_gbk(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    text = "代码,类别,名称,市,常住人口,等级,日期,来源\n420102,county,江岸区,420100,5,B-,2020,年鉴\n"
    file.write_bytes(text.encode("gbk"))
    columns = {
        "unit": "代码",
        "kind": "类别",
        "name_zh": "名称",
        "city": "市",
        "people": "常住人口",
        "grade": "等级",
        "date": "日期",
        "source": "来源",
    }
    table = read_census(file, columns).table
    assert table.iloc[0][["unit", "people", "grade"]].tolist() == ["420102", 5.0, "B-"]


@pytest.mark.parametrize(
    ("row", "where"),
    [
        (COUNTY.replace("965260", "-1"), "row 3, column 'people' holds -1"),
        (COUNTY.replace("965260", ""), "row 3, column 'people' is empty"),
        (COUNTY.replace("965260", "约 12 万"), "row 3, column 'people' holds '约 12 万'"),
        (COUNTY.replace("965260", "12.5万"), "row 3, column 'people' holds '12.5万'"),
        (COUNTY.replace(",A,", ",Z,"), "row 3, column 'grade' holds 'Z'"),
        (COUNTY.replace("county", "shire"), "row 3, column 'kind' holds 'shire'"),
        (COUNTY.replace("公报", ""), "row 3, column 'source' is empty"),
        (GROUP, "row 3: census unit 'g1' is there twice"),
        (GROUP.replace("g1", "g2").replace("420203；420204;420205", ""), "row 3: .*'g2' does not"),
    ],
)
def test_bad_rows_are_refused_with_their_place(tmp_path: Path, row: str, where: str) -> None:
    with pytest.raises(InputError, match=where):
        read(tmp_path, GROUP, row)


def test_counties_are_checked_against_the_region(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 2: county '420102' is not in this region"):
        read(tmp_path, COUNTY, counties={"420103": "420100"})
    with pytest.raises(InputError, match="belongs to 420900; the table puts it in 420100"):
        read(tmp_path, COUNTY, counties={"420102": "420900"})


def test_a_county_without_population_is_named(tmp_path: Path) -> None:
    region = {**REGION, "420999": "420900", "420998": "420900"}
    with pytest.raises(InputError, match="2 counties: 420998, 420999"):
        read(tmp_path, COUNTY, GROUP, TOTAL, counties=region)


def test_the_total_of_a_city_speaks_of_no_county(tmp_path: Path) -> None:
    total = TOTAL.replace(",420100,,", ",420100,420102,")
    with pytest.raises(InputError, match="1 counties: 420102"):
        read(tmp_path, total, counties={"420102": "420100"})


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no column 'name_zh'"):
        read(tmp_path, "1,county\n", header="unit,kind\n")
