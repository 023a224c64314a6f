"""Schedules: the critical path, the planned value over time, earned value and earned schedule.

Time is counted in whole working days from any day 0. An activity of d days that starts at t takes
the days t, t + 1, …, t + d - 1 and finishes at t + d: the moment before which all its days lie.

Sources
-------
Kelley, Walker: *Critical-path planning and scheduling*. Eastern Joint Computer Conference, 1959.
Fleming, Koppelman: *Earned Value Project Management*, 4th edition. PMI, 2010.
PMI: *A Guide to the Project Management Body of Knowledge*, 6th edition, 2017, chapters 6 and 7.
Lipke: *Schedule is different*. The Measurable News, 2003.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from onecity.core.errors import InputError, RangeError
from onecity.core.words import Sentence

Days = NDArray[np.int64]
Reals = NDArray[np.float64]

LONGEST = 2**60
"""Days that a whole schedule may span."""
MOST_NAMED = 20
"""Members of a ring that an error names."""
_BLOCK = 1_000_000


# --- The critical path ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Schedule:
    """When activities can and must happen.

    Attributes
    ----------
    early_start, early_finish : int64 (n,)
        The earliest they can.
    late_start, late_finish : int64 (n,)
        The latest they may without moving the end.
    total_float : int64 (n,)
        Days an activity can slip without moving the end; negative where the end asked for is
        earlier than can be reached.
    free_float : int64 (n,)
        Days it can slip without moving any other activity or the end.
    critical : bool (n,)
        Those with the least total float.
    binding : bool (m,)
        Dependencies that hold their head back: without them it could start earlier.
    finish : int
        The earliest end of all, 0 where there is no activity.
    """

    early_start: Days
    early_finish: Days
    late_start: Days
    late_finish: Days
    total_float: Days
    free_float: Days
    critical: NDArray[np.bool_]
    binding: NDArray[np.bool_]
    finish: int


def critical_path(
    durations: ArrayLike,
    tails: ArrayLike = (),
    heads: ArrayLike = (),
    lags: ArrayLike = 0,
    *,
    not_before: ArrayLike = 0,
    finish: int | None = None,
) -> Schedule:
    """Return the schedule of activities by the critical path method (Kelley, Walker 1959).

    Parameters
    ----------
    durations : int (n,)
        Days; 0 is a milestone.
    tails, heads : int (m,)
        Dependencies: activity ``heads[k]`` starts no earlier than ``lags[k]`` days after
        ``tails[k]`` has finished. Several between the same two are allowed.
    lags : int (m,)
        One for all or one for each; negative ones let activities overlap.
    not_before : int (n,)
        Days before which activities cannot start.
    finish
        The end asked for, from which the latest times are counted; the earliest end if None.

    Raises
    ------
    InputError
        Values are not whole numbers, shapes do not fit, there is no such activity, a duration is
        negative, or activities wait for one another in a ring: its members are named in order.
    RangeError
        The schedule spans more than `LONGEST` days.
    """
    days = _whole("durations", durations, None)
    n = len(days)
    tail, head = _whole("tails", tails, None), _whole("heads", heads, None)
    if len(tail) != len(head):
        raise InputError("schedule.pairs", tails=len(tail), heads=len(head))
    lag, first = _whole("lags", lags, len(tail)), _whole("not_before", not_before, n)
    if (days < 0).any():
        row = int(np.argmax(days < 0))
        raise InputError("schedule.negative", row=row, given=int(days[row]))
    for end in (tail, head):
        wrong = (end < 0) | (end >= n)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise InputError("schedule.no_activity", row=row, given=int(end[row]), count=n)
    span = sum(float(np.abs(one).sum(dtype=np.float64)) for one in (days, lag))
    if span + float(np.abs(first).max(initial=0)) + abs(finish or 0) > LONGEST:
        raise RangeError("schedule.too_long", most=LONGEST)

    place = _places(n, tail, head)
    gap = days[tail] + lag
    in_order = np.argsort(place[tail], kind="stable")
    rows = (tail[in_order].tolist(), head[in_order].tolist(), gap[in_order].tolist())
    early = _forward(first, *rows)
    ends = early + days
    last = int(ends.max(initial=np.iinfo(np.int64).min)) if n else 0
    target = last if finish is None else finish
    late = _backward(target - days, *rows)

    slack = late - early
    room = last - ends
    np.minimum.at(room, tail, early[head] - early[tail] - gap)
    binding = (early[tail] + gap == early[head]) & (early[head] > first[head])
    critical = slack == slack.min(initial=np.iinfo(np.int64).max)
    return Schedule(early, ends, late, late + days, slack, room, critical, binding, last)


def _forward(first: Days, tails: list[int], heads: list[int], gaps: list[int]) -> Days:
    """Return the earliest starts; dependencies come in the order of their tails.

    Each step needs the one before it, which NumPy cannot say: plain lists are the fastest way.
    """
    start = first.tolist()
    for tail, head, gap in zip(tails, heads, gaps, strict=True):
        after = start[tail] + gap
        if after > start[head]:  # noqa: PLR1730  (twice as fast as max)
            start[head] = after
    return np.array(start, dtype=np.int64)


def _backward(last: Days, tails: list[int], heads: list[int], gaps: list[int]) -> Days:
    """Return the latest starts; dependencies come in the order of their tails."""
    start = last.tolist()
    for tail, head, gap in zip(reversed(tails), reversed(heads), reversed(gaps), strict=True):
        before = start[head] - gap
        if before < start[tail]:  # noqa: PLR1730  (twice as fast as min)
            start[tail] = before
    return np.array(start, dtype=np.int64)


def _places(n: int, tail: Days, head: Days) -> Days:
    """Return a place for each activity such that every dependency leads to a later one."""
    if not len(tail):
        return np.arange(n)
    links = csr_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(n, n))
    count, label = connected_components(links, directed=True, connection="strong")
    if count < n or (tail == head).any():
        ring = _ring(tail, head, label)
        named = " → ".join(map(str, ring[:MOST_NAMED])) + (" → …" if len(ring) > MOST_NAMED else "")
        raise InputError("schedule.ring", count=len(ring) - 1, rows=named)
    # Components are found in the reverse of their order (Pearce 2005), but that is not promised.
    place = n - 1 - label.astype(np.int64)
    return place if (place[tail] < place[head]).all() else _peeled(n, tail, head)


def _peeled(n: int, tail: Days, head: Days) -> Days:
    """Return places by taking away again and again what waits for nothing (Kahn 1962)."""
    waiting = np.bincount(head, minlength=n).tolist()
    after: list[list[int]] = [[] for _ in range(n)]
    for one, next_ in zip(tail.tolist(), head.tolist(), strict=True):
        after[one].append(next_)
    order = [one for one in range(n) if not waiting[one]]
    for one in order:
        for next_ in after[one]:
            waiting[next_] -= 1
            if not waiting[next_]:
                order.append(next_)
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    return place


def _ring(tail: Days, head: Days, label: NDArray[np.int32]) -> list[int]:
    """Return activities that wait for one another, the first again at the end."""
    itself = tail[tail == head]
    if len(itself):
        return [int(itself[0]), int(itself[0])]
    within = label[tail] == label[head]
    after: dict[int, int] = {}
    for one, next_ in zip(tail[within].tolist(), head[within].tolist(), strict=True):
        after.setdefault(one, next_)
    path: list[int] = []
    seen: dict[int, int] = {}
    at = min(after)
    while at not in seen:
        seen[at] = len(path)
        path.append(at)
        at = after[at]
    ring = path[seen[at] :]
    begin = ring.index(min(ring))
    return [*ring[begin:], *ring[:begin], ring[begin]]


def _whole(name: str, given: ArrayLike, count: int | None) -> Days:
    """Return whole numbers, `count` of them if given; a single one stands for all then."""
    found = np.asarray(given)
    if found.size == 0:
        found = found.astype(np.int64)
    if found.dtype.kind not in "iu" or (found.dtype.kind == "u" and found.max() > LONGEST):
        raise InputError("schedule.not_whole", what=name, given=str(found.dtype))
    if count is not None and found.ndim == 0:
        found = np.full(count, found)
    if found.ndim != 1 or (count is not None and len(found) != count):
        raise InputError("schedule.shape", what=name, needed=count or "n", given=found.shape)
    return found.astype(np.int64)


# --- Planned value over time ---------------------------------------------------------------------


def planned_value(
    starts: ArrayLike, finishes: ArrayLike, values: ArrayLike, at: ArrayLike
) -> Reals:
    """Return the value planned to be done by some moments: the S-curve.

    An activity's value comes evenly from its start to its finish, and all at once where both are
    one. The curve never falls, and ends at the sum of the values (the budget at completion).

    Parameters
    ----------
    starts, finishes : (n,)
        In days; fractions are allowed.
    values : (n,)
        Not negative, in any unit.
    at : (T,)
        Moments in days.

    Returns
    -------
    float64 (T,)

    Raises
    ------
    InputError
        Values are not finite numbers of one length, negative, or a finish is before its start.
    """
    start, finish = _reals("starts", starts), _reals("finishes", finishes)
    value, when = _reals("values", values), _reals("at", at)
    if not len(start) == len(finish) == len(value):
        given = (len(start), len(finish), len(value))
        raise InputError("schedule.shape", what="starts, finishes, values", needed="n", given=given)
    _not_negative("values", value)
    if (finish < start).any():
        row = int(np.argmax(finish < start))
        raise InputError("schedule.backwards", row=row, start=start[row], finish=finish[row])
    total = np.zeros(len(when))
    length = finish - start
    size = max(1, _BLOCK // max(1, len(when)))
    for low in range(0, len(start), size):
        part = slice(low, low + size)
        done = when >= finish[part, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            share = (when - start[part, None]) / length[part, None]
        share = np.where(done, 1.0, np.where(when <= start[part, None], 0.0, share))
        total += value[part] @ share
    return total


# --- Earned value --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EarnedValue:
    """Earned value of n projects; what is not defined is NaN, and `undefined` says why.

    Attributes
    ----------
    planned, earned, spent, budget : float64 (n,)
        PV, EV, AC and BAC, as given.
    schedule_variance, cost_variance : float64 (n,)
        SV = EV - PV and CV = EV - AC.
    schedule_index, cost_index : float64 (n,)
        SPI = EV / PV and CPI = EV / AC; not defined without plan, or without cost.
    estimate : float64 (n,)
        EAC = BAC / CPI: costs go on as they did. Not defined before anything is earned or spent.
    estimate_as_planned : float64 (n,)
        EAC = AC + (BAC - EV): the rest costs what was planned.
    estimate_both : float64 (n,)
        EAC = AC + (BAC - EV) / (CPI SPI): cost and delay both go on.
    to_complete : float64 (n,)
        TCPI = (BAC - EV) / (BAC - AC): the CPI the rest needs to keep the budget. Not defined
        where the budget is spent.
    to_complete_estimate : float64 (n,)
        TCPI = (BAC - EV) / (EAC - AC): the CPI the rest needs to keep the estimate.
    """

    planned: Reals
    earned: Reals
    spent: Reals
    budget: Reals
    schedule_variance: Reals
    cost_variance: Reals
    schedule_index: Reals
    cost_index: Reals
    estimate: Reals
    estimate_as_planned: Reals
    estimate_both: Reals
    to_complete: Reals
    to_complete_estimate: Reals

    def undefined(self, row: int) -> dict[str, Sentence]:
        """Return why figures of one project are not defined, by the name of the figure."""
        no_plan, no_cost = self.planned[row] == 0, self.spent[row] == 0
        no_pace = Sentence("schedule.no_cost" if no_cost else "schedule.nothing_earned")
        why = {
            "schedule_index": Sentence("schedule.no_plan"),
            "cost_index": Sentence("schedule.no_cost"),
            "estimate": no_pace,
            "estimate_both": Sentence("schedule.no_plan") if no_plan else no_pace,
            "to_complete": Sentence("schedule.budget_spent"),
            "to_complete_estimate": no_pace
            if np.isnan(self.estimate[row])
            else Sentence("schedule.nothing_left"),
        }
        return {name: told for name, told in why.items() if np.isnan(getattr(self, name)[row])}


def earned_value(
    planned: ArrayLike, earned: ArrayLike, spent: ArrayLike, budget: ArrayLike
) -> EarnedValue:
    """Return earned value figures (PMBOK 6th edition, table 7-1; Fleming, Koppelman 2010).

    They say nothing of quality, and the schedule index goes to 1 at the end of every project,
    however late it is; `earned_schedule` does not.

    Parameters
    ----------
    planned, earned, spent, budget : (n,)
        PV, EV, AC and BAC in one currency, not negative.

    Raises
    ------
    InputError
        Values are not finite, negative, or of different lengths.
    RangeError
        A quotient leaves the range of float64.
    """
    names = ("planned", "earned", "spent", "budget")
    pv, ev, ac, bac = (
        _reals(name, one) for name, one in zip(names, (planned, earned, spent, budget), strict=True)
    )
    for name, one in zip(names, (pv, ev, ac, bac), strict=True):
        if len(one) != len(pv):
            raise InputError("schedule.shape", what=name, needed=len(pv), given=one.shape)
        _not_negative(name, one)
    spi, cpi = _ratio(ev, pv), _ratio(ev, ac)
    left = bac - ev
    estimate = _ratio(bac, cpi)
    return EarnedValue(
        planned=pv,
        earned=ev,
        spent=ac,
        budget=bac,
        schedule_variance=ev - pv,
        cost_variance=ev - ac,
        schedule_index=spi,
        cost_index=cpi,
        estimate=estimate,
        estimate_as_planned=ac + left,
        estimate_both=ac + _ratio(left, cpi * spi),
        to_complete=_ratio(left, bac - ac),
        to_complete_estimate=_ratio(left, estimate - ac),
    )


@dataclass(frozen=True, slots=True)
class EarnedSchedule:
    """Earned schedule (Lipke 2003), in periods; what is not defined is NaN.

    Attributes
    ----------
    planned : float
        PD, the planned duration.
    earned : float
        ES: when what is earned by now was planned to be earned.
    variance : float
        SV(t) = ES - AT.
    index : float
        SPI(t) = ES / AT; not defined at the start.
    estimate : float
        IEAC(t) = PD / SPI(t), the duration if the pace stays; not defined before anything is
        earned.
    """

    planned: float
    earned: float
    variance: float
    index: float
    estimate: float


def earned_schedule(plan: ArrayLike, earned: float, at: float) -> EarnedSchedule:
    """Return the earned schedule of one project.

    Parameters
    ----------
    plan : (T + 1,)
        Planned value at the end of periods 0, 1, …, T, not falling, from 0 or more.
    earned
        EV now; more than the plan's end counts as its end.
    at
        AT, the periods that have passed.

    Raises
    ------
    InputError
        The plan is empty, falls or is not finite, or a value is negative.
    """
    curve = _reals("plan", plan)
    ev, now = _reals("earned", [earned])[0], _reals("at", [at])[0]
    for name, one in (("plan", curve), ("earned", np.array([ev])), ("at", np.array([now]))):
        _not_negative(name, one)
    if not len(curve):
        raise InputError("schedule.shape", what="plan", needed="T + 1", given=curve.shape)
    if (np.diff(curve) < 0).any():
        row = int(np.argmax(np.diff(curve) < 0)) + 1
        raise InputError("schedule.falls", row=row, given=curve[row], before=curve[row - 1])
    # A plan that has reached its end is done, however long it is written on.
    last = int(np.argmax(curve >= curve[-1]))
    if ev >= curve[last]:
        found = float(last)
    else:
        whole = int(np.searchsorted(curve, ev, side="right")) - 1
        # Below the plan's very first value nothing of it is earned yet.
        part = (ev - curve[whole]) / (curve[whole + 1] - curve[whole]) if whole >= 0 else 0.0
        found = max(whole, 0) + float(part)
    index = found / now if now > 0 else np.nan
    estimate = last / index if index > 0 else np.nan
    return EarnedSchedule(float(last), found, float(found - now), float(index), float(estimate))


def _ratio(above: Reals, below: Reals) -> Reals:
    """Return quotients; NaN where the divisor is not above zero."""
    found = np.full(len(above), np.nan)
    with np.errstate(over="ignore"):
        np.divide(above, below, out=found, where=below > 0)
    if np.isinf(found).any():
        raise RangeError("schedule.overflow")
    return found


def _reals(name: str, given: ArrayLike) -> Reals:
    found = np.asarray(given)
    if found.size == 0:
        found = found.astype(np.float64)
    if found.dtype.kind not in "iuf":
        raise InputError("schedule.not_numbers", what=name, given=str(found.dtype))
    if found.ndim != 1:
        raise InputError("schedule.shape", what=name, needed="n", given=found.shape)
    found = found.astype(np.float64)
    wrong = ~np.isfinite(found)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError("schedule.not_finite", what=name, row=row, given=found[row])
    return found


def _not_negative(name: str, given: Reals) -> None:
    if (given < 0).any():
        row = int(np.argmax(given < 0))
        raise InputError("schedule.below_zero", what=name, row=row, given=given[row])
