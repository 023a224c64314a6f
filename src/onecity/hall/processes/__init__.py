"""Processes: the order of work in a case, drawn in BPMN and carried out step by step."""

from .checking import Check, Finding, check
from .process import Process, Shipped, shipped
from .running import Delta, OpenTask, Running, Saved

__all__ = [
    "Check",
    "Delta",
    "Finding",
    "OpenTask",
    "Process",
    "Running",
    "Saved",
    "Shipped",
    "check",
    "shipped",
]
