"""Cases as they are really handled, verified afterwards, in either kind of database."""

from pathlib import Path

from sqlalchemy import LargeBinary, update

from onecity.hall.node.config import NodeKind
from onecity.hall.node.schema import HALL
from onecity.hall.node.seals import Sealing
from onecity.hall.node.tables.cases import CASES, OPINIONS
from onecity.hall.node.tables.keeping import KEYS
from onecity.hall.node.tables.mail import INBOX, OUTBOX
from onecity.hall.node.verifying import verify
from onecity.hall.node.verifying.sealed import SEALED
from tests.hall.node.cases import (
    CATALOGUE,
    CHIEF,
    PORTAL,
    WUHAN,
    act,
    apply,
    exchange,
    halls,
    worker,
)
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import Place

ITEM = next(
    one
    for one in CATALOGUE.items
    if one.city == WUHAN and one.promised and one.promised.count > 1 and one.results
)
LI, WANG = worker("li", ITEM), worker("wang", ITEM)


def test_handled_and_erased_cases_are_whole_and_a_changed_one_is_found(
    store_url: str, tmp_path: Path, hands: Hands
) -> None:
    city = Place("wuhan", NodeKind.CITY, (WUHAN,), database=store_url)
    with halls(tmp_path, hands, [city, PORTAL]) as made:
        town = made["wuhan"]
        node = town.node
        cases = [apply(made["portal"], ITEM, to="wuhan") for _ in range(2)]
        cases.append(apply(town, ITEM))
        exchange(made)
        for case in cases:
            act(node, case, LI, "accept")
            hands.move(hours=3)
        act(node, cases[0], LI, "propose", words="齐全")
        act(node, cases[0], WANG, "decide", outcome="grant", words="准予")
        act(node, cases[0], LI, "deliver")
        act(node, cases[1], LI, "extend", words="情况复杂", reason="复杂", days=3)
        exchange(made)
        with node.writing(CHIEF) as write:
            node.handling.erase(write, cases[0])
        exchange(made)
        assert Sealing(node).make() is not None
        exchange(made)
        report = verify(tmp_path / "wuhan", peers=[tmp_path / "portal"])
        found = [one for one in report.checks if one.first is not None]
        assert not found, [(one.check, one.first) for one in found]
        counts = report.counts["wuhan"]
        assert (counts["cases"], counts["erased owners"]) == (3, 1)
        assert counts["rows"] >= 3 + 3 + 3
        assert counts["erased"] > 0
        assert counts["opened"] > 0
        assert counts["compared seals"] == 1
        assert "rows without a hash" not in counts
        with node.office.database.writing() as connection:
            late = update(CASES).where(CASES.c.id == cases[1]).values(due="2099-01-01T00:00:00Z")
            connection.execute(late)
        broken = verify(tmp_path / "wuhan").broken
        assert broken is not None
        assert broken.first is not None
        assert (broken.check, broken.first.table, broken.first.record) == (
            "rows", "hall_cases", cases[1],
        )  # fmt: skip


def test_everything_that_lies_sealed_is_looked_at() -> None:
    checked = {(table.name, name) for table, _, names in SEALED for name in names}
    checked |= {(OUTBOX.name, "sealed"), (INBOX.name, "sealed"), (KEYS.name, "wrapped")}
    there = {
        (table.name, column.name)
        for table in HALL.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert there == checked
    assert all(owner in table.c for table, owner, _ in SEALED)
    assert OPINIONS in {table for table, _, _ in SEALED}
