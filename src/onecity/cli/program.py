"""The program: finds the language, runs a command, and turns every failure into one message."""

import errno
import json
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from onecity import __version__
from onecity.core.errors import OneCityError
from onecity.core.words import LANGUAGES, say

from .access import access
from .accounts import accounts
from .audit import audit
from .backup import backup, restore
from .borders import borders
from .bottlenecks import bottlenecks
from .build import build
from .check import check
from .compare import compare
from .demo import demo
from .dossier import dossier
from .exits import Exit, code_of
from .flows import flows
from .frame import Group, shared, without_command
from .hall import hall
from .info import info
from .intake import import_, template
from .isochrone import isochrone
from .language import chosen
from .league import league
from .ledger import ledger
from .links import links
from .measure import measure
from .report import report
from .serve import serve
from .terminal import Terminal
from .topics import examine


class Program(Group):
    """All commands. Nothing but this class ends the process."""

    def main(self, args: Sequence[str] | None = None, *_: Any, **__: Any) -> NoReturn:
        """Run the command line and end the process with its code."""
        arguments = list(sys.argv[1:] if args is None else args)
        terminal = Terminal(chosen(arguments, os.environ))
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                # A console of another encoding shows a mark for what it cannot spell.
                stream.reconfigure(errors="replace")
        sys.exit(self._run(arguments, terminal))

    def _run(self, arguments: list[str], terminal: Terminal) -> int:
        try:
            with self.make_context("onecity", arguments, obj=terminal) as ctx:
                self.invoke(ctx)
            sys.stdout.flush()
        except click.exceptions.Exit as end:
            return _flushed(end.exit_code)
        except (KeyboardInterrupt, click.Abort):
            return _complain(terminal, "cli.interrupted", {}, Exit.INTERRUPTED)
        except Exception as error:  # noqa: BLE001  (each is told in the user's words)
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                return _reader_gone()
            if terminal.debug:
                traceback.print_exc()
            return _complain(terminal, *_explained(error))
        return Exit.DONE


def _explained(error: Exception) -> tuple[str, dict[str, object], Exit]:
    """Return the sentence for an error, its values, and the exit code."""
    match error:
        case OneCityError():
            return error.key, error.values, code_of(error)
        case click.UsageError():
            return *_usage(error), Exit.INPUT
        case OSError():
            reason = error.strerror or error
            return "cli.os_error", {"path": error.filename or "-", "reason": reason}, Exit.STORE
        case _:
            values = {"kind": type(error).__name__, "reason": error, "version": __version__}
            return "cli.internal", values, Exit.INTERNAL


def _usage(error: click.UsageError) -> tuple[str, dict[str, object]]:
    """Return our own words for what Click found wrong."""
    command = error.ctx.command_path if error.ctx else "onecity"
    if isinstance(error, click.NoSuchOption):
        near = ", ".join(error.possibilities or ()) or f"{command} --help"
        return "cli.no_option", {"given": error.option_name, "near": near}
    if isinstance(error, click.MissingParameter):
        lacking = error.param
        name = lacking.opts[-1] if lacking else "-"
        if isinstance(lacking, click.Argument) and error.ctx:
            name = lacking.make_metavar(error.ctx)
        return "cli.missing", {"name": name, "command": command}
    if isinstance(error, click.BadOptionUsage):
        return "cli.option_value", {"name": error.option_name, "command": command}
    return "cli.usage", {"reason": error.format_message(), "command": command}


def _complain(terminal: Terminal, key: str, values: dict[str, object], code: Exit) -> Exit:
    """Say on the error stream what went wrong: one message, or one JSON object."""
    try:
        if terminal.json:
            answer: dict[str, Any] = {"key": key, "exit": int(code)}
            answer.update({language: say(key, language, **values) for language in LANGUAGES})
            sys.stderr.write(f"{json.dumps({'error': answer}, ensure_ascii=False)}\n")
        else:
            words = f"{terminal.say('cli.error')}{terminal.say(key, **values)}"
            terminal.err.print(words, style="red", soft_wrap=True)
    except BrokenPipeError:
        pass  # nobody reads the error stream either: the exit code still tells
    return code


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_gone()
    return code


def _reader_gone() -> int:
    """Leave quietly when the reader of a pipe has closed it, as ``head`` does."""
    # Python flushes once more at the end and would complain: let it flush into nothing.
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    return Exit.PIPE


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001
    if wanted:
        click.echo(f"onecity {__version__}")
        ctx.exit()


@click.group("onecity", cls=Program, invoke_without_command=True)
@shared
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version)
@click.pass_context
def program(ctx: click.Context) -> None:
    """Say what there is where no command is given."""
    without_command(ctx)


_FIGURES = (
    demo,
    build,
    info,
    check,
    measure,
    isochrone,
    access,
    borders,
    bottlenecks,
    flows,
    links,
    examine,
    compare,
    league,
)
_KEPT = (hall, ledger, accounts, audit, backup, restore)
for one in (*_FIGURES, report, dossier, serve, template, import_, *_KEPT):
    program.add_command(one)


def main() -> NoReturn:
    """Run ``onecity``."""
    program.main()
