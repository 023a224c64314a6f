"""Mark what was found in a copy of the user's own workbook."""

import os
from pathlib import Path

from onecity.core.errors import InputError
from onecity.core.words import Language
from onecity.core.workbook.container import Content
from onecity.core.workbook.marking import marked
from onecity.core.workbook.styles import save_whole

from .intake import Intake


def annotated(
    path: str | os.PathLike[str],
    intake: Intake,
    out: str | os.PathLike[str],
    *,
    language: Language = "zh",
) -> Path:
    """Write a copy of a workbook with what was found in it, see `marked`.

    Raises
    ------
    InputError
        If the file at `path` is not the one that was read, or `out` is that file itself.
    StoreError
        If `out` cannot be written; nothing is changed then.
    """
    content = Content.of(path).checked()
    if content.sha256 != intake.sha256:
        raise InputError("workbook.changed_since", path=content.name)
    if Path(out).absolute().resolve() == Path(path).absolute().resolve():
        raise InputError("workbook.same_file", path=content.name)
    return save_whole(marked(content, intake.findings, intake.file, language), out)
