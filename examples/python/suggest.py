"""Asks a running Inkling service how a draft goes on, after each word of it.

    python suggest.py "Can we schedule a meeting"

Needs httpx. INKLING_URL names another service than http://127.0.0.1:8000, INKLING_KEY an API key.
"""

import os
import sys
import uuid

import httpx


def connect(url: str, key: str = "") -> httpx.Client:
    """A client that keeps its connection, which saves a round trip for each key."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.Client(base_url=url, headers=headers, timeout=5.0)


def suggest(client: httpx.Client, prefix: str, session: str) -> str:
    """The text to append to `prefix`, or "" where nothing is worth showing.

    Every request carries the whole draft. The session only makes the answer cheaper.
    """
    response = client.post("/v1/suggestions", json={"prefix": prefix, "session_id": session})
    if response.status_code in (409, 429, 503):
        return ""  # superseded, busy or too late: ask again with the next key
    if response.is_error:
        raise SystemExit(response.json()["error"]["message"])
    suggestions = response.json()["suggestions"]
    return suggestions[0]["text"] if suggestions else ""


def main(draft: str) -> None:
    url = os.environ.get("INKLING_URL", "http://127.0.0.1:8000")
    session = f"example-{uuid.uuid4()}"
    words = draft.split(" ")
    with connect(url, os.environ.get("INKLING_KEY", "")) as client:
        for count in range(1, len(words) + 1):
            prefix = " ".join(words[:count])
            sys.stdout.write(f"{prefix}[{suggest(client, prefix, session)}]\n")
        client.delete(f"/v1/sessions/{session}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit('usage: python suggest.py "the beginning of a message"')
    main(sys.argv[1])
