"""Cases: what one is, who may do what with it in which state, and its clocks. Pure values."""

from .model import (
    FINAL,
    Case,
    CaseEvent,
    Hindrance,
    Opinion,
    Outcome,
    State,
    Task,
    TaskKind,
    What,
)

__all__ = [
    "FINAL",
    "Case",
    "CaseEvent",
    "Hindrance",
    "Opinion",
    "Outcome",
    "State",
    "Task",
    "TaskKind",
    "What",
]
