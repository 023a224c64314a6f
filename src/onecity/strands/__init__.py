"""Strands: the five ways cities grow together. The only floor where a region meets a model.

A strand is a package in this folder with an object named ``strand`` that answers the four
verbs of `onecity.strands.contract.Strand`. Nothing else has to be told of it.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from .contract import Strand

ORDER = ("planning", "transport", "science", "industry", "livelihood")
"""The five in the order in which they are always told; what else there is comes after them."""


@cache
def strands() -> dict[str, Strand]:
    """Return every strand by its key, in the order of `ORDER`."""
    packages = sorted(one.name for one in iter_modules(__path__) if one.ispkg)
    found = {name: import_module(f"{__name__}.{name}").strand for name in packages}
    told = sorted(found, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    return {found[name].key: found[name] for name in told}
