"""A file is written whole, or not at all."""

from pathlib import Path

import pytest

from onecity.core.errors import StoreError
from onecity.core.files import replacing


def test_the_draft_takes_the_place_of_the_file(tmp_path: Path) -> None:
    target = tmp_path / "报告.html"
    target.write_text("old")
    with replacing(target) as draft:
        assert draft.parent == target.parent
        assert draft.suffix == ".html"
        assert not draft.exists()
        draft.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_goes_wrong_leaves_the_old(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "a.csv"
    target.write_text("old")

    def fail_halfway() -> None:
        with replacing(target) as draft:
            draft.write_text("half")
            raise error

    with pytest.raises(error):
        fail_halfway()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_the_system_refuses_is_told_with_the_path(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreError, match=r"absent.a\.csv"),
        replacing(tmp_path / "absent" / "a.csv") as draft,
    ):
        draft.write_text("new")
    with pytest.raises(StoreError, match="No such file"), replacing(tmp_path / "b.csv"):
        pass  # nothing was written
