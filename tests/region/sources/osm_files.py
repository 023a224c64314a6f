"""Small OpenStreetMap extracts for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import osmium
from osmium.osm import mutable

Place = tuple[float, float]


@dataclass
class Sketch:
    """An extract in the making: nodes by id, and ways."""

    nodes: dict[int, Place] = field(default_factory=dict)
    node_tags: dict[int, dict[str, str]] = field(default_factory=dict)
    ways: list[tuple[int, list[int], dict[str, str]]] = field(default_factory=list)
    box: tuple[float, float, float, float] | None = None

    def way(self, refs: Sequence[int], /, **tags: str) -> None:
        """Add a way; ways are numbered from 1."""
        self.ways.append((len(self.ways) + 1, list(refs), tags))

    def write(self, path: Path, *, ways_first: bool = False) -> Path:
        header = osmium.io.Header()
        if self.box:
            west, south, east, north = self.box
            corners = (osmium.osm.Location(west, south), osmium.osm.Location(east, north))
            header.add_box(osmium.osm.Box(*corners))
        with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
            if ways_first:
                self._write_ways(writer)
            for ref, place in sorted(self.nodes.items()):
                tags: Mapping[str, str] = self.node_tags.get(ref, {})
                writer.add_node(mutable.Node(id=ref, location=place, tags=dict(tags)))
            if not ways_first:
                self._write_ways(writer)
        return path

    def _write_ways(self, writer: osmium.SimpleWriter) -> None:
        for number, refs, tags in self.ways:
            writer.add_way(mutable.Way(id=number, nodes=refs, tags=tags))


def street(count: int, lat: float = 30.0, first: int = 1) -> dict[int, Place]:
    """Return `count` nodes in a row, a thousandth of a degree apart, going east."""
    return {first + n: (114.0 + n / 1000, lat) for n in range(count)}
