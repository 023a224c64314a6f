"""交通同网, one transport network: how far, how fast and how many people travel reaches."""

from .strand import strand

__all__ = ["strand"]
