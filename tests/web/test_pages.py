"""The built front end, as a browser gets it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

Serve = Callable[..., TestClient]


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>图</title>" + " " * 2000, "utf-8")
    (folder / "icon.svg").write_text("<svg/>", "utf-8")
    (folder / "assets" / "index-Ab3_x-9z.js").write_text("const a = 1\n" * 500, "utf-8")
    (folder / "assets" / "glyphs.bin").write_bytes(b"\0\1")
    (tmp_path / "secret.txt").write_text("secret", "utf-8")
    return folder


def test_the_first_page_is_asked_for_each_time(serve: Serve, built: Path) -> None:
    client = serve(static=built)
    for address in ("/", "/index.html", "/map", "/map/420100", "/地图"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        assert "图" in answer.text
    tag = answer.headers["etag"]
    answer = client.get("/", headers={"If-None-Match": tag})
    assert answer.status_code == 304
    assert answer.headers["etag"] == tag
    assert not answer.content


def test_a_file_whose_name_changes_with_it_is_kept_for_ever(serve: Serve, built: Path) -> None:
    client = serve(static=built)
    answer = client.get("/assets/index-Ab3_x-9z.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    plain = client.get("/assets/index-Ab3_x-9z.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content
    assert plain.headers["etag"] != answer.headers["etag"]
    other = client.get("/assets/glyphs.bin")
    assert other.headers["cache-control"] == "no-cache"
    assert other.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "address",
    ["/assets/gone-12345678.js", "/favicon.ico", "/../secret.txt", "/%2e%2e/secret.txt",
     "/assets/..%2f..%2fsecret.txt", "/..%5csecret.txt", "//etc/passwd.txt", "/api/v2/x", "/api"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(serve: Serve, built: Path, address: str) -> None:
    answer = serve(static=built).get(address)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text.replace(address, "").replace("secret.txt", "")


def test_pages_built_anew_are_seen(serve: Serve, built: Path) -> None:
    client = serve(static=built)
    client.get("/")
    (built / "index.html").write_text("new", "utf-8")
    os.utime(built / "index.html", ns=(1, 1))
    assert client.get("/").text == "new"


def test_without_a_built_page_it_says_so(serve: Serve, tmp_path: Path) -> None:
    client = serve(static=tmp_path / "nothing")
    answer = client.get("/")
    assert answer.status_code == 503
    assert "make web" in answer.text
    assert client.get("/api/v1/health").status_code == 200


def test_a_page_can_be_asked_for_its_head(serve: Serve, built: Path) -> None:
    answer = serve(static=built).head("/")
    assert answer.status_code == 200
    assert not answer.content
