"""Values as JSON can hold them."""

from collections.abc import Mapping
from math import isfinite
from typing import Any


def plain_values(value: Any) -> Any:
    """Return a value that JSON can hold: a figure that does not exist is null.

    Arrays and NumPy's scalars become lists and numbers; a whole array of figures is turned at
    once, so that large ones cost little.
    """
    if isinstance(value, str | bool) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(key): plain_values(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(one) for one in value]
    if hasattr(value, "tolist"):  # an array, or a NumPy scalar
        return plain_values(value.tolist())
    if isinstance(value, float) and not isfinite(value):
        return None
    return value if isinstance(value, int | float) else str(value)
