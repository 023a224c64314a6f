"""What strands find, as bytes and back: every value as it was, every figure to the last bit.

A file holds plain values and arrays alone, never code, so that one from elsewhere can be wrong
but can do no harm. It begins with the hash of the rest: what is damaged is known.

Kept are the values findings and proposals are made of: plain values, tuples, lists, mappings and
sets of them, the enumerations and data classes of the program, and tables of real numbers.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from hashlib import sha256
from io import BytesIO
from math import isfinite
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from onecity.core.errors import InputError, StoreError

_MARK = "~"
"""The key of an object that stands for a value JSON does not have."""
_TREE = "tree"
_HEAD = b"onecity kept 1\n"
_FLOORS = ("onecity.core.", "onecity.region.", "onecity.models.", "onecity.strands.")


def to_bytes(value: Any) -> bytes:
    """Return a value as bytes.

    Raises
    ------
    InputError
        It holds something of a kind that cannot be kept.
    """
    writer = _Writer()
    tree = json.dumps(writer.plain(value), ensure_ascii=False, allow_nan=False)
    packed = BytesIO()
    arrays: Any = {_TREE: np.frombuffer(tree.encode("utf-8", "surrogatepass"), np.uint8)}
    np.savez(packed, **arrays, **writer.arrays)
    body = packed.getvalue()
    return _HEAD + sha256(body).hexdigest().encode() + b"\n" + body


def from_bytes(raw: bytes, where: str) -> Any:
    """Return the value that `to_bytes` wrote.

    Raises
    ------
    StoreError
        The bytes are damaged, or hold what this version of the program does not know.
    """
    digest, end = raw[len(_HEAD) :].partition(b"\n")[:2]
    body = raw[len(_HEAD) + len(digest) + 1 :]
    if not raw.startswith(_HEAD) or not end or digest != sha256(body).hexdigest().encode():
        raise StoreError("strands.kept_damaged", where=where, reason="sha256")
    try:
        with np.load(BytesIO(body), allow_pickle=False) as packed:
            arrays = {name: packed[name] for name in packed.files}
        tree = json.loads(arrays.pop(_TREE).tobytes().decode("utf-8", "surrogatepass"))
        return _Reader(arrays).value(tree)
    except (
        ArithmeticError,
        AttributeError,
        BadZipFile,
        EOFError,
        LookupError,
        OSError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise StoreError("strands.kept_damaged", where=where, reason=error) from error


@dataclass
class _Writer:
    """Turns values into what JSON can hold, tables aside."""

    arrays: dict[str, Any] = field(default_factory=dict)
    indexes: dict[int, tuple[int, pd.Index]] = field(default_factory=dict)

    def plain(self, value: Any) -> Any:  # noqa: C901, PLR0911  (a case for each kind)
        """Return a value as JSON holds it; what is marked stands for something else."""
        if isinstance(value, np.generic):
            value = value.item()
        match value:
            case Enum():
                return self._marked("enum", [_name(type(value)), value.name])
            case float() if not isfinite(value):
                return self._marked("float", str(value))
            case None | bool() | int() | float() | str():
                return value
            case list():
                return [self.plain(one) for one in value]
            case tuple():
                return self._marked("tuple", [self.plain(one) for one in value])
            case frozenset():
                return self._marked("set", sorted((self.plain(one) for one in value), key=repr))
            case Mapping():
                return self._marked(
                    "map", [[self.plain(key), self.plain(one)] for key, one in value.items()]
                )
            case pd.DataFrame():
                return self._marked("table", self._table(value))
        if is_dataclass(value) and not isinstance(value, type):
            parts = {one.name: self.plain(getattr(value, one.name)) for one in fields(value)}
            return self._marked("data", [_name(type(value)), parts])
        raise InputError("strands.cannot_keep", kind=type(value).__name__)

    def _marked(self, kind: str, content: Any) -> dict[str, Any]:
        return {_MARK: kind, "of": content}

    def _table(self, table: pd.DataFrame) -> dict[str, Any]:
        values = table.to_numpy()
        if values.dtype != np.float64 and table.size:
            raise InputError("strands.cannot_keep", kind=f"DataFrame {values.dtype}")
        name = f"table{len(self.arrays)}"
        self.arrays[name] = np.ascontiguousarray(values, np.float64)
        return {
            "array": name,
            "rows": self._index(table.index),
            "columns": self._index(table.columns),
        }

    def _index(self, index: pd.Index) -> Any:
        """Return labels of a table; those of a table before it are not told again."""
        number, known = self.indexes.get(id(index), (-1, None))
        if known is None:
            number = len(self.indexes)
            self.indexes[id(index)] = number, index
            labels = [self.plain(one) for one in index]
            told = {"name": self.plain(index.name), "dtype": str(index.dtype), "labels": labels}
            return {"new": number, **told}
        return {"seen": number}


@dataclass
class _Reader:
    """Turns what `_Writer` made back into values."""

    arrays: Mapping[str, NDArray[Any]]
    indexes: dict[int, pd.Index] = field(default_factory=dict)

    def value(self, plain: Any) -> Any:  # noqa: C901, PLR0911  (a case for each kind)
        """Return the value that something stands for."""
        if isinstance(plain, list):
            return [self.value(one) for one in plain]
        if not isinstance(plain, dict):
            return plain
        kind, content = plain[_MARK], plain["of"]
        match kind:
            case "float":
                return float(content)
            case "tuple":
                return tuple(self.value(one) for one in content)
            case "set":
                return frozenset(self.value(one) for one in content)
            case "map":
                return {self.value(key): self.value(one) for key, one in content}
            case "table":
                return self._table(content)
            case "enum":
                return _known(content[0], Enum)[content[1]]
            case "data":
                made: Any = _known(content[0], object)
                parts = {name: self.value(one) for name, one in content[1].items()}
                if parts.keys() != {one.name for one in fields(made)}:  # also if it has none
                    raise TypeError(content[0])
                return made(**parts)
        raise ValueError(kind)

    def _table(self, told: Mapping[str, Any]) -> pd.DataFrame:
        rows, columns = self._index(told["rows"]), self._index(told["columns"])
        return pd.DataFrame(self.arrays[told["array"]], index=rows, columns=columns)

    def _index(self, told: Mapping[str, Any]) -> pd.Index:
        if "seen" in told:
            return self.indexes[told["seen"]]
        labels = [self.value(one) for one in told["labels"]]
        made: pd.Index = pd.Index(labels, dtype=told["dtype"], name=self.value(told["name"]))
        self.indexes[told["new"]] = made
        return made


def _name(kind: type) -> str:
    """Return the name by which a class of the program is found again."""
    if not f"{kind.__module__}.".startswith(_FLOORS):
        raise InputError("strands.cannot_keep", kind=f"{kind.__module__}.{kind.__qualname__}")
    return f"{kind.__module__}:{kind.__qualname__}"


def _known(name: str, kind: type) -> Any:
    """Return a class of the program; its module is there already, a file cannot bring it in."""
    module, _, within = name.partition(":")
    if not f"{module}.".startswith(_FLOORS):
        raise ValueError(name)
    found = getattr(sys.modules[module], within)
    if not (isinstance(found, type) and issubclass(found, kind)):
        raise TypeError(name)
    return found
