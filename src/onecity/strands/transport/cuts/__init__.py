"""Topic `cuts`: what the circle's roads hang on.

Crossings of rivers and ferries whose loss cuts or delays trips, single roads with nothing beside
them, and how few roads join each two cities. See ``docs/explanation/what-holds-together.md``.
"""

from .topic import TOPIC

__all__ = ["TOPIC"]
