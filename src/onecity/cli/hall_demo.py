"""``onecity hall demo``: an invented circle of cities on this machine, served, walked and used."""

import signal
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import click

from onecity.core.extras import needing
from onecity.core.words import Sentence, both

from .exits import Exit
from .frame import Command, Number, OneOf, shared
from .hall_demo_nodes import ports, serving
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.hall.demonstration import Demonstration
    from onecity.hall.demonstration.crowd import Crowd
    from onecity.hall.demonstration.driving import Totals
    from onecity.hall.demonstration.traffic import Intended

_CITIES = ("3", "9")
_MOST = 10_000_000
_SHOWN = 10
_NINTH = "xianning"
"""A node that is there where the folder holds those of nine cities."""


@dataclass
class _Told:
    """What a program is told in the end."""

    steps: list[Sentence] = field(default_factory=list)
    history: Mapping[str, int] | None = None
    cases: Mapping[str, Any] | None = None
    started_s: float = 0.0
    sound: bool | None = None


@click.command("demo", cls=Command)
@click.argument(
    "folder", type=click.Path(path_type=Path), metavar="[FOLDER]", default=Path("out/hall")
)
@click.option("--cities", type=OneOf(_CITIES), metavar="3|9")
@click.option("--history", type=Number(0, _MOST), default=0, metavar="NUMBER")
@click.option("--cases", type=Number(0, _MOST), default=0, metavar="NUMBER")
@click.option("--rate", type=Number(0.01, 1000.0), metavar="PER_SECOND")
@click.option("--seed", type=Number(0, _MOST), default=1, metavar="NUMBER")
@click.option("--walk/--no-walk", "walked", default=True)
@click.option("--stay/--no-stay", "stay", default=True)
@click.option("--open", "open_", is_flag=True)
@shared
@click.pass_context
def demo(  # noqa: PLR0913, PLR0917  (one for each option)
    ctx: click.Context,
    folder: Path,
    cities: str | None,
    history: float,
    cases: float,
    rate: float | None,
    seed: float,
    walked: bool,  # noqa: FBT001
    stay: bool,  # noqa: FBT001
    open_: bool,  # noqa: FBT001
) -> None:
    """Run invented cities, their province and a portal; walk and handle cases at them."""
    with needing("hall"):
        from onecity.hall.demonstration import codes, make
        from onecity.hall.demonstration.crowd import gather
        from onecity.hall.demonstration.traffic import plan

    terminal: Terminal = ctx.obj
    whole = cities == "9" or (cities is None and (folder / _NINTH).is_dir())
    names = codes(whole=whole)
    terminal.tell("cli_hall_demo.making", folder=folder, count=len(names))
    made = make(folder, ports(folder, names), whole=whole)
    told, intended = _Told(), plan(made.catalogue, int(cases), int(seed))
    if history:
        told.history = _filled(terminal, made, int(history), int(seed))
    if ports(folder, names) != [int(url.rpartition(":")[2]) for url in made.urls.values()]:
        made = make(folder, ports(folder, names), whole=whole)  # somebody took a port meanwhile
    crowd = gather(made, intended) if intended else None
    terminal.tell("cli_hall_demo.starting", count=len(names))
    begun = monotonic()
    with suppress(KeyboardInterrupt), _ended_alike(), serving(made):
        told.started_s = monotonic() - begun
        terminal.tell("cli_hall_demo.started", seconds=round(told.started_s))
        if walked:
            _walked(terminal, made, told)
        gone_on = crowd is None or _driven(terminal, crowd, intended, rate, told)
        if walked or crowd is not None:
            _verify(terminal, made, told)
        if terminal.json:
            terminal.emit(_answer(made, told))
        else:
            _show(terminal, made)
        if open_ and gone_on:
            webbrowser.open(made.urls[made.portal])
        if stay and gone_on:
            terminal.tell("cli_hall_demo.running")
            while True:
                sleep(1)
    if told.sound is False or (told.cases or {}).get("undone"):
        ctx.exit(Exit.FAULTS)


