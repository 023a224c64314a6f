"""OneCity: how far a group of cities is from working as one, and what to do next."""

__version__ = "0.1.0"
