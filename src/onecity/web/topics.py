"""The topics of all strands, as a state of the region answers them."""

from collections.abc import Mapping

from onecity.core.errors import MissingError
from onecity.core.progress import SILENCE, Progress
from onecity.strands import strands
from onecity.strands.examination import Examination, Thorough, Topic, topics_of
from onecity.strands.findings_cache import examined

from .state import State


def name_of(topic: Topic) -> str:
    """Return the name of a topic in addresses: its strand's key, a full stop, its own."""
    return f"{topic.strand}.{topic.key}"


def open_topics(state: State) -> Mapping[str, Topic]:
    """Return every topic that the region has the tables for, by name, strand by strand."""

    def make() -> dict[str, Topic]:
        several = (one for strand in strands().values() for one in topics_of(strand, state.region))
        return {name_of(one): one for one in several}

    return state.once(("topics",), make)


def topic_of(state: State, name: str) -> Topic:
    """Return a topic by its name.

    Raises
    ------
    MissingError
        If there is no such topic, or the region lacks what it looks at.
    """
    known = open_topics(state)
    if name in known:
        return known[name]
    for strand in strands().values():
        topics = strand.topics.values() if isinstance(strand, Thorough) else ()
        for one in topics:
            if name_of(one) == name:
                raise MissingError("web_topics.not_open", title=one, tables=_lacking(one, state))
    listed = ", ".join(known) or "-"
    raise MissingError("web_topics.no_topic", given=name, known=listed)


def _lacking(topic: Topic, state: State) -> str:
    """Return the tables that a topic needs and the region lacks, with what they must hold."""
    tables = [one.table for one in topic.needs if not one.optional]
    return ", ".join([one for one in tables if not state.region.has(one)] or tables) or "-"


def examination_of(state: State, topic: Topic, progress: Progress = SILENCE) -> Examination:
    """Return what a topic finds; it is looked for once, in a computing slot."""

    def make() -> Examination:
        with state.computing():
            return examined(topic, state.region, progress=progress)

    return state.once(_key(topic), make)


def examined_before(state: State, topic: Topic) -> Examination | None:
    """Return what a topic finds if that is known already."""
    found: Examination | None = state.peek(_key(topic))
    return found


def _key(topic: Topic) -> tuple[str, str]:
    return "topics", name_of(topic)
