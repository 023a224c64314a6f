"""The integration index on the command line: weights, history, and what it is made of."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onecity.core.errors import InputError

from .info import indicator_told, spoken_twice
from .measuring import measured
from .terminal import Terminal
from .topics import examined

if TYPE_CHECKING:
    from onecity.index import Integration, Moment
    from onecity.region.store import Region
    from onecity.strands.contract import BorderFinding, Findings, Strand
    from onecity.strands.examination import Examination


def weights_of(given: str | None) -> dict[str, float] | None:
    """Return weights by strand from ``transport=2,livelihood=1``; None where none are given.

    Raises
    ------
    InputError
        It is not written so, or names a strand twice.
    """
    if given is None:
        return None
    found: dict[str, float] = {}
    for part in given.replace("，", ",").split(","):
        name, _, text = part.partition("=")
        try:
            weight = float(text)
        except ValueError as error:
            raise InputError("index.weights_form", given=given) from error
        if name.strip() in found:
            raise InputError("index.weights_form", given=given)
        found[name.strip()] = weight
    return found


def integrated(
    terminal: Terminal,
    region: "Region",
    findings: "Mapping[str, Findings]",
    *,
    weights: Mapping[str, float] | None = None,
    examinations: "Sequence[Examination] | None" = None,
    earlier: "Sequence[Moment]" = (),
) -> "tuple[Integration, Examination]":
    """Return the index of a region, and the same in the form of a topic.

    Parameters
    ----------
    examinations
        What topics found, where they were asked already; those that are not of the index are
        left out.
    earlier
        The index at other times.
    """
    from onecity.index import Moment, examination_of, integration_index, topics_of_index

    wanted = {
        (one.strand, one.key): one for one in topics_of_index(region) if one.strand in findings
    }
    if examinations is None:
        examinations = [examined(terminal, region, one) for one in wanted.values()]
    examinations = [one for one in examinations if (one.findings.strand, one.topic) in wanted]
    index = integration_index(region, findings, examinations, weights)
    history = [*earlier, Moment(_label(region), index)] if earlier else []
    return index, examination_of(region, index, findings, examinations, history=history)


def _label(region: "Region") -> str:
    return region.manifest.title_zh if region.path is None else region.path.name


def moments_of(
    terminal: Terminal,
    given: Sequence[str],
    region: Path,
    chosen: "Mapping[str, Strand]",
    weights: Mapping[str, float] | None,
) -> "tuple[Moment, ...]":
    """Return the index of other states of a region: ``2020=out/wuhan-2020``, or a work folder.

    A folder of versions stands for all its accepted states but the last, which is the current.

    Raises
    ------
    InputError
        Two states have one name.
    MissingError, StoreError
        There is no region in a folder, or it is damaged.
    """
    from onecity.index import history_of, states_of, topics_of_index
    from onecity.region.store import Region as Store
    from onecity.region.versions import FILE, Versions

    states: list[tuple[str, Region]] = []
    for one in given:
        label, found, text = one.partition("=")
        folder = Path(text if found else one)
        if (folder / FILE).is_file():
            states += states_of(Versions.open(folder, region))[:-1]
        else:
            states.append((label if found else folder.name, Store.open(folder)))
    names = [label for label, _ in states]
    for label in names:
        if names.count(label) > 1:
            raise InputError("index.history_twice", label=label)

    def measure(one: "Region") -> "tuple[dict[str, Findings], list[Examination]]":
        topics = [topic for topic in topics_of_index(one) if topic.strand in chosen]
        return measured(terminal, one, chosen), [examined(terminal, one, each) for each in topics]

    return history_of(states, measure, weights)


# --- For programs -------------------------------------------------------------------------


def index_told(index: "Integration", moments: "Sequence[Moment]" = ()) -> dict[str, Any]:
    """Return the index with all that belongs to it, for machines."""
    return {
        "value": index.value,
        "low": index.interval[0],
        "high": index.interval[1],
        "clustered": list(index.clustered),
        "variants": list(index.variants),
        "verdict": index.verdict.value,
        "nature": index.nature.value if index.parts else None,
        "grade": index.grade.value if index.parts else None,
        "sources": list(index.sources),
        "parts": [
            {
                "strand": one.strand,
                "permeability": one.permeability,
                "low": one.interval[0],
                "high": one.interval[1],
                "clustered": list(one.clustered),
                "variants": list(one.variants),
                "uncapped": one.uncapped,
                "capped": one.capped,
                "weight": one.weight,
                "lacking": one.lacking,
                "without": one.without,
                "border": _border(one.finding),
                "beside": [_border(other) for other in one.beside],
            }
            for one in index.parts
        ],
        "missing": [
            {"strand": one.strand, "key": one.reason.key, **spoken_twice(one.reason)}
            for one in index.missing
        ],
        "companions": [
            {"value": one.value, "indicator": one.indicator.key, **indicator_told(one.indicator)}
            for one in index.companions
        ],
        "history": [
            {"label": one.label, "region": one.index.region_hash, **index_told(one.index)}
            for one in moments
        ],
    }


def _border(one: "BorderFinding") -> dict[str, Any]:
    return {
        "indicator": one.indicator.key,
        "beta": one.beta,
        "percent": one.percent,
        "verdict": one.verdict.value,
        "placebo_p": one.chance.p if one.chance else None,
        "nature": one.indicator.nature.value,
        "grade": one.indicator.grade.value,
        "sources": list(one.indicator.sources),
    }
