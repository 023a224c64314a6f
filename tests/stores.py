"""A fresh store for a test, in each kind of database: a SQLite file, a PostgreSQL database.

PostgreSQL is Debian's: one server for each process of tests, in a folder of its own, reached by a
socket there. Ask for the fixture `store_url`; where the programs are absent, its half is skipped.
"""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from onecity.identity import FILE

_USER = "postgres"
_QUICK = ("fsync=off", "full_page_writes=off")
_SMALL = (
    "listen_addresses=",
    "shared_buffers=16MB",
    "max_connections=80",
    "max_wal_size=256MB",
    "autovacuum=off",
    "logging_collector=off",
    "lc_messages=C",
)
_PATIENCE_S = 60.0
_NUMBERS = itertools.count(1)


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL server's programs."""
    found = [Path(one).parent for one in [shutil.which("initdb")] if one]
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found += [one.parent for one in sorted(versions, key=lambda one: int(one.parts[4]))]
    return found[-1] if found else None


class Cluster:
    """A PostgreSQL server with a folder of its own, that may be killed and started again."""

    def __init__(self, folder: Path, bin_: Path, *, safe: bool = False) -> None:
        self.folder, self.bin = folder, bin_
        self.settings = _SMALL if safe else (*_SMALL, *_QUICK)
        self._process: subprocess.Popen[bytes] | None = None
        # A server refuses to run as root.
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            shutil.chown(folder, _USER, _USER)
            self._as = {"user": _USER, "group": _USER, "extra_groups": []}
        self._run("initdb", "--no-sync", "-A", "trust", "-U", _USER, "-E", "UTF8", "--locale=C")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.bin / program), "-D", str(self.folder / "data"), *arguments]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, check=False, **self._as
        )
        assert done.returncode == 0, done.stderr.decode()

    def url(self, name: str = _USER) -> str:
        return f"postgresql://{_USER}@/{name}?host={self.folder}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        end = time.monotonic() + _PATIENCE_S
        command = [str(self.bin / "postgres"), "-D", str(self.folder / "data")]
        command += ["-k", str(self.folder), *(f"--{one}" for one in self.settings)]
        while True:
            if self._process is None or self._process.poll() is not None:
                # After a kill, the last of its processes may still be going.
                with (self.folder / "log.txt").open("ab") as log:
                    self._process = subprocess.Popen(
                        command, cwd=self.folder, stdout=log, stderr=log, **self._as
                    )
            try:
                psycopg.connect(self.url()).close()
            except psycopg.OperationalError:
                assert time.monotonic() < end, (self.folder / "log.txt").read_text()
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """Stop the server at once, as nothing of it is needed any longer."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_PATIENCE_S)
            self._process = None

    def crash(self) -> None:
        """Kill every process of the server at once, as a machine does that loses its power."""
        assert self._process is not None
        number = self._process.pid
        children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
        for one in (number, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self._process.wait(_PATIENCE_S)
        self._process = None

    def make(self, name: str, template: str = "template1") -> None:
        """Make a database that is a copy of another."""
        self._tell(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")

    @contextmanager
    def fresh(self, template: str = "template1") -> Iterator[str]:
        """Give the URL of a new database, a copy of another; it is dropped at the end."""
        name = f"t{next(_NUMBERS)}"
        self.make(name, template)
        try:
            yield self.url(name)
        finally:
            self._tell(f"DROP DATABASE {name} WITH (FORCE)")

    def _tell(self, statement: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running(*, safe: bool = False) -> Iterator[Cluster]:
    """Run a server of one's own; `safe` makes it wait for the disk, as servers do."""
    bin_ = programs()
    if bin_ is None:
        if os.environ.get("ONECITY_NEEDS_POSTGRESQL"):
            pytest.fail("ONECITY_NEEDS_POSTGRESQL is set but PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    # A socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    cluster = None
    try:
        cluster = Cluster(folder, bin_, safe=safe)
        cluster.start()
        yield cluster
    finally:
        if cluster is not None:
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server, for all tests of this process."""
    with running() as started:
        yield started


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a new store may be made: a path, and a second time a URL; for `Office.open`."""
    if request.param == "sqlite":
        yield str(tmp_path / "工作" / FILE)
        return
    with request.getfixturevalue("cluster").fresh() as url:
        yield url
