"""Two nodes of two cities that talk to each other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from onecity.identity.clock import Clock
from tests.hall.node.towns import Place, Town, towns

JIA, YI = Place("jia", cities=("A",)), Place("yi", cities=("B",))


@pytest.fixture
def pair(tmp_path: Path, hands: Clock) -> Iterator[tuple[Town, Town]]:
    with towns(tmp_path, hands, [JIA, YI]) as made:
        yield made["jia"], made["yi"]
