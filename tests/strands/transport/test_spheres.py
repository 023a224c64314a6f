from math import hypot

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from onecity.strands.transport import spheres as s

GAIN = st.sampled_from([0.0, 0.0, 1.0, 2.0, 1e9, 1e-9])


def overlap_by_loops(one: list[float], other: list[float]) -> float:
    if sum(one) == 0 or sum(other) == 0:
        return 0.0
    return sum(min(a / sum(one), b / sum(other)) for a, b in zip(one, other, strict=True))


@given(
    one=arrays(np.float64, 4, elements=GAIN),
    others=arrays(np.float64, (3, 4), elements=GAIN),
)
def test_overlap_is_the_part_in_common(one: np.ndarray, others: np.ndarray) -> None:
    found = s.overlap(one, others)
    assert found == pytest.approx([overlap_by_loops(list(one), list(row)) for row in others])
    assert (found <= 1 + 1e-12).all()
    if one.sum() > 0:
        assert s.overlap(one, one[None])[0] == pytest.approx(1.0)
        assert s.overlap(one, 7 * one[None])[0] == pytest.approx(1.0)


@given(
    benefit=arrays(np.float64, 6, elements=GAIN),
    sphere=arrays(np.float64, (6, 3), elements=GAIN),
    middle=arrays(np.float64, (6, 2), elements=st.sampled_from([0.0, 3.0, 20.0])),
    most=st.integers(1, 6),
)
def test_the_best_stands_for_its_near_duplicates(
    benefit: np.ndarray, sphere: np.ndarray, middle: np.ndarray, most: int
) -> None:
    rest = sorted(np.flatnonzero(benefit > 0).tolist(), key=lambda row: (-benefit[row], row))
    stands: list[int] = []
    forms: list[list[int]] = []
    while rest and len(stands) < most:
        best, *others = rest
        same = [
            row
            for row in others
            if hypot(*(middle[row] - middle[best])) <= 8.0
            and overlap_by_loops(list(sphere[best]), list(sphere[row])) >= s.OVERLAP
        ]
        stands.append(best)
        forms.append(same)
        rest = [row for row in others if row not in same]
    found = s.merge(benefit, sphere, middle, 8.0, most)
    assert found.stands.tolist() == stands
    assert [rows.tolist() for rows in found.forms] == forms
    assert found.left == len(rest)


def test_nothing_to_merge() -> None:
    none = s.merge(np.zeros(0), np.zeros((0, 2)), np.zeros((0, 2)), 8.0, 5)
    assert len(none.stands) == 0
    assert none.forms == ()


def test_far_twins_stay_two() -> None:
    sphere = np.array([[1.0, 1.0], [1.0, 1.0]])
    apart = np.array([[0.0, 0.0], [9.0, 0.0]])
    assert len(s.merge(np.array([2.0, 1.0]), sphere, apart, 8.0, 5).stands) == 2
    assert len(s.merge(np.array([2.0, 1.0]), sphere, apart, 9.0, 5).stands) == 1


@given(
    benefit=arrays(np.float64, 7, elements=GAIN),
    tail=st.lists(st.integers(0, 4), min_size=7, max_size=7),
    head=st.lists(st.integers(5, 8), min_size=7, max_size=7),
    sure=st.lists(st.booleans(), min_size=7, max_size=7),
    most=st.integers(0, 8),
)
def test_each_end_is_joined_once(
    benefit: np.ndarray, tail: list[int], head: list[int], sure: list[bool], most: int
) -> None:
    found = s.merge_at_ends(benefit, np.array(tail), np.array(head), np.array(sure), most)
    stands = found.stands.tolist()
    for place, row in enumerate(stands):
        # What is not sure shares no end with anything better.
        better = {end for one in stands[:place] for end in (tail[one], head[one])}
        assert sure[row] or not better & {tail[row], head[row]}
    assert len(stands) <= most
    assert stands == sorted(stands, key=lambda row: (-benefit[row], row))
    forms = [row for rows in found.forms for row in rows.tolist()]
    assert len(set(forms)) == len(forms)
    assert not set(forms) & set(stands)
    for best, rows in zip(stands, found.forms, strict=True):
        for row in rows.tolist():
            assert not sure[row]
            assert {tail[row], head[row]} & {tail[best], head[best]}
            assert benefit[row] <= benefit[best]
    assert len(stands) + len(forms) + found.left == int((benefit > 0).sum())
    if len(stands) < most:
        assert found.left == 0


SOME = st.lists(st.integers(0, 7), unique=True, max_size=8)


@given(
    benefit=arrays(np.float64, 8, elements=st.sampled_from([1.0, 2.0, 5.0, 5.0, 9.0])),
    sphere=arrays(np.float64, (8, 2), elements=st.sampled_from([0.0, 1.0, 5.0])),
    preferred=SOME,
    most=st.integers(0, 8),
)
def test_preferred_links_stand_for_themselves(
    benefit: np.ndarray, sphere: np.ndarray, preferred: list[int], most: int
) -> None:
    middle = np.zeros((8, 2))
    every = s.merge(benefit, sphere, middle, 1.0, most)
    rows = np.array(sorted(preferred), np.int64)
    sure = np.zeros(len(rows), np.bool_)
    alike = s.merge_at_ends(benefit[rows], rows % 3, rows % 4 + 3, sure, 8).of(rows)
    assert set(alike.stands.tolist()) <= set(preferred)
    found = s.with_preferred(every, alike, benefit, 0.8)
    stands = found.stands.tolist()
    assert len(set(stands)) == len(stands) == len(found.forms)
    assert stands == sorted(stands, key=lambda row: (-benefit[row], row))
    assert set(alike.stands.tolist()) <= set(stands)
    merged = [row for forms in found.forms for row in forms.tolist()]
    assert not set(merged) & set(stands)
    for best in set(every.stands.tolist()) - set(stands):
        # Its place was taken by a preferred link that gives nearly as much.
        (taken,) = [row for row, forms in zip(stands, found.forms, strict=True) if best in forms]
        assert taken in preferred
        assert benefit[taken] >= 0.8 * benefit[best]
    if not preferred:
        assert stands == every.stands.tolist()
        assert [one.tolist() for one in found.forms] == [one.tolist() for one in every.forms]
