"""Nodes, people and cases that are invented, to be tried on one machine. Nothing of it is real."""

from .making import Demonstration, Login, codes, make

__all__ = ["Demonstration", "Login", "codes", "make"]
