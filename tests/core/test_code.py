"""The program's files as one name."""

from pathlib import Path

import pytest

from onecity.core import code


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("core/a.py", "core/words/a.toml", "report/page.css", "_regions/wuhan/region.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(code, "files", lambda _: tmp_path)
    return tmp_path


def fresh(*floors: str) -> str:
    code.code_hash.cache_clear()
    return code.code_hash(*floors)


def test_every_change_of_the_program_changes_its_name(package: Path) -> None:
    names = {fresh()}
    (package / "core/a.py").write_text("a")
    names.add(fresh())
    (package / "core/a.py").rename(package / "core/b.py")
    names.add(fresh())
    (package / "core/words/a.toml").unlink()
    names.add(fresh())
    assert len(names) == 4


def test_other_floors_and_recipes_do_not_count(package: Path) -> None:
    core, whole = fresh("core"), fresh()
    (package / "report/page.css").write_text("a")
    assert fresh("core") == core
    assert fresh() != whole
    whole = fresh()
    (package / "_regions/wuhan/region.toml").write_text("a")
    (package / "core/notes.txt").write_text("a")
    assert fresh() == whole


def test_the_real_program_has_a_name() -> None:
    assert len(fresh()) == 64
    assert fresh("core") != fresh("strands")
