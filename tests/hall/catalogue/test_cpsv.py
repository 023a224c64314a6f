"""A catalogue as linked data keeps the published constraints of CPSV-AP."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import DCTERMS, RDF, SKOS, Graph, Literal, Namespace

from onecity.hall.catalogue import Catalogue, Limit, TimeUnit
from onecity.hall.catalogue.cpsv import duration, linked_data
from onecity.hall.catalogue.example import example
from tests.hall.small import SMALL

# The validator itself uses a name that its library has given up.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
SHAPES = Path(__file__).with_name("cpsv_ap_3_2_0.ttl")
CPSV = Namespace("http://purl.org/vocab/cpsv#")
CV = Namespace("http://data.europa.eu/m8g/")


def graph_of(catalogue: Catalogue) -> Graph:
    return Graph().parse(data=json.dumps(linked_data(catalogue)), format="json-ld")


def conforms(graph: Graph) -> bool:
    return bool(validate(graph, shacl_graph=Graph().parse(SHAPES))[0])


@pytest.mark.parametrize("catalogue", [example(), SMALL], ids=["example", "small"])
def test_what_is_written_conforms(catalogue: Catalogue) -> None:
    graph = graph_of(catalogue)
    assert conforms(graph)
    assert len(set(graph.subjects(RDF.type, CPSV.PublicService))) == len(catalogue.items)
    events = set(graph.subjects(RDF.type, CV.Event))
    assert len(events) == len(catalogue.life_events)
    asked = {one.document for item in catalogue.items for one in item.requirements}
    assert {str(one).rpartition(":")[2] for one in graph.objects(None, CV.hasInputType)} == asked


def test_names_are_written_in_both_languages() -> None:
    graph = graph_of(example())
    for label in (Literal("鄂州市", "zh"), Literal("Ezhou", "en")):
        [place] = graph.subjects(SKOS.prefLabel, label)
        assert str(place) == "urn:onecity:catalogue:place:420700"
    titles = set(graph.objects(None, DCTERMS.title))
    assert {Literal("户口簿", "zh"), Literal("Household register", "en")} <= titles


def test_the_constraints_find_what_is_wrong() -> None:
    graph = graph_of(SMALL)
    service = next(graph.subjects(RDF.type, CPSV.PublicService))
    graph.remove((service, CV.hasCompetentAuthority, None))
    assert not conforms(graph)
    stranger = replace(SMALL, departments=SMALL.departments[1:])
    assert not conforms(graph_of(stranger))


def test_what_no_identifier_may_hold_is_written_otherwise() -> None:
    first = replace(SMALL.items[0], code="A 1<%>", basis='《某法》"第\n九条"')
    graph = graph_of(replace(SMALL, items=(first, *SMALL.items[1:]), life_events=()))
    assert "urn:onecity:catalogue:item:A%201%3C%25%3E" in {str(one) for one in graph.subjects()}
    assert "urn:onecity:catalogue:law:《某法》%22第%0A九条%22" in {
        str(one) for one in graph.subjects()
    }
    assert graph.serialize(format="nt")  # an odd identifier could not be written


@pytest.mark.parametrize(
    ("count", "unit", "told"),
    [
        (5, TimeUnit.WORKING_DAY, "P7D"),
        (3, TimeUnit.WORKING_DAY, "P5D"),  # 4.2 days, rounded up
        (0, TimeUnit.WORKING_DAY, "P0D"),
        (30, TimeUnit.CALENDAR_DAY, "P30D"),
        (4, TimeUnit.HOUR, "PT4H"),
        (1.5, TimeUnit.HOUR, "PT1H30M"),
        (0.5, TimeUnit.CALENDAR_DAY, "P0DT12H"),
        (2_000_000, TimeUnit.CALENDAR_DAY, "P2000000D"),
    ],
)
def test_limits_are_durations(count: float, unit: TimeUnit, told: str) -> None:
    assert duration(Limit(count, unit)) == told
