"""The routes, one module for each area.

Every module of this package that has a ``router`` is served under `BASE`; one that has a function
``warm(desk)`` makes ready in the background what is asked for first (see `onecity.web.warming`).
Nothing else has to be told of it.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from fastapi import APIRouter

BASE = "/api/v1"


@cache
def modules() -> tuple[ModuleType, ...]:
    """Return every module, in order of their names."""
    names = sorted(one.name for one in iter_modules(__path__))
    return tuple(import_module(f"{__name__}.{name}") for name in names)


def routers() -> tuple[APIRouter, ...]:
    """Return every router, in order of their modules' names."""
    return tuple(one.router for one in modules() if hasattr(one, "router"))
