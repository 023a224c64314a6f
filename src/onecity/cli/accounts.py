"""``onecity accounts``: who may log in to a service, as what."""

import getpass
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from onecity.core.errors import InputError

from .frame import Command, Group, Number, shared, without_command
from .stores import database_option, opened, rules, store_at, with_store
from .terminal import Terminal

if TYPE_CHECKING:
    from datetime import datetime

    from onecity.identity import Account, ApiToken

_ACCOUNTS = ("account", "display_name", "office", "city", "roles", "state", "created")
_TOKENS = ("token", "account", "scopes", "expires", "seen", "state")
_LONGEST_DAYS = 3650


@click.group("accounts", cls=Group, invoke_without_command=True)
@shared
@click.pass_context
def accounts(ctx: click.Context) -> None:
    """Manage the accounts of a service."""
    without_command(ctx)


_NAME = click.argument("account", metavar="NAME")
_ROLES = click.option("--role", multiple=True, metavar="ROLE[@CITY]")


@accounts.command("add", cls=Command)
@with_store
@_NAME
@click.option("--title", default="", metavar="TEXT")
@click.option("--unit", metavar="CODE")
@click.option("--city", metavar="CODE")
@_ROLES
@click.option("--no-password", is_flag=True)
@shared
@click.pass_obj
def add(
    terminal: Terminal,
    store: str,
    account: str,
    title: str,
    unit: str | None,
    city: str | None,
    role: tuple[str, ...],
    no_password: bool,  # noqa: FBT001
) -> None:
    """Make an account, and the store where there is none yet."""
    from onecity.identity import Actor, Grant, console_address
    from onecity.identity.accounts import checked_name

    # What is wrong with the command is told before a password is asked for or a file made.
    grants = rules().check_grants(map(Grant.parse, role))
    checked_name(account)
    password = None if no_password else asked_password(terminal, account)
    with opened(store, create=True) as office:
        made = office.accounts.add(
            account,
            title_zh=title,
            unit=unit,
            city=city,
            grants=grants,
            password=password,
            by=Actor.console(),
            address=console_address(),
        )
    _answer(terminal, "add", made)
    terminal.tell("cli.accounts_added", name=made.name, roles=_roles(made) or "—")


@accounts.command("list", cls=Command)
@with_store
@shared
@click.pass_obj
def list_(terminal: Terminal, store: str) -> None:
    """Show the accounts and tokens."""
    with opened(store) as office:
        known, keys = office.accounts.all(), office.tokens.all()
    if terminal.json:
        tokens = [_token_record(one) for one in keys]
        records = [_record(one) for one in known]
        terminal.emit({"command": "accounts list", "accounts": records, "tokens": tokens})
        return
    terminal.table(
        terminal.say("cli.accounts_title"),
        [terminal.say(f"cli.column_{one}") for one in _ACCOUNTS],
        [
            (
                one.name,
                one.title_zh,
                one.unit or "",
                one.city or "",
                _roles(one),
                _state(terminal, one),
                _day(one.created),
            )
            for one in known
        ],
        left=len(_ACCOUNTS),
    )
    if keys:
        terminal.table(
            terminal.say("cli.accounts_tokens"),
            [terminal.say(f"cli.column_{one}") for one in _TOKENS],
            [
                (
                    one.name,
                    one.account,
                    " ".join(sorted(one.scopes)),
                    _day(one.expires),
                    _day(one.seen),
                    terminal.say("cli.accounts_revoked" if one.revoked else "cli.accounts_active"),
                )
                for one in keys
            ],
            left=len(_TOKENS),
        )


@accounts.command("password", cls=Command)
@with_store
@_NAME
@shared
@click.pass_obj
def password(terminal: Terminal, store: str, account: str) -> None:
    """Give an account another password."""
    from onecity.identity import Actor, console_address

    with opened(store) as office:
        office.accounts.get(account)
        office.accounts.set_password(
            account,
            asked_password(terminal, account),
            by=Actor.console(),
            address=console_address(),
        )
        _answer(terminal, "password", office.accounts.get(account))
    terminal.tell("cli.accounts_password", name=account)


@accounts.command("roles", cls=Command)
@click.argument("work", metavar="[FOLDER|FILE|URL]", required=False)
@click.argument("account", metavar="[NAME]", required=False)
@database_option
@_ROLES
@shared
@click.pass_obj
def roles(
    terminal: Terminal,
    work: str | None,
    account: str | None,
    database: str | None,
    role: tuple[str, ...],
) -> None:
    """Give an account its roles; without one, show what each role may do."""
    from onecity.identity import Actor, Grant, console_address

    if work is None:
        _show_roles(terminal)
        return
    if account is None or not role:
        raise InputError("cli.accounts_no_role")
    with opened(store_at(work, database)) as office:
        grants = [Grant.parse(one) for one in role]
        made = office.accounts.set_grants(
            account, grants, by=Actor.console(), address=console_address()
        )
    _answer(terminal, "roles", made)
    terminal.tell("cli.accounts_roles", name=made.name, roles=_roles(made))


