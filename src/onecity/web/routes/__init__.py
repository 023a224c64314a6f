"""The routes, one module for each area.

Every module of this package that has a ``router`` is served under `BASE`; nothing else has to
be told of it.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from fastapi import APIRouter

BASE = "/api/v1"


@cache
def routers() -> tuple[APIRouter, ...]:
    """Return every router, in order of their modules' names."""
    names = sorted(one.name for one in iter_modules(__path__))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return tuple(one.router for one in modules if hasattr(one, "router"))
