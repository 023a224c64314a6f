"""Merkle roots are those of RFC 6962, and show what is under them and nothing else."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.hall.wire.merkle import leads, path, root

# The leaves and roots that Certificate Transparency's implementations test with.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_standard(size: int) -> None:
    assert root(LEAVES[:size]).hex() == ROOTS[size]


def slow(entries: list[bytes]) -> bytes:
    """The root as the standard writes it."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    half = 1
    while half * 2 < len(entries):
        half *= 2
    return sha256(b"\x01" + slow(entries[:half]) + slow(entries[half:])).digest()


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
def test_a_path_shows_its_entry_alone(entries: list[bytes], data: st.DataObject) -> None:
    top = root(entries)
    assert top == slow(entries)
    place = data.draw(st.integers(0, len(entries) - 1))
    shown = path(entries, place)
    assert leads(entries[place], place, len(entries), shown, top)
    assert not leads(entries[place] + b"x", place, len(entries), shown, top)
    assert not leads(entries[place], place, len(entries), (*shown, top), top)
    assert not leads(entries[place], len(entries), len(entries), shown, top)
    if len(entries) > 1 and entries[place - 1] != entries[place]:
        assert not leads(entries[place - 1], place, len(entries), shown, top)
    other = [*entries[:place], entries[place] + b"x", *entries[place + 1 :]]
    assert root(other) != top
    with pytest.raises(IndexError):
        path(entries, len(entries))
