"""pyfixest's Poisson regression, asked line by line; runs in an environment of its own.

    python pyfixest_poisson.py flows.npz

Each line on standard input is a tolerance, or ``default``; each answer a line of JSON with the
seconds of one call, coefficients and clustered errors.
"""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd
import pyfixest as pf  # type: ignore[import-not-found]

warnings.simplefilter("ignore")


def main() -> None:
    """Answer until there is nothing more to read."""
    frame = pd.DataFrame(dict(np.load(sys.argv[1])))
    print(json.dumps({"version": pf.__version__}), flush=True)
    for line in sys.stdin:
        asked = line.strip()
        more = (
            {}
            if asked == "default"
            else {"iwls_tol": float(asked), "fixef_tol": float(asked), "iwls_maxiter": 100}
        )
        start = time.perf_counter()
        fit = pf.fepois(
            "flow ~ ln_km + border | origin + destination",
            frame,
            vcov={"CRV1": "origin"},
            ssc=pf.ssc(k_fixef="full"),
            fixef_rm="singleton",
            copy_data=False,
            store_data=False,
            **more,
        )
        seconds = time.perf_counter() - start
        answer = {
            "seconds": seconds,
            "coefficients": fit.coef().tolist(),
            "errors": fit.se().tolist(),
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
