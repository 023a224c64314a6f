"""What all commands share: their options, their help, their way to fail.

A command is a plain Click command; its words come from the catalogue by name. For a
command ``build``: ``cli.build`` in one line, ``cli.build_about`` in full and
``cli.build_examples``; for its parameter ``out``: ``cli.build_out``, or
``cli.option_out`` where several commands share one meaning. Those of ``onecity ledger`` and
``onecity hall`` stand in the chapters ``cli_ledger``, ``cli_hall`` and ``cli_hall_node`` under the
same names.
"""

import difflib
import shutil
import sys
from collections.abc import Callable, Sequence
from io import StringIO
from typing import Any

import click

from onecity.core.errors import InputError
from onecity.core.words import LANGUAGES, chapter

from .exits import Exit
from .terminal import Terminal

_WIDEST = 100
_OF_NODES = {"demo", "node", "trust", "serve", "verify", "rewrap", "hold", "revoke"}
"""Commands of ``onecity hall`` whose words stand in the chapter ``cli_hall_node``."""


class OneOf(click.ParamType):  # type: ignore[type-arg]
    """One of some words."""

    name = "word"

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)

    def convert(self, value: Any, param: click.Parameter | None, _: click.Context | None) -> str:
        """Return the word."""
        if value not in self.words:
            raise InputError(
                "cli.not_one_of", name=_name(param), given=value, known=", ".join(self.words)
            )
        return str(value)


class Number(click.ParamType):  # type: ignore[type-arg]
    """A finite number within limits."""

    name = "number"

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def convert(self, value: Any, param: click.Parameter | None, _: click.Context | None) -> float:
        """Return the number."""
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not self.low <= number <= self.high:  # also true of a NaN
            raise InputError(
                "cli.not_a_number", name=_name(param), given=value, low=self.low, high=self.high
            )
        return number


class Minutes(click.ParamType):  # type: ignore[type-arg]
    """Some times in minutes, joined by commas."""

    name = "minutes"
    longest = 24 * 60.0

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        """Return the times, ascending, each once."""
        if isinstance(value, tuple):
            return value
        one = Number(0, self.longest)
        parts = str(value).replace("，", ",").split(",")
        times = {one.convert(part.strip(), param, ctx) for part in parts}
        if 0 in times:
            raise InputError("cli.no_minutes", given=value)
        return tuple(sorted(times))


def _name(param: click.Parameter | None) -> str:
    return "-" if param is None else param.opts[-1]


def _noted(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Keep a shared option on the terminal, whether it stood before or after the command."""
    if value and param.name:
        setattr(ctx.find_object(Terminal), {"lang": "language"}.get(param.name, param.name), value)


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that every command has."""
    flag: dict[str, Any] = {"is_flag": True, "expose_value": False, "callback": _noted}
    for option in (
        click.option("--debug", **flag),
        click.option("--quiet", "-q", **flag),
        click.option("--json", **flag),
        click.option(
            "--lang", type=OneOf(LANGUAGES), expose_value=False, callback=_noted, metavar="zh|en"
        ),
    ):
        command = option(command)
    return command


class Command(click.Command):
    """A command whose help speaks the user's language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        kwargs["no_args_is_help"] = False
        super().__init__(*args, **kwargs)
        # Told in the user's language by `parse_args`, not in English by Click.
        self.allow_extra_args = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Understand the arguments; none may be left over."""
        left = super().parse_args(ctx, args)
        if left and not isinstance(self, click.Group):
            raise InputError("cli.extra_argument", given=" ".join(left), command=self.name)
        return left

    def get_help(self, ctx: click.Context) -> str:
        """Return the help text."""
        return help_text(self, ctx)


class Group(Command, click.Group):
    """Commands under one name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order one meets them, not of the alphabet."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one is named, with the nearest known."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self.commands, n=1)
            known = ", ".join(near or self.commands)
            raise InputError("cli.no_command", given=args[0], known=known)
        return super().resolve_command(ctx, args)


def without_command(ctx: click.Context) -> None:
    """Say what there is where a group was called and none of its commands."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        ctx.exit(Exit.INPUT)


def full_name(ctx: click.Context) -> str:
    """Return the name of a command in the catalogue: ``accounts_add`` for one in a group."""
    names = []
    while ctx.parent:
        names.append(ctx.command.name or "")
        ctx = ctx.parent
    return "_".join(reversed(names)) or "program"


def help_text(command: click.Command, ctx: click.Context) -> str:
    """Return the help of a command in the user's language, as wide as the terminal."""
    from rich.padding import Padding
    from rich.text import Text

    terminal = ctx.find_object(Terminal) or Terminal(LANGUAGES[0])
    name = full_name(ctx)
    page = _page()
    arguments = [one for one in command.get_params(ctx) if isinstance(one, click.Argument)]
    options = [one for one in command.get_params(ctx) if not isinstance(one, click.Argument)]
    usage = [ctx.command_path, *(one.make_metavar(ctx) for one in arguments)]
    if isinstance(command, click.Group):
        usage.append(terminal.say("cli.help_command"))
    usage.append(terminal.say("cli.help_options_short"))
    page.print(Text.assemble((terminal.say("cli.help_usage"), "bold"), " ".join(usage)))
    page.print(Padding(Text(terminal.say(_words("about", name))), (1, 0, 1, 0)))
    if isinstance(command, click.Group):
        prefix = f"{name}_" if ctx.parent else ""
        known = [
            (one, terminal.say(_words("command", f"{prefix}{one}")))
            for one in command.list_commands(ctx)
        ]
        _section(page, terminal.say("cli.help_commands"), known)
    for title, params in (("arguments", arguments), ("options", options)):
        rows = [(_spelling(one, ctx), terminal.say(_key(name, one))) for one in params]
        _section(page, terminal.say(f"cli.help_{title}"), rows)
    _section(page, terminal.say("cli.help_examples"), terminal.say(_words("examples", name)))
    if isinstance(command, click.Group) and not ctx.parent:
        rows = [(str(int(code)), terminal.say(f"cli.exit_{code.name.lower()}")) for code in Exit]
        _section(page, terminal.say("cli.help_exits"), rows)
    text: str = page.file.getvalue()
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines())


