"""What a topic found, as an answer: figures, lists, layers, and what they rest on."""

from collections.abc import Iterable
from typing import Any

from shapely.geometry import Point, mapping
from shapely.geometry.base import BaseGeometry

from onecity.core.words import LANGUAGES
from onecity.report.names import Name
from onecity.strands.bounds import bounds
from onecity.strands.contract import BorderFinding, Findings, Level, Matrix
from onecity.strands.examination import Examination, Ranked, Ranking, Topic
from onecity.strands.transport.route import course_of

from .assumed import assumed_told
from .card_figures import behind_told
from .indicators import indicator_told
from .map_layers import in_percent
from .state import State
from .topics import name_of
from .words import told, words

Told = dict[str, Any]
_LEVELS = (Level.REGION, Level.GROUP, Level.CITY, Level.COUNTY)
"""Zones are many, and without names: they are on the map."""


def topic_told(topic: Topic) -> Told:
    """Return what a topic is, as `onecity.web.routes.topics.TopicEntry` says."""
    return {
        "key": name_of(topic),
        "strand": topic.strand,
        "strand_name": told(f"strands.name_{topic.strand}"),
        "title": words(topic),
        "about": {language: topic.about(language) for language in LANGUAGES},
    }


def examination_told(state: State, topic: Topic, found: Examination) -> Told:
    """Return what a topic found, all but its layers, as `ExaminationAnswer` says."""
    findings = found.findings
    return {
        **topic_told(topic),
        "state": state.key,
        "indicators": [indicator_told(one) for one in findings.indicators.values()],
        "headline": list(findings.headline),
        "tables": [_table(state, findings, level) for level in _LEVELS if level in findings.tables],
        "matrices": [_matrix(state, one) for one in findings.matrices if one.level in _LEVELS],
        "borders": [border_told(state, one) for one in findings.borders],
        "rankings": [ranking_told(state, one) for one in found.rankings],
        "remarks": [words(one) for one in findings.remarks],
        "assumptions": assumed_told(found.assumptions),
    }


def tables_told(state: State, findings: Findings) -> list[Told]:
    """Return the figures of all units but zones, as `onecity.web.routes.topics.FigureTable`s."""
    return [_table(state, findings, level) for level in _LEVELS if level in findings.tables]


def _table(state: State, findings: Findings, level: Level) -> Told:
    """Return the figures of a level's units: a row each, a column for each indicator."""
    table = findings.tables[level]
    columns = []
    for key in table.columns:
        ends = bounds(findings, level, key)
        low, high = (None, None) if ends is None else (end.to_numpy() for end in ends)
        columns.append({"key": key, "values": table[key].to_numpy(), "low": low, "high": high})
    codes = [str(code) for code in table.index]
    return {
        "level": level.value,
        "codes": codes,
        "names": _names(state, level, codes),
        "columns": columns,
    }


def _names(state: State, level: Level, codes: Iterable[str]) -> list[dict[str, str]]:
    known = state.names[level]
    return [words(known.get(code, Name(code, code, code))) for code in codes]


def _matrix(state: State, one: Matrix) -> Told:
    starts, ends = ([str(code) for code in side] for side in (one.values.index, one.values.columns))
    return {
        "indicator": indicator_told(one.indicator),
        "level": one.level.value,
        "from_codes": starts,
        "from_names": _names(state, one.level, starts),
        "to_codes": ends,
        "to_names": _names(state, one.level, ends),
        "values": one.values.to_numpy(),
    }


def border_told(state: State, one: BorderFinding) -> Told:
    """Return a border effect, never without what stands behind it."""
    low, high = in_percent(one.variants)
    return {
        "codes": list(one.codes),
        "title": _whose(state, one.codes),
        "indicator": indicator_told(one.indicator),
        "percent": one.percent,
        "low": low,
        "high": high,
        "basis": behind_told(one),
        "remarks": [words(remark) for remark in one.remarks],
    }


def _whose(state: State, codes: tuple[str, ...]) -> dict[str, str]:
    """Return the name of a border: of all, of a city's, or of the one between two cities."""
    known = state.names[Level.CITY]
    names = [known.get(code, Name(code, code, code)) for code in codes]
    if not names:
        return told("web_topics.all_borders")
    if len(names) == 1:
        return told("web_topics.border_of", city=names[0])
    return told("report.place_between", one=names[0], other=names[-1])


def ranking_told(state: State, one: Ranking) -> Told:
    """Return a list, as `onecity.web.routes.topics.RankingAnswer` says."""
    return {
        "key": one.key,
        "title": words(one),
        "about": {language: one.about(language) for language in LANGUAGES},
        "columns": [indicator_told(column) for column in one.columns],
        "rows": [_row(state, row) for row in one.rows],
        "total": one.total,
        "remarks": [words(remark) for remark in one.remarks],
    }


def _row(state: State, one: Ranked) -> Told:
    shape = _shape(state, one)
    return {
        "name": dict(one.name),
        "values": list(one.values),
        "cities": list(one.cities),
        "geometry": None if shape is None else mapping(shape),
        "bbox": None if shape is None else shape.bounds,
        "remarks": [words(remark) for remark in one.remarks],
    }


def _shape(state: State, one: Ranked) -> BaseGeometry | None:
    """Return where a row lies: its roads in one piece where they join, or its point."""
    if one.edges:
        return course_of(state.region, one.edges)
    return None if one.point is None else Point(one.point)
