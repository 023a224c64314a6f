"""A second factor for one's own account."""

import io
from typing import Annotated

import segno
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from onecity.web.asking import Known, TheDesk
from onecity.web.desk import Desk
from onecity.web.problems import WRITING, RefusalError, documented
from onecity.web.routes.accounts import Admin, Name

router = APIRouter(tags=["session"], responses=WRITING | documented(409, 429))


class FactorBegun(BaseModel):
    """两步验证密钥: what an authenticator needs; told to the owner alone, this once."""

    key: str = Field(description="To be typed where no picture can be read")
    address: str = Field(description="Address of the kind otpauth that the picture holds")
    svg: str = Field(description="QR code as SVG")


class Code(BaseModel):
    """验证码: six digits of the device, or a code on paper."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=40)]


class Paper(BaseModel):
    """备用码: codes for the day the device is lost; each opens once."""

    codes: list[str]


@router.post("/session/second-factor", summary="Begin a second factor 启用两步验证")
def begin(desk: TheDesk, asker: Known) -> FactorBegun:
    """Begin to give one's account a second factor; it counts once it is confirmed."""
    _check(desk)
    found = desk.office.second_factors.begin(by=asker.actor)
    picture = io.BytesIO()
    segno.make(found.address).save(picture, kind="svg", scale=5, xmldecl=False, svgns=True)
    return FactorBegun(key=found.key, address=found.address, svg=picture.getvalue().decode())


@router.put("/session/second-factor", summary="Confirm it 确认两步验证")
def confirm(desk: TheDesk, asker: Known, given: Code) -> Paper:
    """Confirm the second factor by a code of the device; the answer has the codes for paper."""
    _check(desk)
    codes = desk.office.second_factors.confirm(given.code, by=asker.actor, address=asker.address)
    return Paper(codes=list(codes))


@router.delete(
    "/session/second-factor",
    status_code=204,
    response_class=Response,
    summary="Take it away 停用两步验证",
)
def remove(desk: TheDesk, asker: Known, given: Code) -> None:
    """Take one's own second factor away; a code shows that it is the owner."""
    _check(desk)
    desk.office.second_factors.remove(
        asker.name, by=asker.actor, code=given.code, address=asker.address
    )


@router.delete(
    "/accounts/{name}/second-factor",
    status_code=204,
    response_class=Response,
    summary="Reset somebody's 重置他人的两步验证",
    responses=documented(404),
)
def reset(name: Name, hand: Admin) -> None:
    """Take the second factor of an account away whose owner lost the device."""
    if hand.asker.name == name:
        raise RefusalError(409, "logins.factor_own")
    hand.desk.office.second_factors.remove(name, **hand.by)


def _check(desk: Desk) -> None:
    if not desk.settings.login:
        raise RefusalError(409, "web.no_login")
