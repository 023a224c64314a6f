"""Fill the documentation's page of commands with what each command says of itself.

MkDocs calls this while it builds (`hooks` in mkdocs.yml): the page cannot differ from the program.
"""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import click

from onecity.cli.program import program

MARK = "<!-- commands -->"
TABS = {"zh": "中文", "en": "English"}
COLUMNS = "96"


def help_of(command: str, language: str) -> str:
    """Return the help of a command, or of the program where `command` is empty."""
    arguments = [
        sys.executable,
        "-m",
        "onecity.cli",
        *command.split(),
        "--lang",
        language,
        "--help",
    ]
    done = subprocess.run(
        arguments,
        capture_output=True,
        check=True,
        encoding="utf-8",
        env=os.environ | {"COLUMNS": COLUMNS, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
    )
    return done.stdout.strip()


def section(command: str) -> str:
    """Return the heading of a command and its help in both languages."""
    parts = [f"## {f'onecity {command}'.strip()}"]
    for language, tab in TABS.items():
        block = f"```text\n{help_of(command, language)}\n```"
        parts.append(f'=== "{tab}"\n\n{textwrap.indent(block, "    ")}')
    return "\n\n".join(parts)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the mark by all commands, the program itself first (a MkDocs event)."""
    if MARK not in markdown:
        return markdown
    return markdown.replace(MARK, "\n\n".join(section(name) for name in ("", *names(program))))


def names(group: click.Group, prefix: str = "") -> Iterator[str]:
    """Yield the name of each command, those of a group after its own."""
    for name, command in group.commands.items():
        yield f"{prefix}{name}"
        if isinstance(command, click.Group):
            yield from names(command, f"{prefix}{name} ")
