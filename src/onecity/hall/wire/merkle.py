"""Merkle trees over hashes, as of RFC 6962: one root stands for many entries in their order.

That an entry is under a root can be shown with about log2(n) hashes, without the others.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

_LEAF, _NODE = b"\x00", b"\x01"


def root(entries: Iterable[bytes]) -> bytes:
    """Return the root over entries, in one pass and with little memory; RFC 6962, section 2.1.

    Of no entries it is the hash of nothing.
    """
    # Whole subtrees, largest first; two of one size become one, as when 1 is added to a number.
    parts: list[tuple[int, bytes]] = []
    for entry in entries:
        size, node = 1, sha256(_LEAF + entry).digest()
        while parts and parts[-1][0] == size:
            size, node = 2 * size, sha256(_NODE + parts.pop()[1] + node).digest()
        parts.append((size, node))
    if not parts:
        return sha256().digest()
    _, node = parts.pop()
    while parts:
        node = sha256(_NODE + parts.pop()[1] + node).digest()
    return node


def path(entries: Sequence[bytes], place: int) -> tuple[bytes, ...]:
    """Return what shows that entry number `place`, from 0, is under the root; section 2.1.1.

    Raises
    ------
    IndexError
        There is no such entry.
    """
    if not 0 <= place < len(entries):
        msg = f"no entry {place} of {len(entries)}"
        raise IndexError(msg)
    if len(entries) == 1:
        return ()
    half = _half(len(entries))
    left, right = entries[:half], entries[half:]
    if place < half:
        return (*path(left, place), root(right))
    return (*path(right, place - half), root(left))


def leads(entry: bytes, place: int, size: int, shown: Sequence[bytes], to: bytes) -> bool:
    """Whether `shown` leads from entry number `place` of `size` to the root `to`."""
    if not 0 <= place < size:
        return False
    sides = []
    while size > 1:  # from the top down, on which side of each split it is
        half = _half(size)
        sides.append(place < half)
        place, size = (place, half) if place < half else (place - half, size - half)
    if len(sides) != len(shown):
        return False
    node = sha256(_LEAF + entry).digest()
    for is_left, other in zip(reversed(sides), shown, strict=True):
        pair = node + other if is_left else other + node
        node = sha256(_NODE + pair).digest()
    return node == to


def _half(size: int) -> int:
    """Return the largest power of two below a size."""
    return 1 << ((size - 1).bit_length() - 1)
