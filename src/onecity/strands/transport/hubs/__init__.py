"""Topic `hubs`: how far airports and ports are, whom they serve, and whom only one serves."""

from .topic import TOPIC

__all__ = ["TOPIC"]