@accounts.command("disable", cls=Command)
@with_store
@_NAME
@shared
@click.pass_obj
def disable(terminal: Terminal, store: str, account: str) -> None:
    """Close an account."""
    _switch(terminal, store, account, "disable")


@accounts.command("enable", cls=Command)
@with_store
@_NAME
@shared
@click.pass_obj
def enable(terminal: Terminal, store: str, account: str) -> None:
    """Open an account again, and unlock it."""
    _switch(terminal, store, account, "enable")


def _switch(terminal: Terminal, store: str, account: str, way: str) -> None:
    from onecity.identity import Actor, console_address

    with opened(store) as office:
        change = {"disable": office.accounts.disable, "enable": office.accounts.enable}[way]
        change(account, by=Actor.console(), address=console_address())
        _answer(terminal, way, office.accounts.get(account))
    terminal.tell(f"cli.accounts_{way}d", name=account)


@accounts.command("token", cls=Command)
@with_store
@_NAME
@click.option("--name", required=True, metavar="TOKEN")
@click.option("--scope", multiple=True, metavar="PERMISSION")
@click.option("--days", type=Number(1, _LONGEST_DAYS), default=365, show_default=True, metavar="N")
@click.option("--revoke", is_flag=True)
@shared
@click.pass_obj
def token(
    terminal: Terminal,
    store: str,
    account: str,
    name: str,
    scope: tuple[str, ...],
    days: float,
    revoke: bool,  # noqa: FBT001
) -> None:
    """Give a machine a key that acts for an account, or take it back."""
    from onecity.identity import Actor, console_address
    from onecity.identity.clock import utc_now

    by, address = Actor.console(), console_address()
    with opened(store) as office:
        office.accounts.get(account)
        if revoke:
            office.tokens.revoke(name, by=by, address=address)
            if terminal.json:
                terminal.emit({"command": "accounts token", "name": name, "revoked": True})
            terminal.tell("cli.accounts_token_revoked", name=name)
            return
        expires = utc_now() + timedelta(days=days)
        text, made = office.tokens.add(
            name, account, scopes=scope, expires=expires, by=by, address=address
        )
    if terminal.json:
        terminal.emit({"command": "accounts token", "token": text, **_token_record(made)})
        return
    terminal.tell("cli.accounts_token", name=name, account=made.account, day=_day(made.expires))
    terminal.answer(text)


def asked_password(terminal: Terminal, account: str) -> str:
    """Return a password: asked for twice where a person sits, else the first line of the input.

    Raises
    ------
    InputError
        There is none, or the two differ.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        line = sys.stdin.readline() if sys.stdin else ""
        given = line.removesuffix("\n").removesuffix("\r")
        if not given:
            raise InputError("cli.accounts_password_missing")
        return given
    try:
        first = getpass.getpass(terminal.say("cli.accounts_password_ask", name=account))
        second = getpass.getpass(terminal.say("cli.accounts_password_again"))
    except EOFError as error:
        raise click.Abort from error
    if first != second:
        raise InputError("cli.accounts_password_differs")
    return first


def _show_roles(terminal: Terminal) -> None:
    from onecity.identity.rules import covered

    known = rules()
    may = {
        name: [one for one in known.permissions if covered(one, role.patterns)]
        for name, role in known.roles.items()
    }
    if terminal.json:
        terminal.emit({"command": "accounts roles", "roles": may})
        return
    terminal.table(
        terminal.say("cli.accounts_roles_title"),
        [terminal.say(f"cli.column_{one}") for one in ("key", "roles", "may")],
        [
            (
                name,
                role.text(terminal.language),
                "\n".join(
                    f"{one}  {known.permissions[one].text(terminal.language)}" for one in may[name]
                ),
            )
            for name, role in known.roles.items()
        ],
        left=3,
    )


def _answer(terminal: Terminal, command: str, account: "Account") -> None:
    if terminal.json:
        terminal.emit({"command": f"accounts {command}", "account": _record(account)})


def _record(one: "Account") -> dict[str, Any]:
    return {
        "name": one.name,
        "title_zh": one.title_zh,
        "unit": one.unit,
        "city": one.city,
        "roles": [str(grant) for grant in one.grants],
        "active": one.active,
        "created": one.created.isoformat(),
        "password_changed": one.password_changed and one.password_changed.isoformat(),
    }


def _token_record(one: "ApiToken") -> dict[str, Any]:
    return {
        "name": one.name,
        "account": one.account,
        "scopes": sorted(one.scopes),
        "created": one.created.isoformat(),
        "expires": one.expires and one.expires.isoformat(),
        "seen": one.seen and one.seen.isoformat(),
        "revoked": one.revoked and one.revoked.isoformat(),
    }


def _roles(one: "Account") -> str:
    return " ".join(str(grant) for grant in one.grants)


def _state(terminal: Terminal, one: "Account") -> str:
    if not one.active:
        return terminal.say("cli.accounts_closed")
    key = "cli.accounts_active" if one.password_changed else "cli.accounts_no_login"
    return terminal.say(key)


def _day(moment: "datetime | None") -> str:
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d}"
