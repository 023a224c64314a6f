"""Accounts: who may log in, and what they may do; for administrators."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from onecity.identity import Account, Grant
from onecity.identity.rules import covered
from onecity.web.desk import Desk
from onecity.web.ledger.asked import Hand, hand
from onecity.web.problems import READING, WRITING, RefusalError, documented
from onecity.web.routes import BASE
from onecity.web.words import Words, words

router = APIRouter(tags=["accounts"])
Admin = Annotated[Hand, Depends(hand("admin"))]
Name = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[^/\\\x00-\x1f]+$")]
_CLASH = WRITING | documented(409)


class GrantAnswer(BaseModel):
    """授权: a role, everywhere or in one city alone."""

    model_config = ConfigDict(extra="forbid")

    role: str = Field(min_length=1, max_length=64, examples=["city_office"])
    city: str | None = Field(None, min_length=1, max_length=32, examples=["420100"])


class AccountAnswer(BaseModel):
    """账号: somebody who may log in."""

    name: str
    title_zh: str
    unit: str | None = Field(description="Code of the unit they answer for")
    city: str | None
    state: Literal["active", "closed"]
    grants: list[GrantAnswer]
    created: datetime
    has_password: bool


class RoleAnswer(BaseModel):
    """角色: what can be granted."""

    key: str
    name: Words
    permissions: list[str]


class AccountList(BaseModel):
    """账号列表: the accounts that the asker may manage, and the roles there are."""

    items: list[AccountAnswer]
    roles: list[RoleAnswer]


class Described(BaseModel):
    """账号说明: what colleagues see of an account, and its office."""

    model_config = ConfigDict(extra="forbid")

    title_zh: str = Field("", max_length=100)
    unit: str | None = Field(None, min_length=1, max_length=32)
    city: str | None = Field(None, min_length=1, max_length=32)


class NewAccount(Described):
    """新账号: somebody who is to log in."""

    name: str = Field(min_length=1, max_length=100, examples=["zhang.san"])
    password: str | None = Field(None, min_length=1, max_length=1000)
    grants: list[GrantAnswer] = Field(default_factory=list, max_length=100)


class GrantsGiven(BaseModel):
    """授权: the roles of an account, all of them."""

    model_config = ConfigDict(extra="forbid")

    grants: list[GrantAnswer] = Field(max_length=100)


class PasswordGiven(BaseModel):
    """重设密码: a password that an administrator sets; its owner should change it."""

    model_config = ConfigDict(extra="forbid")

    password: str = Field(min_length=1, max_length=1000)


class StateGiven(BaseModel):
    """启用或停用: whether an account may log in."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["active", "closed"]


@router.get("/accounts", summary="Accounts 账号列表", responses=READING | documented(401, 403))
def accounts(hand: Admin) -> AccountList:
    """Return the accounts that the asker may manage, and every role that can be granted."""
    rules, actor = hand.desk.rules, hand.asker.actor
    seen = [one for one in hand.desk.office.accounts.all() if rules.may(actor, "admin", one.city)]
    roles = [
        {"key": key, "name": words(role), "permissions": sorted(_given(hand.desk, key))}
        for key, role in rules.roles.items()
        if key != "guest"
    ]
    return AccountList.model_validate({"items": [_told(one) for one in seen], "roles": roles})


@router.post("/accounts", status_code=201, summary="Add an account 新建账号", responses=WRITING)
def add(hand: Admin, given: NewAccount, response: Response) -> AccountAnswer:
    """Make an account; without a password nobody can log in to it."""
    with hand.desk.computing():  # a password is hashed slowly on purpose
        made = hand.desk.office.accounts.add(
            given.name,
            title_zh=given.title_zh,
            unit=given.unit,
            city=given.city,
            grants=_grants(given.grants),
            password=given.password,
            **hand.by,
        )
    response.headers["Location"] = f"{BASE}/accounts/{made.name}"
    return AccountAnswer.model_validate(_told(made))


@router.get(
    "/accounts/{name}", summary="One account 账号", responses=READING | documented(401, 403)
)
def one(hand: Admin, name: Name) -> AccountAnswer:
    """Return an account that the asker may manage."""
    found = hand.desk.office.accounts.get(name)
    hand.desk.rules.require(hand.asker.actor, "admin", found.city)
    return AccountAnswer.model_validate(_told(found))


@router.put("/accounts/{name}", summary="Describe an account 修改账号", responses=WRITING)
def describe(hand: Admin, name: Name, given: Described) -> AccountAnswer:
    """Change the name that colleagues see, and the office."""
    made = hand.desk.office.accounts.describe(name, **given.model_dump(), **hand.by)
    return AccountAnswer.model_validate(_told(made))


@router.put("/accounts/{name}/grants", summary="Give roles 授权", responses=_CLASH)
def set_grants(hand: Admin, name: Name, given: GrantsGiven) -> AccountAnswer:
    """Give an account these roles and no others; one's own stay as they are."""
    _not_own(hand, name)
    made = hand.desk.office.accounts.set_grants(name, _grants(given.grants), **hand.by)
    return AccountAnswer.model_validate(_told(made))


@router.put(
    "/accounts/{name}/password",
    status_code=204,
    summary="Set a password 重设密码",
    responses=WRITING,
)
def set_password(hand: Admin, name: Name, given: PasswordGiven) -> None:
    """Give an account another password; its sessions end."""
    with hand.desk.computing():
        hand.desk.office.accounts.set_password(name, given.password, **hand.by)


@router.put("/accounts/{name}/state", summary="Open or close an account 启用停用", responses=_CLASH)
def set_state(hand: Admin, name: Name, given: StateGiven) -> AccountAnswer:
    """Close an account, which ends its sessions, or open it again; not one's own."""
    _not_own(hand, name)
    accounts = hand.desk.office.accounts
    if given.state == "active":
        accounts.enable(name, **hand.by)
    else:
        accounts.disable(name, **hand.by)
    return AccountAnswer.model_validate(_told(accounts.get(name)))


@router.post("/accounts/{name}/unlock", summary="Unlock an account 解除锁定", responses=WRITING)
def unlock(hand: Admin, name: Name) -> AccountAnswer:
    """Forget the failed attempts to log in to an account."""
    accounts = hand.desk.office.accounts
    accounts.unlock(name, **hand.by)
    return AccountAnswer.model_validate(_told(accounts.get(name)))


def _not_own(hand: Hand, name: str) -> None:
    """Refuse that somebody shuts themselves out."""
    if hand.desk.office.accounts.get(name).name == hand.asker.name:
        raise RefusalError(409, "web_ledger.own_account")


def _grants(several: list[GrantAnswer]) -> list[Grant]:
    return [Grant(one.role, one.city) for one in several]


def _given(desk: Desk, role: str) -> frozenset[str]:
    """Return the permissions that a role gives."""
    patterns = desk.rules.roles[role].patterns
    return frozenset(one for one in desk.rules.permissions if covered(one, patterns))


def _told(one: Account) -> dict[str, Any]:
    return {
        "name": one.name,
        "title_zh": one.title_zh,
        "unit": one.unit,
        "city": one.city,
        "state": "active" if one.active else "closed",
        "grants": [{"role": each.role, "city": each.city} for each in one.grants],
        "created": one.created,
        "has_password": one.password_changed is not None,
    }
