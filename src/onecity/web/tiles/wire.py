"""Layers of a vector tile in the wire format: names, properties, extent, features.

Source: Mapbox Vector Tile specification, version 2.1, section 4.1 and 4.4, and its appendix
vector_tile.proto.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .encode import Tags
from .shapes import Ints

VERSION = 2
_LAYER, _NAME, _KEY, _VALUE, _EXTENT, _VERSION = 0x1A, 0x0A, 0x1A, 0x22, 0x28, 0x78
_STRING, _DOUBLE, _UINT, _SINT, _BOOL = 0x0A, 0x19, 0x28, 0x30, 0x38
_FIELD = {"b": "Boolean", "i": "Number", "u": "Number", "f": "Number"}


@dataclass(frozen=True, slots=True)
class Properties:
    """Properties of features, each value kept once.

    Attributes
    ----------
    names
        Of the properties.
    fields
        Their types as TileJSON names them: String, Number or Boolean.
    numbers
        Which of its property's values each feature has, (features, properties); -1 for none.
    values
        The values of each property, ready to be written.
    """

    names: tuple[str, ...]
    fields: tuple[str, ...]
    numbers: Tags
    values: tuple[tuple[bytes, ...], ...]

    @classmethod
    def of(cls, columns: Mapping[str, Any], count: int) -> "Properties":
        """Make the properties of `count` features from columns; empty cells give none."""
        numbers = np.empty((count, len(columns)), np.int32)
        values, fields = [], []
        for column, cells in enumerate(columns.values()):
            series = pd.Series(cells)
            numbers[:, column], kept = pd.factorize(series)
            values.append(tuple(_value(one) for one in kept.tolist()))
            fields.append(_FIELD.get(series.dtype.kind, "String"))
        return cls(tuple(columns), tuple(fields), numbers, tuple(values))

    def of_rows(self, rows: Ints) -> tuple[Tags, list[bytes]]:
        """Return the tags of some features and the values that these use, numbered as in them."""
        tags = self.numbers[rows]
        used: list[bytes] = []
        for column, values in enumerate(self.values):
            here = np.zeros(len(values) + 1, np.int32)  # the last is that of -1
            here[tags[:, column]] = 1
            here[-1] = 0
            which = np.flatnonzero(here)
            here[which] = np.arange(len(used), len(used) + len(which))
            here[-1] = -1
            tags[:, column] = here[tags[:, column]]
            used.extend(values[one] for one in which)
        return tags, used


def layer_bytes(
    name: str,
    extent: int,
    features: Sequence[bytes | memoryview | NDArray[np.uint8]],
    keys: Sequence[str] = (),
    values: Sequence[bytes] = (),
) -> bytes:
    """Return a layer as a field of a tile; nothing where it has no features.

    `features`, `keys` and `values` are as `onecity.web.tiles.encode` and `Properties` give them.
    """
    if not any(len(one) for one in features):
        return b""
    pieces: list[Any] = [bytes([_VERSION, VERSION]), _block(_NAME, name.encode()), *features]
    pieces.extend(_block(_KEY, key.encode()) for key in keys)
    pieces.extend(values)
    pieces.append(bytes([_EXTENT]) + varint(extent))
    return _block(_LAYER, b"".join(pieces))


def varint(value: int) -> bytes:
    """Return a number from 0 as Protocol Buffers write it."""
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)


def _block(field: int, content: bytes) -> bytes:
    return bytes([field]) + varint(len(content)) + content


def _value(given: object) -> bytes:
    """Return a value of a property as a field of a layer; whole numbers in the fewest bytes."""
    if isinstance(given, bool):
        return _block(_VALUE, bytes([_BOOL, given]))
    if isinstance(given, float) and given.is_integer() and abs(given) < 2**53:
        given = int(given)
    if isinstance(given, int):
        if given >= 0:
            return _block(_VALUE, bytes([_UINT]) + varint(given))
        return _block(_VALUE, bytes([_SINT]) + varint(-2 * given - 1))
    if isinstance(given, float):
        return _block(_VALUE, bytes([_DOUBLE]) + struct.pack("<d", given))
    return _block(_VALUE, _block(_STRING, str(given).encode()))
