"""Topic `networks`: rail, power and fibre at city borders, and what each loses with another."""

from .topic import TOPIC

__all__ = ["TOPIC"]
