from fastapi.testclient import TestClient

from onecity import __version__


def test_the_service_answers(service: TestClient) -> None:
    answer = service.get("/api/v1/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "version": __version__}


def test_an_unknown_address_is_told_in_both_languages(service: TestClient) -> None:
    answer = service.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == 404
    assert told["title"] == {"zh": "找不到", "en": "Not found"}
    assert told["instance"] == "/api/v1/nothing"
