"""People and work in each place: how many jobs there are for those who live there."""

from dataclasses import dataclass

import numpy as np

from onecity.strands import units as u
from onecity.strands.units import Reals, Units


@dataclass(frozen=True, eq=False, slots=True)
class Balance:
    """Jobs and people of units, on the zones whose jobs are known.

    Attributes
    ----------
    jobs, people
        Of each unit; NaN where nothing is known.
    per_1000
        Jobs for a thousand residents; NaN where nobody lives.
    ratio
        Jobs for a resident over the region's mean: 1 is balance.
    surplus
        Jobs beyond those that the region's mean gives its people; below zero: jobs it lacks.
    """

    jobs: Reals
    people: Reals
    per_1000: Reals
    ratio: Reals
    surplus: Reals


def balance_of(units: Units, jobs: Reals, people: Reals) -> Balance:
    """Return how jobs and people are balanced in units.

    There is no count of employed residents; so all residents count, and the region's mean of
    jobs for a resident stands for balance.

    Parameters
    ----------
    jobs
        Of zones, NaN where unknown: such zones' people are left out too.
    people
        Of zones.
    """
    known = np.isfinite(jobs)
    jobs_known, people_known = np.where(known, jobs, 0.0), np.where(known, people, 0.0)
    counted = u.total(units, known.astype(np.float64)) > 0
    mine = np.where(counted, u.total(units, jobs_known), np.nan)
    theirs = np.where(counted, u.total(units, people_known), np.nan)
    everybody = people_known.sum()
    mean = jobs_known.sum() / everybody if everybody > 0 else np.nan
    rate = np.full(len(mine), np.nan)
    np.divide(mine, theirs, out=rate, where=theirs > 0)
    ratio = rate / mean if mean > 0 else np.full(len(mine), np.nan)
    return Balance(mine, theirs, 1000 * rate, ratio, mine - mean * theirs)


def least_commuters(balance: Balance) -> float:
    """Return the share of jobs that somebody from another unit must fill, percent.

    Half the sum of the differences between shares of jobs and of people: if the same share of
    residents works everywhere, at least so many jobs are worked by people from elsewhere
    (Hoover 1936; as the least commuting of jobs-housing balance, Giuliano and Small 1993).
    """
    known = np.isfinite(balance.jobs)
    jobs, people = balance.jobs[known], balance.people[known]
    if not (jobs.sum() > 0 and people.sum() > 0):
        return float("nan")
    return float(50 * np.abs(jobs / jobs.sum() - people / people.sum()).sum())
