"""The integration index: how far a group of cities is from working as one, over all strands."""

from .history import Moment, comparable, history_of, states_of
from .integration import Companion, Integration, Missing, Part, integration_index, topics_of_index
from .scorecards import Card, Scorecard, scorecards_of
from .shown import examination_of
from .structure import Structure, structure_of

__all__ = [
    "Card",
    "Companion",
    "Integration",
    "Missing",
    "Moment",
    "Part",
    "Scorecard",
    "Structure",
    "comparable",
    "examination_of",
    "history_of",
    "integration_index",
    "scorecards_of",
    "states_of",
    "structure_of",
    "topics_of_index",
]
