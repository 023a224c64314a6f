"""交通同网, one transport network: how far, how fast and how many people travel reaches."""

from .measure import borders
from .propose import appraise
from .strand import strand

__all__ = ["appraise", "borders", "strand"]
