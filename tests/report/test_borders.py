"""Border effects on the page and as rows."""

import re
from dataclasses import replace

import numpy as np
import pytest

from onecity.core.words import LANGUAGES, Language
from onecity.region.store import Region
from onecity.report.borders import borders_of, flat, name_of, ordered, signed, spread
from onecity.report.ground import ground_of
from onecity.report.names import names_of
from onecity.strands.border_lines import border_lines
from onecity.strands.contract import BorderLayer, Findings, Level, Scale, percent


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.94, "+3.9%"), (-3.94, "−3.9%"), (0.04, "0.0%"), (-0.04, "0.0%"), (float("nan"), "—")],
)
def test_a_change_has_its_sign(value: float, text: str) -> None:
    assert signed(value, 1) == text


def test_a_range_is_told_low_to_high_as_percent() -> None:
    assert spread((0.1, -0.05), 1) == "−4.9% … +10.5%"


def test_rows_hold_what_was_found(region: Region, findings: dict[str, Findings]) -> None:
    found = findings["transport"].borders
    assert found
    cities = names_of(region)[Level.CITY]
    rows = flat(found, cities)
    assert len(rows) == len(found)
    assert list(rows["scope"].unique()) == ["region", "border", "city"]
    for one in found:
        codes = (*one.codes, None, None)[:2]
        same = rows[
            (rows["city_a"].fillna("") == (codes[0] or ""))
            & (rows["city_b"].fillna("") == (codes[1] or ""))
        ]
        assert len(same) == 1
        row = same.iloc[0]
        assert row["percent"] == pytest.approx(100 * (np.exp(one.beta) - 1))
        assert row["interval_low"] <= row["percent"] <= row["interval_high"]
        assert row["variants_low"] <= row["percent"] <= row["variants_high"]
        assert one.chance is not None
        assert row["placebo_p"] == one.chance.p
        assert row["sources"].split(";") == list(one.indicator.sources)
        assert row["remarks_zh"]
        assert row["remarks_en"]


def test_the_worst_stands_first_whichever_way_is_worse(findings: dict[str, Findings]) -> None:
    found = findings["transport"].borders
    betas = [one.beta for one in ordered(found, "border")]
    assert len(betas) > 1
    assert betas == sorted(betas, reverse=True)
    flows = [replace(one, worse=-1) for one in found]
    assert [one.beta for one in ordered(flows, "border")] == sorted(betas)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_border_has_a_name(
    region: Region, findings: dict[str, Findings], language: Language
) -> None:
    cities = names_of(region)[Level.CITY]
    names = [name_of(one, cities, language) for one in findings["transport"].borders]
    assert len(set(names)) == len(names)


def test_a_border_is_drawn_in_the_colour_of_its_effect(
    region: Region, findings: dict[str, Findings]
) -> None:
    names, found = names_of(region), findings["transport"].borders
    pairs = {one.codes: one for one in found if len(one.codes) == 2}
    first, second = pairs
    layer = BorderLayer(
        key="probe",
        indicator=pairs[first].indicator,
        values={first: 5.0, second: 50.0},
        faint=frozenset({second}),
        scale=Scale((10.0,), ("#low000", "#high00")),
    )
    ground = ground_of(region, names)
    numbers = {key: place for place, key in enumerate(region.manifest.sources, 1)}
    lines = border_lines(region)
    made = borders_of(found, layer, lines, names[Level.CITY], numbers, ground)
    assert made is not None
    by_colour = {one.colour: one for one in made.overlay.strokes}
    assert len(made.overlay.strokes) == len(lines)
    assert by_colour["#low000"].width > by_colour["#high00"].width
    assert "+50.0%" in by_colour["#high00"].title
    assert all(one.path.startswith("M") for one in made.overlay.strokes)
    assert [re.sub("<.*?>", "", key.text)[:1] for key in made.overlay.legend[:2]] == [
        "≤",
        "&",
    ]  # "&gt;"


def test_the_page_shows_every_border_with_range_and_chance(
    page: str, findings: dict[str, Findings]
) -> None:
    found = findings["transport"].borders
    table = page.partition('class="listing borders"')[2].partition("</table>")[0]
    assert table.count('class="verdict"') == len(found)
    for one in found:
        assert one.chance is not None
        assert f"{one.chance.p:.1%}" in table
        assert spread(one.variants, one.indicator.decimals) in table
        assert signed(percent(one.beta), one.indicator.decimals) in table


def test_a_strand_without_borders_has_no_such_part(page: str) -> None:
    assert 'id="borders-transport"' in page
    assert 'id="borders-livelihood"' not in page
