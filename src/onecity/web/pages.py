"""The built front end: its files, each with the right word on how long it may be kept."""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from html import escape
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from onecity.core.words import say

PACKAGED = Path(__file__).parent / "static"
INDEX = "index.html"
FOREVER = "public, max-age=31536000, immutable"

_HASHED = re.compile(r"assets/.*-[\w-]{8,}\.\w+")
_OF_THE_MAP = re.compile(rb'\s*<link rel="preload" href="\./api/[^>]*>')
_TEXT = "; charset=utf-8"
# What the system says of endings differs from machine to machine, and on some it is wrong.
_MEDIA: Mapping[str, str] = {
    ".html": f"text/html{_TEXT}",
    ".js": f"text/javascript{_TEXT}",
    ".mjs": f"text/javascript{_TEXT}",
    ".css": f"text/css{_TEXT}",
    ".json": f"application/json{_TEXT}",
    ".svg": f"image/svg+xml{_TEXT}",
    ".txt": f"text/plain{_TEXT}",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".pbf": "application/x-protobuf",
    ".wasm": "application/wasm",
}


@dataclass(frozen=True)
class _File:
    """A file as it is sent; `immutable` if its name changes with its content."""

    content: bytes
    media: str
    immutable: bool

    @cached_property
    def packed(self) -> bytes | None:
        """The content compressed; None where that gains nothing."""
        if _TEXT not in self.media and self.media not in {_MEDIA[".wasm"], _MEDIA[".pbf"]}:
            return None
        small = gzip.compress(self.content, 9, mtime=0)
        return small if len(small) < len(self.content) else None

    @cached_property
    def tag(self) -> str:
        """A name for the content."""
        return sha256(self.content).hexdigest()[:32]


class Pages:
    """The files of one folder, read at once, and again when its first page was built anew.

    Only what was found in the folder is sent, by name: no address leads out of it. Without a
    region the first page asks for nothing of the map.
    """

    def __init__(self, folder: Path | None, *, region: bool = True) -> None:
        self._folder = folder or PACKAGED
        self._region = region
        self._seen: int | None = None
        self._files: Mapping[str, _File] = {}

    def answer(self, request: Request, path: str) -> Response:
        """Return the file at a path; the first page where the path names no file.

        Raises
        ------
        HTTPException
            If a file is named that is not there, or an address of the API.
        """
        files = self._read()
        if path.split("/", 1)[0] == "api" or (
            path not in files and "." in path.rsplit("/", maxsplit=1)[-1]
        ):
            raise HTTPException(404)
        file = files.get(path) or files.get(INDEX)
        return _missing() if file is None else _sent(request, file)

    def _read(self) -> Mapping[str, _File]:
        try:
            built = (self._folder / INDEX).stat().st_mtime_ns
        except OSError:
            return {}
        if built != self._seen:
            self._files = {
                name: _File(
                    self._content(name, file),
                    _MEDIA.get(file.suffix, "application/octet-stream"),
                    _HASHED.fullmatch(name) is not None,
                )
                for file in sorted(self._folder.rglob("*"))
                if file.is_file()
                for name in [file.relative_to(self._folder).as_posix()]
            }
            self._seen = built
        return self._files

    def _content(self, name: str, file: Path) -> bytes:
        content = file.read_bytes()
        return content if self._region or name != INDEX else _OF_THE_MAP.sub(b"", content)


def _sent(request: Request, file: _File) -> Response:
    packed = file.packed if "gzip" in request.headers.get("accept-encoding", "") else None
    tag = f'"{file.tag}{"-gzip" if packed else ""}"'
    headers = {
        "ETag": tag,
        "Cache-Control": FOREVER if file.immutable else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if packed is not None:
        headers["Content-Encoding"] = "gzip"
    return Response(packed or file.content, media_type=file.media, headers=headers)


def _missing() -> Response:
    """Return a page that says why there is no map."""
    zh, en = (escape(say("web.no_pages", language)) for language in ("zh", "en"))
    return HTMLResponse(
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>OneCity</title>'
        f'<main><p>{zh}</p><p lang="en">{en}</p></main></html>',
        status_code=503,
        headers={"Cache-Control": "no-store"},
    )


def pages_router(folder: Path | None, *, region: bool = True) -> APIRouter:
    """Return the routes of everything that is not the API."""
    pages, router = Pages(folder, region=region), APIRouter(include_in_schema=False)

    @router.api_route("/{path:path}", methods=["GET", "HEAD"])
    def page(request: Request, path: str) -> Response:
        return pages.answer(request, path)

    return router
