"""A program that is killed while it writes loses nothing that it was told is kept."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from onecity.programme.ledger.store import LEDGER, Ledger


@pytest.mark.slow
def test_a_kill_loses_nothing_acknowledged(where: str, root: Path) -> None:
    """The short form of what the benchmark does ten thousand times."""
    script = str(root / "benchmarks" / "ledger_crash.py")
    command = [sys.executable, script, where, "--writes", "40", "--longest", "0.3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 faults" in done.stdout
    assert int(done.stdout.split()[0]) >= 40


def test_migrations_make_the_tables_that_are_declared(ledger: Ledger) -> None:
    database = ledger.office.database
    with database.reading() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": LEDGER.version_table,
                "compare_type": True,
                "include_name": lambda name, kind, _: kind != "table" or name.startswith("ledger_"),
            },
        )
        assert compare_metadata(context, LEDGER.metadata) == []
