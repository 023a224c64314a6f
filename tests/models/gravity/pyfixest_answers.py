"""Fits that pyfixest finds: tables as lines of JSON in, coefficients and errors out.

Run by a Python that has pyfixest and nothing of this project.
"""

import json
import sys
import warnings
from typing import Any

import pandas as pd
import pyfixest  # type: ignore[import-not-found]

warnings.simplefilter("ignore")
TIGHT = 1e-13
AGAIN = 1e-18
"""Its errors are of the weights before the last step: one step more is asked for than coefficients
need, or they are off by up to a millionth."""


def answered(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what pyfixest finds in one table, or what it says instead."""
    try:
        fit = pyfixest.fepois(
            "flow ~ ln_km + border | origin + destination",
            pd.DataFrame(asked["table"]),
            vcov={"CRV1": asked["clusters"]},
            ssc=pyfixest.ssc(k_fixef="full"),
            fixef_rm="singleton",
            iwls_tol=AGAIN,
            separation_check=["fe", "ir"],
            fixef_tol=TIGHT,
            iwls_maxiter=200,
        )
    except Exception as error:  # noqa: BLE001  (whatever it is, the test is told)
        return {"error": f"{type(error).__name__}: {error}"}
    return {"coefficients": fit.coef().to_dict(), "errors": fit.se().to_dict()}


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answered(json.loads(line))) + "\n")
        sys.stdout.flush()
