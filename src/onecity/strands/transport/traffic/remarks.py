"""What a reader has to know beside the figures of traffic."""

from onecity.core.words import Sentence
from onecity.strands.transport.remarks import TRUNK_CLASS

from .loading import CARS, GAP, Loading


def on_loading(loading: Loading) -> tuple[Sentence, ...]:
    """Return remarks that stand beside every figure of a loading, most important first."""
    edges, supply, trips = loading.region.table("road_edges"), loading.supply, loading.trips
    assumed = loading.assumed
    remarks = []
    trunk = edges.loc[edges["class"] == TRUNK_CLASS, "km"].sum()
    if trunk > 0:
        share = float(trunk / edges["km"].sum())
        remarks.append(Sentence("traffic.illustration", {"share": share}))
    cars = float(trips.vehicles[CARS].sum())
    values = {
        "cars": cars + trips.inside[CARS],
        "trips": assumed["trips"],
        "car_share": assumed["car_share"],
        "peak_share": assumed["peak_share"],
        "minutes": assumed["minutes"],
    }
    remarks.append(Sentence("traffic.assumed_demand", values))
    share_by_car = assumed.numbers["traffic_car_share"]
    if share_by_car.low is not None and share_by_car.high is not None:
        ends = {"low": share_by_car.low, "high": share_by_car.high}
        remarks.append(Sentence("traffic.range_by_share", ends))
    remarks.append(Sentence("traffic.lanes_known", {"share": lanes_known(loading)}))
    inside = trips.inside[CARS] / (cars + trips.inside[CARS])
    remarks.append(Sentence("traffic.inside", {"share": inside, "cells": supply.cells}))
    year = loading.cells.jobs_year
    if year is None:
        remarks.append(Sentence("traffic.symmetric"))
    else:
        remarks.append(Sentence("traffic.by_jobs", {"year": year}))
    remarks.append(Sentence("traffic.inside_only"))
    if trips.gathered > 0:
        remarks.append(Sentence("traffic.gathered", {"least": trips.gathered}))
    if trips.apart > 0:
        remarks.append(Sentence("traffic.apart", {"people": trips.apart}))
    if loading.cells.anchors.left_out > 0:
        remarks.append(Sentence("traffic.left_out", {"people": loading.cells.anchors.left_out}))
    if loading.unserved > 0:
        remarks.append(Sentence("traffic.unserved", {"vehicles": loading.unserved}))
    key = "traffic.gap" if loading.gap <= GAP else "traffic.gap_missed"
    remarks.append(Sentence(key, {"gap": loading.gap}))
    if len(loading.region.table("cities")) == 1:
        remarks.append(Sentence("traffic.one_city"))
    return tuple(remarks)


def lanes_known(loading: Loading) -> float:
    """Return the share of the road length whose lanes are in the data."""
    km = loading.supply.km[: loading.supply.edges]
    return float(km[loading.supply.observed].sum() / km.sum()) if km.sum() > 0 else 0.0
