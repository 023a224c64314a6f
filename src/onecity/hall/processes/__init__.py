"""Processes: the order of work in a case, drawn in BPMN and carried out step by step."""

from .checking import Check, Finding, check
from .playing import Facts, Stage, facts_for, stages
from .process import Process, Shipped, shipped
from .running import Delta, OpenTask, Running, Saved
from .suiting import Lack, lacks

__all__ = [
    "Check",
    "Delta",
    "Facts",
    "Finding",
    "Lack",
    "OpenTask",
    "Process",
    "Running",
    "Saved",
    "Shipped",
    "Stage",
    "check",
    "facts_for",
    "lacks",
    "shipped",
    "stages",
]
