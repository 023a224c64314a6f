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
from starlette.routing import compile_path

from onecity.core.errors import (
    InputError,
    MissingError,
    OneCityError,
    RangeError,
    StaleError,
    StoreError,
)
from onecity.core.words import chapter
from onecity.identity import ForbiddenError, LoginError

from .slots import BusyError
from .words import Words, told, words

MEDIA = "application/problem+json"
LOG = logging.getLogger("onecity.web")

_STATUS: tuple[tuple[type[OneCityError], HTTPStatus], ...] = (
    (BusyError, HTTPStatus.SERVICE_UNAVAILABLE),
    (ForbiddenError, HTTPStatus.FORBIDDEN),
    (MissingError, HTTPStatus.NOT_FOUND),
    (StaleError, HTTPStatus.PRECONDITION_FAILED),
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
    where: str | None = Field(None, description="Place in what was sent")
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
    where: str | None = None,
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
    if where is not None:
        body["where"] = where
    if errors is not None:
        body["errors"] = list(errors)
    return JSONResponse(body, status, {"Cache-Control": "no-store", **(headers or {})}, MEDIA)


def status_of(error: OneCityError) -> int:
    """Return the status that says what kind of error this is."""
    match error:
        case RefusalError():
            return error.status
        case LoginError():
            return 401 if error.retry_after is None else 429
        case _:
            return next((int(status) for kind, status in _STATUS if isinstance(error, kind)), 500)


def install(app: FastAPI) -> None:
    """Let the service answer every failure so."""
    for kind in (OneCityError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    return failure(request, error)


def failure(request: Request, error: Exception) -> Response:
    """Return a failure that was foreseen as an answer."""
    match error:
        case OneCityError():
            return _of_ours(request, error)
        case RequestValidationError():
            return _of_validation(request, error)
        case HTTPException():
            return _of_http(request, error)
        case _:
            return unknown(request, error)


def unknown(request: Request, error: Exception) -> Response:
    """Return a failure that nobody foresaw: the log has the details, the answer has none."""
    LOG.error("%s %s", request.method, request.url.path, exc_info=error)
    return problem(request, 500, "web.internal", told("web.internal"))


def _of_ours(request: Request, error: OneCityError) -> Response:
    status = status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        LOG.error("%s %s: %s", request.method, request.url.path, error)
        if request.app.state.desk.settings.login:
            # Where the files of the service lie is nothing for visitors.
            return problem(request, status, error.key, told("web.internal"))
    place = error.values.get("where")
    return problem(
        request,
        status,
        error.key,
        words(error),
        where=place if isinstance(place, str) else None,
        # A form that is not complete says what is wrong at each of its places.
        errors=[{"where": one.pointer, "text": words(one)} for one in getattr(error, "faults", ())]
        or None,
        headers=_headers(error),
    )


def _headers(error: OneCityError) -> dict[str, str]:
    """Return what the headers say of an error: when to come again, how to show who one is."""
    match error:
        case BusyError():
            return {"Retry-After": str(error.seconds)}
        case LoginError(retry_after=int(seconds)):
            return {"Retry-After": str(seconds)}
        case RefusalError():
            return dict(error.headers)
        case _:
            return {}


def _of_validation(request: Request, error: RequestValidationError) -> Response:
    errors = [
        {"where": ".".join(map(str, one["loc"])), "text": _fault(one)} for one in error.errors()
    ]
    first = str(errors[0]["where"])
    detail = told("web.not_valid", where=first, count=len(errors))
    return problem(request, 422, "web.not_valid", detail, where=first, errors=errors)


def _fault(one: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with a value, in words where the catalogue has them."""
    key = f"web.fault_{one['type']}"
    limits = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in (one.get("ctx") or {}).items()
    }
    if key.partition(".")[2] not in chapter("web"):
        return told("web.fault", reason=one["msg"])
    return told(key, **limits)


def _of_http(request: Request, error: HTTPException) -> Response:
    status, headers = error.status_code, error.headers
    if status in {404, 405}:
        # Routes of one address that differ in method do not know of each other.
        methods = methods_at(request.app, request.url.path)
        if methods and request.method not in methods:
            status, headers = 405, {"Allow": ", ".join(methods)}
        elif request.url.path.startswith("/api/"):
            status, headers = 404, None
    if f"status_{status}" not in chapter("web"):
        status = HTTPStatus.BAD_REQUEST if status < 500 else HTTPStatus.INTERNAL_SERVER_ERROR
    key = f"web.status_{int(status)}"
    return problem(request, int(status), key, told(key), headers=headers)


def methods_at(app: FastAPI, path: str) -> list[str]:
    """Return the methods that the API has at an address, in order of the alphabet."""
    paths: Mapping[str, Mapping[str, Any]] = app.openapi()["paths"]
    alike = [one for one in paths if compile_path(one)[0].fullmatch(path)]
    # An address that is spelled out goes before those with a place for anything.
    found = [path] if path in paths else alike
    return sorted({method.upper() for one in found for method in paths[one]})
