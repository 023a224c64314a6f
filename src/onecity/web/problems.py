"""Every failure as one kind of answer: problem+json (RFC 9457), in both languages."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from onecity.core.errors import InputError, MissingError, OneCityError, RangeError, StoreError
from onecity.core.words import LANGUAGES, chapter, say

from .slots import BusyError
from .words import Words, told, words

MEDIA = "application/problem+json"
LOG = logging.getLogger("onecity.web")

_STATUS: tuple[tuple[type[OneCityError], HTTPStatus], ...] = (
    (BusyError, HTTPStatus.SERVICE_UNAVAILABLE),
    (MissingError, HTTPStatus.NOT_FOUND),
    (InputError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (RangeError, HTTPStatus.BAD_REQUEST),
    (StoreError, HTTPStatus.INTERNAL_SERVER_ERROR),
)


class Fault(BaseModel):
    """One value that is not as it must be."""

    where: str = Field(examples=["query.minutes"])
    text: Words


class Problem(BaseModel):
    """出错说明（RFC 9457）: why there is no answer."""

    type: str = Field(examples=["urn:onecity:problem:web.no_strand"])
    title: Words
    status: int = Field(examples=[404])
    detail: Words
    instance: str = Field(examples=["/api/v1/layers/no.such@zone/values"])
    where: str | None = None
    errors: list[Fault] | None = None


class RefusalError(OneCityError):
    """A request that is refused for what it is, with the status that says so."""

    def __init__(self, status: int, key: str, /, **values: object) -> None:
        super().__init__(key, **values)
        self.status = status
        self.headers: dict[str, str] = {}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what a route's ``responses`` says of the problems it may answer with."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


READING = documented(400, 404, 421, 422, 500, 503)
"""What every route may answer besides what it is for."""
WRITING = READING | documented(401, 403, 413, 415)
"""What every route that changes something may answer besides."""


def problem(
    request: Request,
    status: int,
    key: str,
    detail: Mapping[str, str],
    *,
    errors: Sequence[Mapping[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a failure as an answer; `key` names its kind."""
    body: dict[str, Any] = {
        "type": f"urn:onecity:problem:{key}",
        "title": told(f"web.status_{status}"),
        "status": status,
        "detail": dict(detail),
        "instance": request.url.path,
    }
    if errors is not None:
        body["errors"] = list(errors)
    return JSONResponse(body, status, {"Cache-Control": "no-store", **(headers or {})}, MEDIA)


def status_of(error: OneCityError) -> int:
    """Return the status that says what kind of error this is."""
    if isinstance(error, RefusalError):
        return error.status
    return next((int(status) for kind, status in _STATUS if isinstance(error, kind)), 500)


def install(app: FastAPI) -> None:
    """Let the service answer every failure so."""
    app.add_exception_handler(OneCityError, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_unknown)


async def _of_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, OneCityError)  # noqa: S101  (the handler's contract)
    status = status_of(error)
    headers = dict(getattr(error, "headers", {}))
    if isinstance(error, BusyError):
        headers["Retry-After"] = str(error.seconds)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        LOG.error("%s %s: %s", request.method, request.url.path, error)
    return problem(request, status, error.key, words(error), headers=headers)


async def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    errors = [
        {"where": ".".join(map(str, one["loc"])), "text": _fault(one)} for one in error.errors()
    ]
    detail = told("web.not_valid", where=errors[0]["where"], count=len(errors))
    return problem(request, 422, "web.not_valid", detail, errors=errors)


def _fault(one: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with a value, in words where the catalogue has them."""
    key, limits = f"fault_{one['type']}", one.get("ctx") or {}
    if key not in chapter("web"):
        return told("web.fault", reason=one["msg"])
    return {tongue: say(f"web.{key}", tongue, **limits) for tongue in LANGUAGES}


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    status = error.status_code
    key = f"web.status_{status}"
    if f"status_{status}" not in chapter("web"):
        status, key = 500, "web.status_500"
    return problem(request, status, key, told(key), headers=error.headers)


async def _of_unknown(request: Request, error: Exception) -> Response:
    LOG.error("%s %s", request.method, request.url.path, exc_info=error)
    return problem(request, 500, "web.internal", told("web.internal"))
