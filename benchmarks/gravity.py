"""Flows between places fitted by Poisson regression, beside pyfixest, sparse and dense.

    python benchmarks/gravity.py            up to 5 million pairs
    python benchmarks/gravity.py --quick    seconds: two small tables; shows that everything works

Dense tables hold every pair of some zones, sparse ones each zone's nearest. Flows are drawn with
a known effect of distance and of a border, many of them zero. Either contestant gets arrays and
gives coefficients with errors clustered by origin, on one thread; their answers are compared,
pyfixest's at a tight tolerance, before anything is timed, at its default one. pyfixest lives in
an environment of its own. See benchmarks/README.md.
"""

import argparse
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import machine
import numpy as np
import numpy.typing as npt
import report
from graphs import ROOT, AbsentError
from peers.asked import Asked
from peers.environment import python_of
from race import OURS, Contestant, Figure, WrongAnswerError, race
from scipy.spatial import cKDTree

from onecity.models.gravity import PoissonFit, flow_pairs, ppml

RESULTS = Path(__file__).resolve().parent / "results"
CACHE = ROOT / "out/benchmarks"
#: MIT. What the contest alone uses, never installed beside OneCity.
PEER = "pyfixest==0.60.0"
TIGHT = 1e-12
#: Of coefficients and errors, pyfixest at a tight tolerance.
CLOSE = 1e-8
#: The same at its default one, where the tight one would take too long.
NEAR = 1e-4
#: Seconds of one call at default tolerances, above which pyfixest has one round, no tight one.
SLOW = 30.0

Reals = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Plan:
    """Tables by zones: dense ones, and sparse ones with their pairs of each zone."""

    dense: tuple[int, ...]
    sparse: tuple[tuple[int, int], ...]
    rounds: int


FULL = Plan((224, 1_000, 2_236), ((1_000, 50), (10_000, 100), (50_000, 100)), rounds=3)
QUICK = Plan((60,), ((300, 20),), rounds=2)


