"""Topic `jobs`: where people live and work, and which jobs a border puts out of reach."""

from .examine import TOPIC

__all__ = ["TOPIC"]
