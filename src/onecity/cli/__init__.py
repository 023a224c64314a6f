"""The command line: every command of OneCity, in Chinese and English.

Only this floor speaks to a terminal. Commands import what they need when they run, so
that ``onecity --help`` answers at once.
"""

from .program import main

__all__ = ["main"]