@dataclass(frozen=True, slots=True)
class Flows:
    """A table of flows (M,)."""

    origin: Ids
    destination: Ids
    flow: Reals
    ln_km: Reals
    border: Reals

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return what pyfixest is given."""
        return {
            "origin": self.origin, "destination": self.destination, "flow": self.flow,
            "ln_km": self.ln_km, "border": self.border,
        }  # fmt: skip


def made_flows(zones: int, each: int | None) -> Flows:
    """Return flows among all zones, or from each to its nearest ones."""
    rng = np.random.default_rng(zones)
    xy = rng.uniform(0, 240, (zones, 2))
    if each is None:
        origin, destination = (k.ravel() for k in np.indices((zones, zones)))
    else:
        near = cKDTree(xy).query(xy, each + 1)[1]
        origin, destination = np.repeat(np.arange(zones), each + 1), near.ravel()
    apart = origin != destination
    origin, destination = origin[apart].astype(np.int64), destination[apart].astype(np.int64)
    ln_km = np.log(np.hypot(*(xy[origin] - xy[destination]).T))
    city = (xy[:, 0] // 80).astype(int) * 3 + (xy[:, 1] // 80).astype(int)
    border = (city[origin] != city[destination]).astype(float)
    out, into = rng.normal(0, 1, (2, zones))
    mean = np.exp(out[origin] + into[destination] - 1.1 * ln_km - 0.7 * border)
    mean *= 3 / mean.mean()
    flow = rng.poisson(mean * rng.gamma(2, 0.5, len(mean))).astype(float)
    return Flows(origin, destination, flow, ln_km, border)


def ours(flows: Flows) -> PoissonFit:
    """Fit, from arrays to errors."""
    regressors = {"ln km": flows.ln_km, "border": flows.border}
    pairs = flow_pairs(flows.origin, flows.destination, flows.flow, regressors)
    return ppml(pairs, clusters="origin")


class Pyfixest(Asked):
    """A process that holds the table and fits it when asked."""

    def __init__(self, python: Path, flows: Flows) -> None:
        file = CACHE / "flows.npz"
        np.savez(file, **flows.columns())  # type: ignore[arg-type]
        super().__init__("pyfixest", python, "pyfixest_poisson.py", file)

    def fit(self, tolerance: str) -> dict[str, Any]:
        """Return seconds, coefficients and errors."""
        return self.ask(tolerance)


def compare(
    run: report.Run, where: str, fit: PoissonFit, peer: dict[str, Any], close: float
) -> None:
    """Make sure that both found the same."""
    for what, mine, its in (
        ("coefficients", fit.coefficients, peer["coefficients"]),
        ("errors", fit.standard_errors(), peer["errors"]),
    ):
        gap = float(np.abs(mine / np.array(its) - 1).max())
        if not gap <= close:
            raise WrongAnswerError(f"{where}: {what} differ by {gap}")
        run.checks.append(f"{where}: {what} equal pyfixest's within {gap:.1e}, relative.")


def beside(
    run: report.Run,
    python: Path | None,
    flows: Flows,
    fit: PoissonFit,
    where: str,
    contestants: list[Contestant],
    rounds: int,
) -> list[tuple[float, ...]]:
    """Race with pyfixest once both are known to agree; it joins the contestants."""
    if python is None:
        raise AbsentError(f"there is no {PEER}")
    with Pyfixest(python, flows) as peer:
        first = peer.fit("default")
        slow = first["seconds"] > SLOW
        compare(run, where, fit, first if slow else peer.fit(str(TIGHT)), NEAR if slow else CLOSE)
        contestants.append(
            Contestant(
                f"pyfixest {peer.version}",
                lambda: peer.fit("default")["seconds"],
                rounds=1 if slow else None,
                note="at its default tolerances, table in memory",
                timed=True,
            )
        )
        return race(contestants, rounds)


def contest(
    run: report.Run, python: Path | None, zones: int, each: int | None, rounds: int
) -> None:
    """Time one table."""
    flows = made_flows(zones, each)
    kind = "dense" if each is None else "sparse"
    where = f"{kind}, {zones:,} zones, {len(flows.flow):,} pairs"
    fit = ours(flows)
    empty = float((flows.flow == 0).mean())
    note = f"{empty:.0%} zeros, {len(fit.dropped.separated):,} separated, {fit.steps} steps"
    contestants = [Contestant(OURS, lambda: ours(flows), note=note)]
    try:
        figures = beside(run, python, flows, fit, where, contestants, rounds)
    except AbsentError as error:
        run.skip(f"pyfixest on {where}", error)
        del contestants[1:]
        figures = race(contestants, rounds)
    run.add(
        Figure(
            "Poisson regression with two-way effects", where, 0, 0, one.who, one.threads, "s",
            seconds, reference=one.who == OURS, note=one.note,
        )
        for one, seconds in zip(contestants, figures, strict=True)
    )  # fmt: skip


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two small tables, seconds")
    given = parser.parse_args()
    plan, mode = (QUICK, "quick") if given.quick else (FULL, "full")
    CACHE.mkdir(parents=True, exist_ok=True)
    run = report.Run(datetime.now(UTC).date().isoformat(), mode, machine.facts())
    print(json.dumps(run.machine, ensure_ascii=False, indent=1), flush=True)
    try:
        python: Path | None = python_of(CACHE, "pyfixest", PEER)
    except AbsentError as error:
        run.skip(PEER, error)
        python = None
    tables = [(zones, None) for zones in plan.dense] + list(plan.sparse)
    # The smallest first, and kept one by one: a run that is stopped leaves what it found.
    for zones, each in sorted(tables, key=lambda one: one[0] * (one[1] or one[0])):
        contest(run, python, zones, each, plan.rounds)
        run.machine["load_after"] = machine.busy()
        report.keep(run, "gravity", CACHE / "results" if given.quick else RESULTS)


if __name__ == "__main__":
    main()
