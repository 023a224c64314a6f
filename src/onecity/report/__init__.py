"""The report: one page that holds everything, in both languages, to read, print and send."""

from .page import render

__all__ = ["render"]
