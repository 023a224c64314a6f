"""Near-duplicates: links that lie close together and help the same people.

The sphere of influence of a link is how its gain is shared out over the areas where trips begin
and over those where they end. The overlap of two spheres is the part of the gain they have in
common, 1 for equal ones: one less the total variation distance between the two shares.
"""

from dataclasses import dataclass

import numpy as np

from onecity.region.dead_ends import Flags
from onecity.strands.units import Reals, Rows

OVERLAP = 0.6
"""Links whose spheres have this in common, or more, are forms of one link if they lie close."""


@dataclass(frozen=True, slots=True)
class Merged:
    """Which links stand for others.

    Attributes
    ----------
    stands
        Rows of the links that stand for themselves, best first, shape (kept,).
    forms
        Rows of the links each of them stands for beside itself, best first.
    left
        Links not looked at, since enough stand for themselves.
    """

    stands: Rows
    forms: tuple[Rows, ...]
    left: int

    def of(self, rows: Rows) -> "Merged":
        """Return the same for links that are only some of others, given their rows there."""
        return Merged(rows[self.stands], tuple(rows[one] for one in self.forms), self.left)


def overlap(one: Reals, others: Reals) -> Reals:
    """Return the overlap of a sphere with others.

    Parameters
    ----------
    one
        Gains by area, shape (areas,), not negative.
    others
        The same of other links, shape (links, areas).
    """
    whole = one.sum()
    wholes = others.sum(axis=1)
    share = np.divide(one, whole, out=np.zeros_like(one), where=whole > 0)
    shares = np.zeros_like(others)
    np.divide(others, wholes[:, None], out=shares, where=wholes[:, None] > 0)
    return np.asarray(np.minimum(share, shares).sum(axis=1))


def merge(benefit: Reals, sphere: Reals, middle: Reals, near_km: float, most: int) -> Merged:
    """Let the best link stand for its near-duplicates, then the best of the rest, and so on.

    Parameters
    ----------
    benefit
        Of each link, shape (links,); those without any are left out.
    sphere
        Gains by area, shape (links, areas).
    middle
        Position of the middle of each link, km east and north, shape (links, 2).
    near_km
        Links whose middles lie further apart are never near-duplicates.
    most
        How many may stand for themselves.
    """
    order = np.lexsort((np.arange(len(benefit)), -benefit))
    rest = order[benefit[order] > 0]
    stands: list[int] = []
    forms: list[Rows] = []
    while len(rest) and len(stands) < most:
        best, others = int(rest[0]), rest[1:]
        close = np.hypot(*(middle[others] - middle[best]).T) <= near_km
        same = close & (overlap(sphere[best], sphere[others]) >= OVERLAP)
        stands.append(best)
        forms.append(others[same])
        rest = others[~same]
    return Merged(np.array(stands, np.int64), tuple(forms), len(rest))


def merge_at_ends(benefit: Reals, tail: Rows, head: Rows, sure: Flags, most: int) -> Merged:
    """Let the best link stand for those that share an end with it, then the best of the rest.

    What is sure stands for itself, whatever shares its ends.

    Parameters
    ----------
    benefit
        Of each link, shape (links,); those without any are left out.
    tail, head
        Nodes at its ends, shape (links,).
    sure
        Which are, shape (links,).
    most
        How many may stand for themselves.
    """
    order = np.lexsort((np.arange(len(benefit)), -benefit))
    rest = order[benefit[order] > 0]
    stands: list[int] = []
    forms: list[Rows] = []
    while len(rest) and len(stands) < most:
        best, others = int(rest[0]), rest[1:]
        ends = [tail[best], head[best]]
        same = (np.isin(tail[others], ends) | np.isin(head[others], ends)) & ~sure[others]
        stands.append(best)
        forms.append(others[same])
        rest = others[~same]
    return Merged(np.array(stands, np.int64), tuple(forms), len(rest))


def with_preferred(every: Merged, preferred: Merged, benefit: Reals, share: float) -> Merged:
    """Let preferred links stand for themselves too, best of all first.

    A preferred link takes the place of the link that stands for it, if it gives at least `share`
    of what that gives and that is not preferred itself; else it stands beside it.

    Parameters
    ----------
    every, preferred
        All links merged, and the preferred ones merged among themselves.
    benefit
        Of each link, shape (links,).
    """
    groups = {
        int(best): forms.tolist() for best, forms in zip(every.stands, every.forms, strict=True)
    }
    stands_for = {form: best for best, forms in groups.items() for form in forms}
    first = set(preferred.stands.tolist())
    for best, forms in zip(preferred.stands.tolist(), preferred.forms, strict=True):
        if best in groups:
            continue
        other = stands_for.get(best, best)
        free = other in groups and other not in first
        if free and benefit[best] >= share * benefit[other]:
            groups[best] = [other, *groups.pop(other)]
        else:
            groups[best] = forms.tolist()
    order = sorted(groups, key=lambda row: (-benefit[row], row))
    merged = [[form for form in groups[row] if form not in groups] for row in order]
    return Merged(
        np.array(order, np.int64), tuple(np.array(one, np.int64) for one in merged), every.left
    )
