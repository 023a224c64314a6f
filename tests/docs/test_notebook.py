"""The notebook does what it says, in ten lines, and is kept without what it once gave."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from onecity.core.words import say
from onecity.region.store import Region
from tests.coarse import coarse_recipe

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "tutorial" / "wuhan.ipynb"


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def kept() -> Any:
    notebook = nbformat.read(FILE, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    return notebook


@pytest.fixture(scope="module")
def done(kept: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """The notebook run in an empty folder by the kernel that Jupyter would start.

    The recipe that it is given is the coarse one: what it shows is the same.
    """
    folder = tmp_path_factory.mktemp("笔记本")
    recipe = coarse_recipe(tmp_path_factory.mktemp("配方") / "wuhan")
    coarse = f"from onecity.region import shipped; shipped.shipped_recipe = lambda: {str(recipe)!r}"
    run = deepcopy(kept)
    run.cells.insert(0, nbformat.v4.new_code_cell(coarse))  # type: ignore[no-untyped-call]
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(run, timeout=300, kernel_name="python3", resources=resources)
    return client.execute(), folder


def test_it_has_ten_lines_of_code(kept: Any) -> None:
    lines = [line for cell in code_cells(kept) for line in cell.source.splitlines()]
    assert len([line for line in lines if line.strip()]) == 10


def test_it_is_kept_without_outputs(kept: Any) -> None:
    for cell in code_cells(kept):
        assert cell.outputs == []
        assert cell.execution_count is None


@pytest.mark.slow
def test_it_shows_a_table_of_nine_cities_and_two_maps(done: tuple[Any, Path]) -> None:
    notebook, folder = done
    shown = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert [one.output_type for one in shown] == ["execute_result"] * 3
    table, circle, border = (one.data for one in shown)
    region = Region.open(folder / "out" / "wuhan")
    cities = region.table("cities")["name_zh"]
    assert len(cities) == 9
    for name in cities:
        assert name in table["text/html"]
        for picture in (circle, border):
            assert name in picture["image/svg+xml"]
    minutes = say("transport.minutes_core", "zh")
    assert minutes in table["text/html"]
    assert minutes in circle["image/svg+xml"]
    assert circle["image/svg+xml"] != border["image/svg+xml"]