def _section(page: Any, title: str, content: str | Sequence[tuple[str, str]]) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    if not content:
        return
    page.print(Text(title, style="bold"))
    if isinstance(content, str):
        page.print(Padding(Text(content), (0, 0, 1, 2)))
        return
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for left, right in content:
        grid.add_row(Text(left), Text(right))
    page.print(Padding(grid, (0, 0, 1, 2)))


def _page() -> Any:
    from rich.console import Console

    # Click prints what this returns; it takes the colours out where nobody looks.
    width = min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST)
    return Console(
        file=StringIO(),
        width=width,
        force_terminal=sys.stdout.isatty(),
        highlight=False,
        emoji=False,
        markup=False,
    )


def _words(part: str, name: str) -> str:
    """Return the key of a command's words; some groups have a chapter of their own."""
    match _group(name):
        case "ledger":
            keys = {
                "about": f"cli_ledger.about_{name}",
                "command": f"cli_ledger.command_{name}",
                "examples": f"cli_ledger.examples_{name}",
            }
        case "hall":
            keys = {
                "about": f"cli_hall.about_{name}",
                "command": f"cli_hall.command_{name}",
                "examples": f"cli_hall.examples_{name}",
            }
        case "hall_node":
            keys = {
                "about": f"cli_hall_node.about_{name}",
                "command": f"cli_hall_node.command_{name}",
                "examples": f"cli_hall_node.examples_{name}",
            }
        case _:
            keys = {
                "about": f"cli.about_{name}",
                "command": f"cli.command_{name}",
                "examples": f"cli.examples_{name}",
            }
    return keys[part]


def _group(command: str) -> str:
    """Return the group that a command is of, or its own name."""
    first, _, rest = command.partition("_")
    if first == "hall" and rest.partition("_")[0] in _OF_NODES:
        return "hall_node"
    return first


def _own(group: str, kind: str, name: str) -> str | None:
    """Return the key of a parameter's words in the group's own chapter, if it has them there."""
    keys = {
        ("ledger", "argument"): f"cli_ledger.argument_{name}",
        ("ledger", "option"): f"cli_ledger.option_{name}",
        ("hall_node", "argument"): f"cli_hall_node.argument_{name}",
        ("hall_node", "option"): f"cli_hall_node.option_{name}",
        ("hall", "argument"): f"cli_hall.argument_{name}",
        ("hall", "option"): f"cli_hall.option_{name}",
    }
    key = keys.get((group, kind), "")
    found, _, sentence = key.partition(".")
    return key if key and sentence in chapter(found) else None


def _key(command: str, param: click.Parameter) -> str:
    """Return the key of a parameter's words: its own, or the one commands share."""
    if isinstance(param, click.Argument):
        own = _own(_group(command), "argument", param.name or "")
        return own or f"cli.argument_{param.name}"
    name = max(param.opts, key=len).removeprefix("--")
    if (own := _own(_group(command), "option", name)) is not None:
        return own
    one = f"cli.option_{command}_{name}"
    return one if one.partition(".")[2] in chapter("cli") else f"cli.option_{name}"


def _spelling(param: click.Parameter, ctx: click.Context) -> str:
    if isinstance(param, click.Argument):
        return param.make_metavar(ctx)
    names = ", ".join(sorted(param.opts, key=len))
    takes = not getattr(param, "is_flag", False)
    return f"{names} {param.make_metavar(ctx)}" if takes else names
