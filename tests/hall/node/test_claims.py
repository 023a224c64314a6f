"""What a node of the circle may not claim, and what of one node is nobody else's."""

from pathlib import Path

from sqlalchemy import select

from onecity.hall.node.moving import choices
from onecity.hall.node.tables.applying import FILES
from tests.hall.node.cases import CATALOGUE, HUANGSHI, WUHAN, apply, halls, of, worker
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import Place


def test_a_case_is_offered_to_other_nodes_alone(tmp_path: Path, hands: Hands) -> None:
    both = Place("both", cities=(WUHAN, HUANGSHI))
    with halls(tmp_path, hands, [both]) as made:
        item = of("care_abroad")
        assert any(one.city == HUANGSHI for one in CATALOGUE.items if "care_abroad" in one.code)
        case = apply(made["both"], item)
        view = made["both"].node.handling.case(case, by=worker("li", item), reason="")
        assert (view.moves, choices(made["both"].node, item)) == ({}, {})
        assert "hand_over" not in {action for action, _ in view.can}


def test_files_of_a_case_are_found_by_an_index(tmp_path: Path, hands: Hands) -> None:
    with halls(tmp_path, hands, [Place("one")]) as made, made["one"].node.reading() as connection:
        query = select(FILES.c.id).where(FILES.c.owner == "x").order_by(FILES.c.id)
        text = str(query.compile(compile_kwargs={"literal_binds": True}))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
        assert [row[-1] for row in plan if "SCAN" in row[-1]] == []
