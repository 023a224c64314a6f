"""Who asks, what they may do, and how they log in and out."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from onecity.identity import Actor, Via
from onecity.web.asking import Anyone, Known, TheDesk
from onecity.web.cookies import drop_session, keep_session
from onecity.web.desk import Desk
from onecity.web.problems import READING, WRITING, RefusalError, documented
from onecity.web.routes import BASE
from onecity.web.routes.session_oidc import START
from onecity.web.words import Words, named, words

router = APIRouter(tags=["session"])


class Role(BaseModel):
    """角色: what somebody is, everywhere or in one city alone."""

    key: str = Field(examples=["planner"])
    name: Words
    city: str | None = Field(description="Code of the city; null: everywhere")


class Who(BaseModel):
    """登录者: an account as its owner sees it."""

    name: str
    display: str = Field(description="Name to show")
    unit: str | None = Field(description="Office they work for")
    roles: list[Role]
    second_factor: bool = Field(description="Whether a code is asked for besides the password")


class Elsewhere(BaseModel):
    """统一身份登录: where an office's own provider lets people in."""

    title: Words
    start: str = Field(description="Address to go to")


class Session(BaseModel):
    """会话: who asks and what they may do."""

    mode: Literal["local", "login"] = Field(
        description="`local`: the service hears this machine alone, nobody logs in"
    )
    who: Who | None = Field(description="null: nobody is logged in")
    permissions: list[str] = Field(examples=[["analyse", "view"]])
    region: str | None = Field(description="Key of the region; null: the ledger alone")
    ledger: bool = Field(description="Whether the service keeps a ledger")
    hall: bool = Field(description="Whether the service holds the shared services")
    oidc: Elsewhere | None = Field(description="null: nobody logs in by a provider")
    csrf: str = Field(description="To be sent with every change, in the header X-CSRF-Token")


class Credentials(BaseModel):
    """登录信息: what an account is known by."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]
    code: Annotated[str, Field(max_length=40)] = Field(
        "", description="Of the second factor, where the account has one"
    )


class NewPassword(BaseModel):
    """更改密码: somebody's own password, the old one and the new."""

    model_config = ConfigDict(extra="forbid")

    old: Annotated[str, Field(min_length=1, max_length=1000)]
    new: Annotated[str, Field(min_length=1, max_length=1000)]


@router.get("/session", summary="Who asks 当前会话", responses=READING | documented(401))
def session(desk: TheDesk, asker: Anyone) -> Session:
    """Return who asks, what they may do, and the word that changes must carry."""
    return _session(desk, asker.actor, asker.token)


@router.post("/session", summary="Log in 登录", responses=WRITING | documented(409, 429))
def log_in(
    request: Request, response: Response, desk: TheDesk, asker: Anyone, given: Credentials
) -> Session:
    """Log in with an account's name and password; the answer sets a cookie.

    After several failures in a row the account or the address has to wait (429).
    """
    _accounts_needed(desk)
    with desk.computing():  # checking a password is heavy on purpose
        login = desk.office.login(
            given.name, given.password, address=asker.address, code=given.code
        )
    if asker.token is not None:
        desk.office.logout(asker.token, address=asker.address)
    # A proxy in front may speak HTTPS with the browser, which says so itself.
    keep_session(
        response, desk, login, secure=request.headers.get("origin", "").startswith("https:")
    )
    return _session(desk, login.actor, login.token)


@router.delete("/session", summary="Log out 退出登录", responses=WRITING | documented(409))
def log_out(response: Response, desk: TheDesk, asker: Anyone) -> Session:
    """End the session; ending none is no fault."""
    _accounts_needed(desk)
    if asker.token is not None:
        desk.office.logout(asker.token, address=asker.address)
    return _left(desk, response)


@router.put(
    "/session/password",
    summary="Change one's own password 修改密码",
    responses=WRITING | documented(409, 429),
)
def change_password(response: Response, desk: TheDesk, asker: Known, given: NewPassword) -> Session:
    """Change one's own password; every session of the account ends: log in with the new one."""
    _accounts_needed(desk)
    with desk.computing():
        desk.office.accounts.change_password(
            asker.name, given.old, given.new, by=asker.actor, address=asker.address
        )
    return _left(desk, response)


def _left(desk: Desk, response: Response) -> Session:
    """Take the cookie away; who asks is a guest from now on."""
    drop_session(response, desk)
    return _session(desk, Actor.guest(), None)


def _accounts_needed(desk: Desk) -> None:
    if not desk.settings.login:
        raise RefusalError(409, "web.no_login")


def _session(desk: Desk, actor: Actor, token: str | None) -> Session:
    rules = desk.rules
    known = None
    if actor.via is not Via.GUEST:
        roles = [
            Role(
                key=grant.role,
                name=Words(**words(role) if role else named(grant.role, grant.role)),
                city=grant.city,
            )
            for grant in actor.grants
            for role in [rules.roles.get(grant.role)]
        ]
        display = actor.title_zh or actor.name
        second = actor.via is Via.SESSION and desk.office.second_factors.has(actor.name)
        known = Who(
            name=actor.name,
            display=display,
            unit=actor.unit,
            roles=roles,
            second_factor=second,
        )
    sign_in = desk.sign_in
    title = None if sign_in is None else Words(**sign_in.provider.title)
    return Session(
        mode="login" if desk.settings.login else "local",
        who=known,
        permissions=sorted(rules.permissions_of(actor)),
        region=desk.region.manifest.key if desk.has_region else None,
        ledger=desk.settings.ledger,
        hall=desk.has_hall,
        oidc=None if title is None else Elsewhere(title=title, start=f"{BASE}{START}"),
        csrf=desk.csrf.of(token),
    )