@contextmanager
def _ended_alike() -> Iterator[None]:
    """Let whoever ends this program otherwise than by Ctrl-C end the nodes with it, too."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _filled(terminal: Terminal, made: "Demonstration", count: int, seed: int) -> dict[str, int]:
    """Bring the cases of a year in, and write the catalogue that counts them."""
    from onecity.hall.demonstration.history import load_history, written

    with terminal.progress() as progress:
        found = load_history(made, count, seed, progress=progress)
    file = written(made)
    rows = {code: one.rows for code, one in found.items()}
    terminal.tell("cli_hall_demo.filled", count=sum(rows.values()), file=file)
    return rows


def _walked(terminal: Terminal, made: "Demonstration", told: _Told) -> None:
    from onecity.hall.demonstration.walk import walk

    def tell(sentence: Sentence) -> None:
        told.steps.append(sentence)
        if not terminal.json:
            terminal.answer(sentence.text(terminal.language))

    walk(made, tell)


def _driven(
    terminal: Terminal,
    crowd: "Crowd",
    intended: "Sequence[Intended]",
    rate: float | None,
    told: _Told,
) -> bool:
    """Handle the cases of the plan, and tell what was done; whether nobody interrupted."""
    from onecity.hall.demonstration.driving import counted, drive

    terminal.tell("cli_hall_demo.driving", count=len(intended))
    with terminal.progress() as progress:
        totals = drive(crowd, intended, rate=rate, progress=progress)
    told.cases = counted(totals)
    if not terminal.json:
        _tell_totals(terminal, totals, intended)
    return not totals.unfinished


def _tell_totals(terminal: Terminal, totals: "Totals", intended: "Sequence[Intended]") -> None:
    language = terminal.language
    rows = [[state.text(language), str(count)] for state, count in sorted(totals.reached.items())]
    heads = [terminal.say(f"cli_hall_demo.{one}") for one in ("state", "count")]
    title = terminal.say(
        "cli_hall_demo.totals",
        created=totals.created,
        crossing=totals.crossing,
        seconds=round(totals.seconds, 1),
    )
    terminal.table(title, heads, rows)
    terminal.answer(
        terminal.say(
            "cli_hall_demo.speed",
            rate=f"{totals.per_second:.1f}",
            p50=round(totals.create_p50_ms),
            p95=round(totals.create_p95_ms),
        )
    )
    if totals.fetched or totals.absent:
        terminal.tell("cli_hall_demo.fetched", fetched=totals.fetched, absent=totals.absent)
    if slow := sum(one.late and one.end.decided for one in intended):
        terminal.tell("cli_hall_demo.not_late", count=slow)
    for one in totals.undone[:_SHOWN]:
        why = one.why.text(language)
        terminal.answer(
            terminal.say("cli_hall_demo.undone_one", number=one.number, case=one.case, why=why)
        )
    if totals.undone:
        terminal.answer(terminal.say("cli_hall_demo.undone", count=len(totals.undone)))
    if totals.unfinished:
        terminal.answer(terminal.say("cli_hall_demo.unfinished", count=totals.unfinished))


def _answer(made: "Demonstration", told: _Told) -> dict[str, object]:
    """Return what a program is told; the password is in a file for the owner alone."""
    return {
        "command": "hall demo",
        "folder": str(made.folder),
        "nodes": dict(made.urls),
        "started_s": round(told.started_s, 1),
        "history": told.history,
        "steps": [{"zh": one.text("zh"), "en": one.text("en")} for one in told.steps],
        "cases": told.cases,
        "sound": told.sound,
    }


def _show(terminal: Terminal, made: "Demonstration") -> None:
    """Tell addresses, and who may log in where."""
    heads = [terminal.say(f"cli_hall_demo.{one}") for one in ("node", "address")]
    terminal.table(terminal.say("cli_hall_demo.title"), heads, made.urls.items(), left=2)
    names: dict[str, list[str]] = {}
    for one in made.logins:
        names.setdefault(one.node, []).append(one.name)
    alike: dict[str, list[str]] = {}
    for node, several in names.items():
        alike.setdefault(" ".join(several), []).append(node)
    for accounts, nodes in alike.items():
        terminal.answer(
            terminal.say("cli_hall_demo.accounts", nodes=both(nodes), accounts=accounts)
        )
    terminal.answer(terminal.say("cli_hall_demo.password", password=made.logins[0].password))
    terminal.answer(terminal.say("cli_hall_demo.portal", url=made.urls[made.portal]))


def _verify(terminal: Terminal, made: "Demonstration", told: _Told) -> None:
    """Check the records of all nodes against each other, and tell what came of it."""
    from onecity.hall.node.verifying import verify

    first, *others = made.folders.values()
    report = verify(first, peers=others)
    if report.broken is not None and report.broken.first is not None and not terminal.json:
        terminal.answer(report.broken.first.text(terminal.language))
    key = "cli_hall_demo.sound" if report.sound else "cli_hall_demo.unsound"
    terminal.tell(key, nodes=both(made.folders))
    told.sound = report.sound
