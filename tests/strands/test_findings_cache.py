"""What was found is found again: exactly, at once, and never where it could be wrong."""

from dataclasses import replace
from enum import Enum
from math import inf, isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from onecity.core.errors import InputError, StoreError
from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.region.interventions import AddRoad, SetSpeed
from onecity.region.store import CACHE, Region
from onecity.strands import findings_cache, strands
from onecity.strands.contract import Findings, Level, Proposal, Strand
from onecity.strands.findings_cache import measured, proposed
from onecity.strands.keeping import from_bytes, to_bytes
from onecity.strands.transport.measure import Ready, without_borders
from onecity.strands.units import Name
from tests.tiny import tiny_region


class Counting:
    """A strand that says how often it was really asked."""

    def __init__(self, strand: Strand) -> None:
        self.key, self.strand, self.asked = strand.key, strand, 0

    def measure(self, region: Region, *, progress: Progress = SILENCE) -> Findings:
        self.asked += 1
        return self.strand.measure(region, progress=progress)

    def propose(self, region: Region, *, progress: Progress = SILENCE) -> tuple[Proposal, ...]:
        self.asked += 1
        return self.strand.propose(region, progress=progress)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.strand, name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tiny_region().write(tmp_path / "云湾")
    return tmp_path / "云湾"


class Cheap:
    """A strand whose findings are real and take no time."""

    key = "transport"

    def measure(self, region: Region, *, progress: Progress = SILENCE) -> Findings:
        return without_borders(Ready.of(region))


@pytest.fixture
def counting() -> Any:
    cheap: Any = Cheap()
    return Counting(cheap)


def kept_in(folder: Path) -> list[Path]:
    return sorted((folder / CACHE).glob("*.found"))


def assert_same(one: Any, other: Any, where: str = "") -> None:
    """Equal and of one kind, tables and what stands in them included."""
    if isinstance(one, pd.DataFrame):
        assert_frame_equal(one, other, check_exact=True, obj=where)
    elif hasattr(one, "__dataclass_fields__"):
        assert type(one) is type(other), where
        for name in one.__dataclass_fields__:
            assert_same(getattr(one, name), getattr(other, name), f"{where}.{name}")
    elif isinstance(one, dict):
        assert list(one) == list(other), where
        for key, value in one.items():
            assert_same(value, other[key], f"{where}[{key}]")
    elif isinstance(one, list | tuple):
        assert type(one) is type(other), where
        assert len(one) == len(other), where
        for k, (left, right) in enumerate(zip(one, other, strict=True)):
            assert_same(left, right, f"{where}[{k}]")
    elif isinstance(one, Enum):
        assert one is other, where
    else:
        assert one == other or (isnan(one) and isnan(other)), where


def spoken(findings: Findings) -> list[str]:
    remarks = [*findings.remarks, *(r for one in findings.borders for r in one.remarks)]
    remarks += [r for one in findings.indicators.values() for r in one.remarks]
    return [one.text(language) for one in remarks for language in ("zh", "en")]


@pytest.mark.parametrize("key", sorted(strands()))
def test_findings_come_back_exactly(key: str, folder: Path) -> None:
    strand: Any = Counting(strands()[key])
    first = measured(strand, Region.open(folder))
    again = measured(strand, Region.open(folder))
    assert strand.asked == 1
    expected = strands()[key].measure(tiny_region())
    for found in (first, again):
        assert_same(replace(found, region_hash=""), replace(expected, region_hash=""))
        assert spoken(found) == spoken(expected)
    assert again.region_hash == Region.open(folder).hash
    layers = strands()[key].layers(Region.open(folder), again)
    assert layers == strands()[key].layers(tiny_region(), expected)


@pytest.mark.parametrize("key", sorted(strands()))
def test_proposals_come_back_exactly(key: str, folder: Path) -> None:
    strand: Any = Counting(strands()[key])
    first = proposed(strand, Region.open(folder))
    again = proposed(strand, Region.open(folder))
    assert strand.asked == 1
    assert_same(first, again)
    assert_same(again, strands()[key].propose(tiny_region()))


def test_a_region_in_memory_is_measured_each_time(counting: Any) -> None:
    assert_same(measured(counting, tiny_region()), measured(counting, tiny_region()))
    assert counting.asked == 2


def test_what_ifs_are_kept_apart(counting: Any, folder: Path) -> None:
    region = Region.open(folder)
    slow, quick = region.apply([SetSpeed((3,), 20.0)]), region.apply([AddRoad(1, 6, 160.0)])
    found = [measured(counting, one) for one in (region, slow, quick, region, slow, quick)]
    assert counting.asked == 3
    assert len({one.region_hash for one in found}) == 3
    for one, other in zip(found[:3], found[3:], strict=True):
        assert_same(one, other)


def test_another_region_in_the_folder_is_measured(counting: Any, folder: Path) -> None:
    region = Region.open(folder)
    measured(counting, region)
    other = region.apply([SetSpeed((3,), 20.0)]).write(folder)
    found = measured(counting, other)
    assert counting.asked == 2
    assert found.region_hash == other.hash


