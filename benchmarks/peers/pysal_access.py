"""PySAL's access, asked line by line; runs in an environment of its own.

    python pysal_access.py pairs.npz

Each line on standard input is ``2SFCA`` or ``E2SFCA``; each answer a line of JSON with the seconds
of one call. The last answer's values are written beside the pairs, as ``pairs.answer.npy``.
"""

import json
import sys
import time
import warnings
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")
#: By name, for type checkers take it for the benchmark of the same name.
Access: Any = import_module("access").Access


def main() -> None:
    """Answer until there is nothing more to read."""
    file = Path(sys.argv[1])
    given = np.load(file)
    zones = pd.DataFrame({"geoid": np.arange(len(given["people"])), "people": given["people"]})
    # Names of their own: access would take two places of one name for one.
    sites = len(zones) + np.arange(len(given["capacity"]))
    supply = pd.DataFrame({"geoid": sites, "capacity": given["capacity"]})
    cost = pd.DataFrame(
        {
            "origin": given["zone"],
            "dest": len(zones) + given["facility"],
            "cost": given["minutes"],
        }
    )
    one = Access(
        demand_df=zones, demand_index="geoid", demand_value="people",
        supply_df=supply, supply_index="geoid", supply_value="capacity",
        cost_df=cost, cost_origin="origin", cost_dest="dest", cost_name="cost",
    )  # fmt: skip
    print(json.dumps({"version": version("access")}), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        if line.strip() == "2SFCA":
            one.two_stage_fca(name="found", max_cost=30)
        else:
            one.enhanced_two_stage_fca(name="found", max_cost=30)
        seconds = time.perf_counter() - start
        values = one.access_df["found_capacity"].reindex(zones["geoid"]).fillna(0.0)
        np.save(file.with_suffix(".answer.npy"), values.to_numpy())
        print(json.dumps({"seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
