"""Traffic in the peak hour: how full roads are, where they are too narrow, what a lane gives."""

from .links import Reranked, ranking_of, rerank
from .loading import Loading, loading_of
from .topic import TOPIC, examination_of, examine

__all__ = [
    "TOPIC",
    "Loading",
    "Reranked",
    "examination_of",
    "examine",
    "loading_of",
    "ranking_of",
    "rerank",
]