def test_another_program_measures_anew(
    counting: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured(counting, Region.open(folder))
    monkeypatch.setattr(findings_cache, "code_hash", lambda *_: "another program")
    measured(counting, Region.open(folder))
    assert counting.asked == 2


def test_a_region_whose_files_were_changed_is_measured_as_it_is(
    counting: Any, folder: Path
) -> None:
    before = measured(counting, Region.open(folder))
    file = folder / "zones.parquet"
    zones = Region.open(folder).table("zones")
    file.unlink()  # a region may share its files with another
    zones.assign(people=zones["people"] * 2).to_parquet(file, index=False)
    found = measured(counting, Region.open(folder))
    assert counting.asked == 2
    key = "transport.core_people_60"
    assert found.tables[Level.REGION][key].iloc[0] == 2 * before.tables[Level.REGION][key].iloc[0]
    measured(counting, Region.open(folder))
    assert counting.asked == 3  # nor is it kept under the name of the region that it was


@pytest.mark.parametrize("place", [0, 10, 40, 100, 5_000, -1])
def test_a_damaged_file_is_made_anew(place: int, counting: Any, folder: Path) -> None:
    expected = measured(counting, Region.open(folder))
    (file,) = kept_in(folder)
    raw = bytearray(file.read_bytes())
    raw[place] ^= 1
    file.write_bytes(raw)
    assert_same(measured(counting, Region.open(folder)), expected)
    assert counting.asked == 2
    measured(counting, Region.open(folder))
    assert counting.asked == 2  # it was mended


@pytest.mark.parametrize("content", [b"", b"onecity kept 1\n", b"\x80\x04K\x01.", None])
def test_something_else_in_its_place_is_made_anew(
    content: bytes | None, counting: Any, folder: Path
) -> None:
    measured(counting, Region.open(folder))
    (file,) = kept_in(folder)
    file.write_bytes(to_bytes(("not", "findings")) if content is None else content)
    measured(counting, Region.open(folder))
    assert counting.asked == 2


def test_findings_of_another_region_under_this_name_are_not_taken(
    counting: Any, folder: Path
) -> None:
    found = measured(counting, Region.open(folder))
    (file,) = kept_in(folder)
    file.write_bytes(to_bytes(replace(found, region_hash="another")))
    assert measured(counting, Region.open(folder)).region_hash == found.region_hash
    assert counting.asked == 2


def test_a_folder_that_cannot_be_written_is_no_error(counting: Any, folder: Path) -> None:
    (folder / CACHE).write_text("a file where the folder would be")
    assert measured(counting, Region.open(folder)).strand == "transport"
    assert measured(counting, Region.open(folder)).strand == "transport"
    assert counting.asked == 2


def test_only_what_was_used_lately_is_kept(
    counting: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings_cache, "MOST", 3)
    region = Region.open(folder)
    for kmh in (20.0, 30.0, 40.0, 50.0):
        measured(counting, region)
        measured(counting, region.apply([SetSpeed((3,), kmh)]))
    assert counting.asked == 5
    assert len(kept_in(folder)) == 3


# --- Values as bytes ---------------------------------------------------------------------------

PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from([Level.ZONE, AddRoad(1, 2, 3.0), Name("云湾", "Yunwan")])
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text() | st.tuples(st.text(), st.integers()), inner, max_size=3)
        | st.builds(Sentence, st.text(), st.dictionaries(st.text(), inner, max_size=2))
    ),
    max_leaves=8,
)


@settings(max_examples=200)
@given(VALUES)
def test_values_come_back(value: Any) -> None:
    assert_same(from_bytes(to_bytes(value), "-"), value)


def test_what_json_does_not_have_comes_back() -> None:
    found = from_bytes(to_bytes((nan, inf, -inf, -0.0, 5e-324, np.float64(0.1), np.int64(7))), "-")
    assert isnan(found[0])
    assert found[1:] == (inf, -inf, 0.0, 5e-324, 0.1, 7)
    assert str(found[3]) == "-0.0"
    pairs = {("a", "b"): frozenset({("c", "d"), ("e", "f")}), "~": {"~": 1}}
    assert from_bytes(to_bytes(pairs), "-") == pairs


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"a": [1.5, nan], "b": [inf, -0.0]}, index=pd.Index(["x", "y"], name="zone")),
        pd.DataFrame({"a": np.zeros(0)}, index=pd.Index([], dtype="str", name="group")),
        pd.DataFrame(index=pd.Index(["x"], name="zone"), columns=pd.Index([], dtype="str")),
        pd.DataFrame([[1.0, 2.0]], index=pd.Index(["x"]), columns=pd.Index(["x", "y"], name="to")),
    ],
)
def test_tables_come_back(table: pd.DataFrame) -> None:
    one, other = from_bytes(to_bytes((table, table * 2)), "-")
    for found, expected in ((one, table), (other, table * 2)):
        assert_frame_equal(found, expected, check_exact=True)
        assert found.index.name == expected.index.name
        assert found.index.dtype == expected.index.dtype
        assert list(np.signbit(found.to_numpy().ravel())) == list(
            np.signbit(expected.to_numpy().ravel())
        )


class Elsewhere(Enum):
    ONE = 1


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, b"raw", 1j, Elsewhere.ONE, pd.DataFrame({"a": ["x"]}), pd.Series([1.0])],
)
def test_what_cannot_be_kept_is_refused(value: Any) -> None:
    with pytest.raises(InputError):
        to_bytes([value])


@pytest.mark.parametrize(
    "name",
    [
        "os:system",
        "onecity.cli.program:Program",
        "onecity.region.store:os.system",
        "onecity.region.store:Region",
        "onecity.strands.contract:Findings",
        "onecity.strands.contract:percent",
        "onecity.nothing:Nothing",
        "onecity",
    ],
)
def test_a_file_cannot_bring_anything_in(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onecity.strands.keeping._name", lambda _: name)
    raw = to_bytes(Name("云湾", "Yunwan"))
    monkeypatch.undo()
    with pytest.raises(StoreError):
        from_bytes(raw, "elsewhere.found")


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_bytes_from_elsewhere_are_refused(raw: bytes) -> None:
    with pytest.raises(StoreError):
        from_bytes(raw, "elsewhere.found")
