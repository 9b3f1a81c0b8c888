"""The profile database held by another program, at the real service."""

import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.programs.shipped import running_service

pytestmark = pytest.mark.slow

TEXT = {"text": "The purple ferns need water every single day."}


def test_a_locked_database_keeps_nobody_from_writing_and_erasing(tmp_path: Path) -> None:
    path = tmp_path / "profiles.db"
    with (
        running_service("--profiles", str(path)) as url,
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        assert client.post("/v1/users/ada/messages", json=TEXT).status_code == 200
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            refused = client.post("/v1/users/bob/messages", json=TEXT)
            assert refused.status_code == 503
            assert refused.json()["error"]["type"] == "storage_busy"
            assert refused.headers["Retry-After"] == "2"
            body = {"prefix": "The purple", "user_id": "ada"}
            assert client.post("/v1/suggestions", json=body).status_code == 200
            assert client.delete("/v1/users/ada").status_code == 204
            assert client.get("/v1/users/ada").status_code == 404
            other.execute("ROLLBACK")
        assert client.get("/v1/users/ada").status_code == 404
        assert client.post("/v1/users/bob/messages", json=TEXT).status_code == 200


def test_what_one_service_erases_the_other_does_not_suggest(tmp_path: Path) -> None:
    path = tmp_path / "profiles.db"
    with running_service("--profiles", str(path)) as one, running_service("--profiles", str(path)) as other:
        asked = {"prefix": "The purple fe", "user_id": "ada", "min_confidence": 0.2, "interruption_ms": 0}

        def suggested(url: str) -> list[str]:
            answer = httpx.post(f"{url}/v1/suggestions", json=asked, timeout=30).json()
            return [suggestion["text"] for suggestion in answer["suggestions"]]

        for _ in range(3):
            assert httpx.post(f"{one}/v1/users/ada/messages", json=TEXT, timeout=30).status_code == 200
        assert any(text.startswith("rns") for text in suggested(one))
        assert any(text.startswith("rns") for text in suggested(other))
        assert httpx.delete(f"{one}/v1/users/ada", timeout=30).status_code == 204
        assert not any(text.startswith("rns need") for text in suggested(other))
        assert httpx.get(f"{other}/v1/users/ada", timeout=30).status_code == 404
