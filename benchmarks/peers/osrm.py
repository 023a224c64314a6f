"""OSRM's table service, by way of its own server on this machine.

It reads the same OpenStreetMap extract by its own rules (car profile, turns on an edge-based
graph) and finds the nearest road for each coordinate, so it does more than the others, and its
times are not the same times. Answers come as flatbuffers, four bytes a number; the way over the
loopback interface is in the figures.
"""

import http.client
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
from graphs import AbsentError, Ids, Reals

_MOST_PLACES = 20_000
_STARTING_SECONDS = 60.0


BASE = "graph.osrm"


def prepared(programs: Path, extract: Path, cache: Path, threads: int) -> Path:
    """Return the base file of OSRM's data, made first where it is not there."""
    if not extract.exists():
        raise AbsentError(f"there is no OpenStreetMap extract at {extract}")
    folder = cache / f"{programs.parent.name}-{extract.name.split('.')[0]}"
    base = folder / BASE
    if folder.exists():
        return base
    print("  preparing OSRM …", flush=True)
    draft = folder.with_name(f"draft-{folder.name}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    shutil.copyfile(extract, draft / "graph.osm.pbf")
    profile = programs / "share/profiles/car.lua"
    for command in (
        ["osrm-extract", "--threads", str(threads), "-p", str(profile), "graph.osm.pbf"],
        ["osrm-contract", "--threads", str(threads), BASE],
    ):
        done = subprocess.run(
            [str(programs / "bin" / command[0]), *command[1:]],
            cwd=draft, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise AbsentError(f"{command[0]} failed: {done.stderr.strip()[-300:]}")
    draft.rename(folder)
    return base


class OsrmPeer:
    """A running server."""

    def __init__(self, port: int, process: int, lon: Reals, lat: Reals) -> None:
        self.port, self.process, self.lon, self.lat = port, process, lon, lat

    def table(self, sources: Ids, targets: Ids, form: str = ".flatbuffers") -> bytes:
        """Return the raw answer of the table service."""
        places = np.concatenate([sources, targets])
        text = ";".join(f"{self.lon[i]:.6f},{self.lat[i]:.6f}" for i in places)
        first = ";".join(map(str, range(len(sources))))
        second = ";".join(map(str, range(len(sources), len(places))))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request(
                "GET",
                f"/table/v1/driving/{text}{form}?annotations=duration&skip_waypoints=true"
                f"&sources={first}&destinations={second}",
            )
            reply = connection.getresponse()
            body = reply.read()
        finally:
            connection.close()
        if reply.status != http.HTTPStatus.OK:
            raise AbsentError(f"OSRM answered {reply.status}: {body[:200]!r}")
        return body

    def seconds(self, sources: Ids, targets: Ids) -> npt.NDArray[np.float64]:
        """Return the times, shape (S, T); NaN without a path."""
        answer = json.loads(self.table(sources, targets, form=""))
        return np.array(answer["durations"], np.float64)

    def peak_mb(self) -> float:
        """Return the most memory the server has held so far."""
        lines = Path(f"/proc/{self.process}/status").read_text().splitlines()
        (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
        return int(peak) / 1024.0


@contextmanager
def serving(programs: Path, base: Path, lon: Reals, lat: Reals) -> Iterator[OsrmPeer]:
    """Run the server on a free port of the loopback interface, one thread."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        str(programs / "bin/osrm-routed"), "--ip", "127.0.0.1", "--port", str(port),
        "--threads", "1", "--max-table-size", str(_MOST_PLACES), "--verbosity", "WARNING",
        str(base),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port, process)
        yield OsrmPeer(port, process.pid, lon, lat)
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _STARTING_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AbsentError(f"osrm-routed ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AbsentError("osrm-routed did not answer")
