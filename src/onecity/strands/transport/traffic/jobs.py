"""Where trips of the morning arrive: jobs of cells, where the region has a table of them."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from onecity.region.geometry import on_sphere
from onecity.region.store import Region
from onecity.strands.jobs_given import jobs_given
from onecity.strands.transport.demand import Anchors
from onecity.strands.units import Reals, Rows, units_of


@dataclass(frozen=True, slots=True, eq=False)
class CellJobs:
    """Jobs of each cell, shape (cells,), and the year they are of."""

    jobs: Reals
    year: int


def jobs_of_cells(region: Region, anchors: Anchors, of_zone: Rows) -> CellJobs | None:
    """Return the jobs of each cell; None where the region knows none.

    Zones without known jobs have as many for each resident as all the others; those where nobody
    lives count to the nearest cell.

    Raises
    ------
    InputError
        If the table is wrong, see `onecity.strands.jobs_given`.
    """
    if not region.has("jobs") or not len(region.table("jobs")):
        return None
    zones = region.table("zones")
    people = zones["people"].to_numpy(dtype=np.float64)
    given = jobs_given(region, units_of(region), people)
    known, jobs = given.known, np.nan_to_num(given.jobs)
    if not jobs.sum() > 0:
        return None
    living = people[known].sum()
    if living > 0:
        jobs = np.where(known, jobs, people * jobs.sum() / living)
    spots = on_sphere(zones["lon"].to_numpy(), zones["lat"].to_numpy())
    _, nearest = cKDTree(spots[anchors.zone]).query(spots)
    cell = np.where(of_zone >= 0, of_zone, nearest)
    total = np.zeros(len(anchors))
    np.add.at(total, cell, jobs)
    return CellJobs(total, given.year)
