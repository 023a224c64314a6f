"""Answers hold what the documentation says of them, and nothing else."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from onecity.web.routes.cards import Card
from onecity.web.routes.layers import AreaValues, BorderValues, LayerList
from onecity.web.routes.search import HitList
from onecity.web.routes.times import Times

BASE = "/api/v1"


@pytest.mark.parametrize(
    ("address", "model"),
    [
        ("layers", LayerList),
        ("layers/transport.minutes_core@zone/values", AreaValues),
        ("layers/residents.people@city/values", AreaValues),
        ("layers/transport.border_time_between@border/values", BorderValues),
        ("cards/zone/z09", Card),
        ("cards/county/990201", Card),
        ("cards/city/990100", Card),
        ("cards/group/east", Card),
        ("cards/region/tiny", Card),
        ("cards/border/990100-990200", Card),
        ("cards/road/5", Card),
        ("search?q=云湾", HitList),
        ("search?q=-29.5,1.2", HitList),
        ("times", Times),
    ],
)
def test_an_answer_is_as_documented(
    service: TestClient, address: str, model: type[BaseModel]
) -> None:
    given: Any = service.get(f"{BASE}/{address}").json()
    read = model.model_validate(given)
    assert read.model_dump(mode="json", by_alias=True, exclude_unset=True) == given
