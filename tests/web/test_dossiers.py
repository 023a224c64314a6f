import re
from base64 import b64encode
from hashlib import sha256

import pytest
from fastapi.testclient import TestClient

from tests.web.test_proposals import found

BASE = "/api/v1/dossiers"


@pytest.mark.parametrize(
    "what", ["border/990100-990200", "county/990102", "city/990100", "group/gate", "link/1"]
)
@pytest.mark.parametrize("kind", ["html", "docx"])
def test_a_page_on_everything(service: TestClient, what: str, kind: str) -> None:
    found(service)
    answer = service.get(f"{BASE}/{what}", params={"format": kind, "lang": "zh"})
    assert answer.status_code == 200
    if kind == "html":
        assert answer.text.startswith("<!doctype html>")
        policy = answer.headers["content-security-policy"]
        for script in re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL):
            digest = b64encode(sha256(script.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy
        assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    else:
        assert answer.content[:2] == b"PK"
        assert "filename*=UTF-8''" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("border/990100", 404),
        ("border/990100-999001", 404),
        ("county/000000", 404),
        ("link/999", 404),
        ("link/x", 422),
        ("zone/z00", 422),
    ],
)
def test_what_is_not_there_is_told(service: TestClient, what: str, status: int) -> None:
    found(service)
    answer = service.get(f"{BASE}/{what}")
    assert answer.status_code == status
    assert answer.json()["detail"]["zh"]


@pytest.mark.parametrize("kind", ["html", "docx"])
def test_the_report_comes_too(service: TestClient, kind: str) -> None:
    found(service)
    answer = service.get("/api/v1/report", params={"format": kind})
    assert answer.status_code == 200
    assert len(answer.content) > 10_000
