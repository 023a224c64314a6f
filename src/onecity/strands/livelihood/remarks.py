"""What a reader has to know beside the figures of this strand."""

from collections.abc import Sequence

from onecity.core.words import Sentence, both
from onecity.models.access import one_sided
from onecity.region.store import Region
from onecity.strands.units import Name

from .figures import PER, Served
from .ground import FAR_KM, SAME_METRES, Ground, Provision
from .recognition import TABLE

KEY = "livelihood"
SHARING = ("two-step", "three-step")
"""Methods by which people together have exactly the capacity that anybody reaches."""
SHOWN = 4
"""Pairs of cities that a remark names."""


def service_name(service: str) -> Name:
    """Return what a service or right is called, to stand in a sentence."""
    word = Sentence(f"livelihood.name_{service}")
    return Name(word.text("zh"), word.text("en"))


def on_region(ground: Ground) -> tuple[Sentence, ...]:
    """Return what is to be known of all services: above all, what there is nothing of."""
    region = ground.region
    remarks = []
    has = region.has("facilities"), region.has(TABLE)
    if not any(has):
        remarks.append(Sentence("livelihood.no_tables"))
    elif not has[0]:
        remarks.append(Sentence("livelihood.no_facilities"))
    elif not ground.provisions and not ground.lost:
        remarks.append(Sentence("livelihood.no_service"))
    elif not has[1]:
        remarks.append(Sentence("livelihood.no_recognition"))
    if ground.lost:
        remarks.append(Sentence("livelihood.lost", {"services": _names(ground.lost)}))
    if has[0] and not ground.people.any():
        remarks.append(Sentence("livelihood.nobody"))
    if region.manifest.history:
        remarks.append(Sentence("livelihood.scenario", {"count": len(region.manifest.history)}))
    return tuple(remarks)


def on_service(ground: Ground, one: Served) -> tuple[Sentence, ...]:
    """Return what is to be known of one service's figures."""
    return (
        *_on_capacity(one.provision),
        *_on_places(one.provision),
        *_on_recognition(ground.region, one.provision),
        *_on_reach(ground, one),
        _on_means(ground, one),
    )


ON_TIMES = (Sentence("livelihood.free_flow"),)
"""What stands beside every figure that hangs on travel times."""


def _on_capacity(provision: Provision) -> list[Sentence]:
    count = len(provision.rows)
    if not provision.unit:
        return [Sentence("livelihood.counted_as_one", {"count": count})]
    unit = Sentence(f"livelihood.unit_{provision.unit}")
    words = Name(unit.text("zh"), unit.text("en"))
    remarks = [Sentence("livelihood.capacity_in", {"count": count, "unit": words})]
    if provision.guessed:
        values = {"guessed": provision.guessed, "unit": words}
        remarks.append(Sentence("livelihood.capacity_guessed", values))
    return remarks


def _on_places(provision: Provision) -> list[Sentence]:
    remarks = []
    if len(provision.off):
        values = {"count": len(provision.off), "km": FAR_KM}
        remarks.append(Sentence("livelihood.off_network", values))
    if provision.empty:
        remarks.append(Sentence("livelihood.no_capacity", {"count": provision.empty}))
    if provision.twins:
        values = {"count": provision.twins, "metres": SAME_METRES}
        remarks.append(Sentence("livelihood.twins", values))
    return remarks


def _on_recognition(region: Region, provision: Provision) -> list[Sentence]:
    """Return who may use what, as far as it is known; nothing where no table says anything."""
    found = provision.recognition
    cities = region.table("cities")
    if len(cities) < 2:
        return [Sentence("livelihood.one_city")]
    if not region.has(TABLE):
        return [Sentence("livelihood.closed_assumed_all")]
    remarks = []
    if found.by != provision.service:
        remarks.append(Sentence("livelihood.speaks_for", {"right": service_name(found.by)}))
    if found.silent:
        values = {"silent": found.silent, "pairs": len(cities) * (len(cities) - 1)}
        remarks.append(Sentence("livelihood.closed_assumed", values))
    sided = one_sided(found.pi)
    if sided:
        names = [Name(zh, en) for zh, en in zip(cities["name_zh"], cities["name_en"], strict=True)]
        shown = sided[:SHOWN]
        words = both(
            [f"{names[a].zh}—{names[b].zh}" for a, b in shown],
            [f"{names[a].en}–{names[b].en}" for a, b in shown],
        )
        remarks.append(Sentence("livelihood.one_sided", {"count": len(sided), "names": words}))
    return remarks


def _on_reach(ground: Ground, one: Served) -> list[Sentence]:
    """Return what nobody reaches, and a catchment that bounds nothing."""
    remarks = []
    today = one.opening.today.access
    if len(one.provision.recognition.pi) and not today.access[ground.people > 0].any():
        remarks.append(Sentence("livelihood.out_of_reach", {"minutes": ground.assumed.catchment}))
    elif len(today.unreached_facilities):
        values = {"count": len(today.unreached_facilities), "minutes": ground.assumed.catchment}
        remarks.append(Sentence("livelihood.unreached", values))
    if one.provision.whole:
        remarks.append(Sentence("livelihood.whole", {"minutes": ground.assumed.catchment}))
    empty = int((ground.people == 0).sum())
    if empty:
        remarks.append(Sentence("livelihood.empty_zones", {"count": empty}))
    return remarks


def _on_means(ground: Ground, one: Served) -> Sentence:
    """Return whether opening can change the mean of everybody at all.

    Only where the people's shares add up to what is reached does the one say all of the other.
    """
    if ground.assumed.method not in SHARING:
        stages = (one.opening.today, one.opening.open)
        means = [PER * stage.spread.mean for stage in stages]
        values = {"method": ground.assumed.method, "before": means[0], "after": means[1]}
        return Sentence("livelihood.mean_by_method", values)
    before, after = one.opening.today.access.reached, one.opening.open.access.reached
    if abs(after - before) <= 1e-9 * max(after, before, 1.0):
        return Sentence("livelihood.mean_stays")
    return Sentence("livelihood.mean_moves", {"before": before, "after": after})


def on_rule(ground: Ground, service: str, silent: int) -> tuple[Sentence, ...]:
    """Return what a rule that was given leaves open; `silent` as in `stands.Stands`."""
    if not silent:
        return ()
    count = len(ground.cities)
    values = {"service": service_name(service), "silent": silent, "pairs": count * (count - 1)}
    return (Sentence("livelihood.given_silent", values),)


def _names(services: Sequence[str]) -> object:
    names = [service_name(one) for one in services]
    return both([one.zh for one in names], [one.en for one in names])
