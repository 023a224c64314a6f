"""The tables of a node: made as they are declared, in both databases, and guarded."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from onecity.core.errors import InputError, MissingError
from onecity.hall.node.config import FILE, Bounds, Config, NodeKind
from onecity.hall.node.rights import APPLY, HANDLE, RULES_OF, may_unit
from onecity.hall.node.schema import GUARDS, HALL
from onecity.hall.node.tables.cases import LOOKS
from onecity.identity import BASIC, Actor, Grant, Office, Via
from onecity.identity.parts import missing


def test_the_migration_makes_the_tables_that_are_declared(store_url: str) -> None:
    with Office.open(store_url, parts=(HALL,)) as office:
        with office.database.reading() as connection:
            context = MigrationContext.configure(
                connection,
                opts={
                    "version_table": HALL.version_table,
                    "compare_type": True,
                    "include_name": lambda name, kind, _: (
                        kind != "table" or name.startswith("hall_")
                    ),
                },
            )
            assert compare_metadata(context, HALL.metadata) == []
            assert not missing(connection, GUARDS)
        look = dict.fromkeys(("id", "at", "case", "number", "who", "unit", "node", "reason"), "x")
        with office.database.writing() as connection:
            connection.execute(insert(LOOKS).values(look))
        for statement in ("DELETE FROM hall_looks", "UPDATE hall_looks SET who = 'y'"):
            with pytest.raises(IntegrityError), office.database.writing() as connection:
                connection.execute(text(statement))


def test_settings_are_read_as_they_were_written(tmp_path: Path) -> None:
    made = Config(
        "wuhan",
        '武汉"市"',
        NodeKind.CITY,
        cities=("420100",),
        departments=("market-420100", "police"),
        url="http://127.0.0.1:8751",
        registers=True,
        limits=Bounds(opinion_days=3, keep_days=0),
    )
    made.write(tmp_path)
    assert Config.read(tmp_path) == made
    portal = Config("portal", "门户", NodeKind.PORTAL)
    portal.write(tmp_path)
    assert Config.read(tmp_path) == portal
    with pytest.raises(MissingError):
        Config.read(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('code = "Wuhan city"', "hall_node.bad_code"),
        ("code = 7", "hall_node.bad_field"),
        ('kind = "office"', "hall_node.bad_field"),
        ('cities = "420100"', "hall_node.bad_field"),
        ('cities = ["420100", "420100"]', "hall_node.bad_field"),
        ("registers = 1", "hall_node.bad_field"),
        ('port = "80"', "hall_node.unknown_field"),
        ("limits = {opinion_days = 0}", "hall_node.bad_field"),
        ("limits = {keep_days = -1}", "hall_node.bad_field"),
        ("limits = {years = 2}", "hall_node.unknown_field"),
        ("code =", "hall_node.not_toml"),
    ],
)
def test_settings_that_are_not_fit_are_named(tmp_path: Path, line: str, key: str) -> None:
    name = line.split(" =", maxsplit=1)[0]
    lines = ['code = "a"', 'title = "甲"', 'kind = "city"']
    kept = [one for one in lines if not one.startswith(f"{name} =")]
    (tmp_path / FILE).write_text("\n".join([*kept, line]), "utf-8")
    with pytest.raises(InputError) as caught:
        Config.read(tmp_path)
    assert caught.value.key == key
    assert str(tmp_path) in str(caught.value)


def test_a_clerk_acts_for_their_own_department_in_their_city() -> None:
    rules = RULES_OF(BASIC)
    assert RULES_OF(rules) is rules

    def may(role: str, unit: str | None, department: str, city: str) -> bool:
        actor = Actor("li", "李", unit, "420100", (Grant.parse(role),), Via.SESSION)
        return may_unit(rules, actor, HANDLE, department, city)

    assert may("clerk@420100", "market", "market", "420100")
    assert not may("clerk@420100", "market", "police", "420100")
    assert not may("clerk@420100", "market", "market", "420200")
    assert not may("resident", "market", "market", "420100")
    assert may("administrator", None, "police", "420200")
    assert may("administrator", "market", "police", "420200")
    # A department above the cities counts where its people are.
    assert may("clerk@420100", "drugs", "drugs", "")
    assert not rules.may(Actor.guest(), APPLY)
