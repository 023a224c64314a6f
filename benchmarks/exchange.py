"""Which exchanges of data to open, over made-up catalogues at three sizes.

    python benchmarks/exchange.py            5,000 items, 20,000 documents, 600 departments
    python benchmarks/exchange.py --quick    seconds: two small catalogues; shows that it works

Nobody else answers this question, so there is no peer: shown are the seconds of each step, the
gap that HiGHS proves within its time, and what the two greedy rules miss. Catalogues are drawn
from a fixed seed: documents that many items ask for are few, as in the world (Zipf). See
benchmarks/README.md.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import machine
import numpy as np

from onecity.hall.catalogue import (
    Applicant,
    Caseload,
    Catalogue,
    Department,
    Depth,
    Document,
    Item,
    Kind,
    Limit,
    Origin,
    Requirement,
    Tier,
    TimeUnit,
)
from onecity.hall.exchange.asking import asking_of
from onecity.hall.exchange.opening import EQUAL, openings

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True, slots=True)
class Size:
    """Items, documents, departments, and exchanges to open."""

    items: int
    documents: int
    departments: int
    opened: int


@dataclass(frozen=True, slots=True)
class Row:
    """What one size took: seconds, and what was found."""

    size: Size
    asked: int
    candidates: int
    reading: float
    search: float
    whole: float
    gap: float
    single_misses: float
    grouped_misses: float


FULL = (Size(500, 2_000, 60, 20), Size(1_600, 6_300, 190, 50), Size(5_000, 20_000, 600, 100))
QUICK = (Size(50, 200, 6, 5), Size(200, 800, 24, 10))


def made(size: Size) -> Catalogue:
    """Return a made-up catalogue; the same size gives the same one."""
    random = np.random.default_rng(size.items)
    departments = tuple(
        Department(f"d{at}", f"部门{at}", "A", Tier.CITY) for at in range(size.departments)
    )
    wanted = 1.0 / np.arange(1, size.documents + 1) ** 0.8
    wanted /= wanted.sum()
    documents = tuple(
        Document(
            f"m{at}",
            f"材料{at}",
            Origin.GOVERNMENT if random.random() < 0.7 else Origin.APPLICANT,
            f"d{random.integers(size.departments)}",
            float(random.choice([0, 0, 1, 2, 3, 5, 10])),
            bool(random.random() < 0.3),
        )
        for at in range(size.documents)
    )
    items, loads = [], []
    for at in range(size.items):
        chosen = random.choice(size.documents, random.integers(2, 13), replace=False, p=wanted)
        visit = random.random(len(chosen)) < 0.3
        items.append(
            Item(
                f"i{at}", f"i{at}", f"事项{at}", Kind.LICENCE,
                f"d{random.integers(size.departments)}", "A", Tier.CITY,
                frozenset({Applicant.PERSON}), None, Limit(5, TimeUnit.WORKING_DAY),
                int(visit.any()), Depth.III,
                requirements=tuple(
                    Requirement(f"m{one}", visit=bool(must))
                    for one, must in zip(chosen, visit, strict=True)
                ),
            )
        )  # fmt: skip
        loads.append(Caseload(f"i{at}", 2025, "A", None, float(np.exp(random.normal(5, 1.5)))))
    return Catalogue(
        "虚构",
        departments=departments,
        documents=documents,
        items=tuple(items),
        caseloads=tuple(loads),
    )


def measured(size: Size, seconds: float) -> Row:
    """Return what one size takes."""
    catalogue = made(size)
    begun = perf_counter()
    asking = asking_of(catalogue)
    read = perf_counter() - begun
    found = openings(asking, size.opened, weights=EQUAL, seconds=seconds)
    best = found.spared.worth(EQUAL)
    return Row(
        size=size,
        asked=len(asking.asked),
        candidates=found.count,
        reading=read,
        search=found.seconds,
        whole=perf_counter() - begun,
        gap=found.gap,
        single_misses=1 - found.single.worth(EQUAL) / best,
        grouped_misses=1 - found.grouped.worth(EQUAL) / best,
    )


HEADS = (
    "items",
    "documents",
    "departments",
    "asked",
    "exchanges",
    "opened",
    "to a list, s",
    "search, s",
    "whole, s",
    "gap",
    "best single misses",
    "best group misses",
)


def page(rows: Sequence[Row], about: dict[str, object], made_at: str) -> str:
    """Return the results as a page."""
    lines = [
        "### Which exchanges to open",
        "",
        (
            f"Run of {made_at}; {about['processor']}, {about['cores']} cores, load "
            f"{about['load_before']} before. One run of each size."
        ),
        "",
        f"| {' | '.join(HEADS)} |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        size = row.size
        lines.append(
            f"| {size.items:,} | {size.documents:,} | {size.departments:,} | {row.asked:,} "
            f"| {row.candidates:,} | {size.opened} | {row.reading:.2f} | {row.search:.1f} "
            f"| {row.whole:.1f} | {row.gap:.3%} | {row.single_misses:.2%} "
            f"| {row.grouped_misses:.2%} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small catalogues, nothing kept")
    parser.add_argument("--seconds", type=float, default=120.0, help="of each search")
    given = parser.parse_args()
    rows = [measured(size, given.seconds) for size in (QUICK if given.quick else FULL)]
    about, today = machine.facts(), datetime.now(UTC).date().isoformat()
    text = page(rows, about, today)
    print(text)
    if not given.quick:
        told = {"made": today, "machine": about, "rows": [asdict(row) for row in rows]}
        (RESULTS / f"exchange-{today}.json").write_text(json.dumps(told, indent=1), "utf-8")
        (RESULTS / "exchange.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
