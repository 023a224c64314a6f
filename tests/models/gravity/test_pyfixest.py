"""Random small tables of flows give what pyfixest gives, coefficients and clustered errors.

pyfixest is a peer and lives in an environment of its own, which ``benchmarks/gravity.py`` makes;
without it, and without pyfixest beside this project, this test is skipped. Figures of pyfixest on
real trade stand in `test_gravity`, always.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.models.gravity import flow_pairs, ppml

ROOT = Path(__file__).resolve().parents[3]
ANSWERS = Path(__file__).with_name("pyfixest_answers.py")
CLOSE = 1e-8


class Peer:
    """A running pyfixest."""

    def __init__(self, python: Path) -> None:
        one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "NUMBA", "RAYON")}
        self.process = subprocess.Popen(
            [python, ANSWERS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **one_thread},
        )

    def fit(self, table: dict[str, Any], clusters: str) -> dict[str, Any]:
        """Return what it finds."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"table": table, "clusters": clusters}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    made = sorted(ROOT.glob("out/benchmarks/pyfixest-*/installed"))
    if made:
        python = made[-1].parent / "bin" / "python"
    elif find_spec("pyfixest") is not None:
        python = Path(sys.executable)
    else:
        pytest.skip("pyfixest is not installed: python benchmarks/gravity.py --quick makes it")
    found = Peer(python)
    yield found
    found.process.kill()
    found.process.communicate()


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    """Pairs that repeat or are absent, zeros, flows of any size; distance and a border."""
    places = draw(st.integers(4, 9))
    pairs = draw(st.integers(5 * places, 12 * places))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    o, d = rng.integers(0, places, (2, pairs))
    spots = rng.uniform(1, 50, (places, 2))
    ln_km = np.log(1 + np.hypot(*(spots[o] - spots[d]).T))
    border = ((o < places // 2) != (d < places // 2)).astype(float)
    mean = np.exp(rng.normal(0, 1, places)[o] - ln_km - 0.8 * border)
    flow = mean * np.exp(rng.normal(0, draw(st.sampled_from([0.1, 1.0])), pairs))
    flow[rng.random(pairs) < draw(st.sampled_from([0.0, 0.2, 0.5]))] = 0.0
    flow *= draw(st.sampled_from([1e-3, 1.0, 1e6]))
    columns = {"origin": o, "destination": d, "flow": flow, "ln_km": ln_km, "border": border}
    return {name: column.tolist() for name, column in columns.items()}


@settings(max_examples=20, deadline=None)
@given(table=tables(), clusters=st.sampled_from(["origin", "destination"]))
def test_small_tables_equal_pyfixest(peer: Peer, table: dict[str, Any], clusters: str) -> None:
    regressors = {name: table[name] for name in ("ln_km", "border")}
    try:
        pairs = flow_pairs(table["origin"], table["destination"], table["flow"], regressors)
    except InputError:
        assume(False)  # nothing to estimate; `test_equals_a_dense_regression` looks at these
    # Where a regressor has no finite coefficient, it is not told alike; `variance` tells apart how
    # freedom is counted in pieces.
    assume(not pairs.omitted and pairs.design.components == 1)
    fit = ppml(pairs, clusters="origin" if clusters == "origin" else "destination")
    assume(fit.freedom > 5)
    answer = peer.fit(table, clusters)
    assert "error" not in answer, answer
    for k, name in enumerate(fit.names):
        assert fit.coefficients[k] == pytest.approx(
            answer["coefficients"][name], rel=CLOSE, abs=CLOSE
        )
        assert fit.standard_errors()[k] == pytest.approx(answer["errors"][name], rel=CLOSE)
