"""Strands: the five ways cities grow together. The only floor where a region meets a model.

A strand is a package in this folder with an object named ``strand`` that answers the four
verbs of `onecity.strands.contract.Strand`. Nothing else has to be told of it.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from .contract import Strand


@cache
def strands() -> dict[str, Strand]:
    """Return every strand by its key, in order of the keys."""
    packages = sorted(one.name for one in iter_modules(__path__) if one.ispkg)
    found = [import_module(f"{__name__}.{name}").strand for name in packages]
    return {strand.key: strand for strand in found}
