"""The picture of the border effect shows the numbers kept beside it, and these are found again."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explanation" / "border-effect.md"


@pytest.fixture(scope="module")
def drawn() -> ModuleType:
    file = ROOT / "scripts" / "border_effect_picture.py"
    spec = importlib.util.spec_from_file_location("border_effect_picture", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def numbers() -> Any:
    return json.loads(PAGE.with_suffix(".json").read_text("utf-8"))


def test_the_picture_is_drawn_from_the_numbers(drawn: ModuleType, numbers: Any) -> None:
    assert PAGE.with_suffix(".svg").read_text("utf-8") == drawn.picture(numbers)


def test_the_example_is_found_again(drawn: ModuleType, numbers: Any) -> None:
    found = drawn.example()
    assert numbers["example"] == pytest.approx(found)
    assert found["share"] == pytest.approx(9.8639, abs=5e-5)
    assert found["open_share"] == pytest.approx(31.7223, abs=5e-5)


def test_the_page_tells_the_numbers(numbers: Any) -> None:
    page, many = PAGE.read_text("utf-8"), numbers["cities"]
    province, circle = many["province"], many["circle"]
    told = [
        f"let {province['factor']:.2f} of flows",
        f"{len(province['made_up'])} made-up",
        f"between {min(province['made_up']):.2f} and {max(province['made_up']):.2f}",
        f"say {circle['factor']:.2f}, somewhere",
        "{:.2f} and {:.2f}".format(*circle["interval"]),
    ]
    flat = " ".join(page.split())
    assert not [words for words in told if words not in flat]
    assert many["city_border"] is False


@pytest.mark.shared
def test_flows_between_cities_say_the_same_again(
    drawn: ModuleType, numbers: Any, shared_data: Path
) -> None:
    # Bias is taken off with fewer redraws, and one made-up group each is enough to go by.
    found = drawn.cities(shared_data / "wuhan" / "flows", made_up=1, redraws=2)
    kept = numbers["cities"]
    assert (found["pairs"], found["listed"]) == (kept["pairs"], kept["listed"])
    assert found["province"]["factor"] == pytest.approx(kept["province"]["factor"], rel=0.03)
    assert found["circle"]["factor"] == pytest.approx(kept["circle"]["factor"], rel=0.1)
    assert found["province"]["made_up"][0] in kept["province"]["made_up"]
