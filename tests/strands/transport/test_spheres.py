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
