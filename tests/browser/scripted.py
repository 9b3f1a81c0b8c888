"""A stand-in for the service: the real page's files, and answers that a test writes itself."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

STATIC = Path(__file__).parents[2] / "service" / "static"
PLAYGROUND = Path(__file__).parents[2] / "widget" / "build" / "playground"
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)


STYLED = ("tiptap", "codemirror", "tinymce", "roundcube", "trix")
"""Pages of the playground whose editors write style elements."""
UNTRUSTED = (
    *("tiptap", "tinymce", "roundcube", "squire", "bare_squire", "snappymail"),
    *("ckeditor", "quill", "trix"),
)
"""Pages whose editors write HTML from strings, undo among it."""


@dataclass(frozen=True)
class Reply:
    """What the server answers: a status, a body sent as it stands, and further headers."""

    body: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def suggest(*texts: Any, confidence: Any = 0.62, replace: Any = 0) -> Reply:
    """An answer in the shape of the contract. `texts` are sent unchanged, even if they are no strings; a
    dictionary is a candidate with members of its own.
    """
    common = {"replace": replace, "confidence": confidence, "log_prob": -0.5, "finish_reason": "sentence_end"}
    suggestions = [common | (text if isinstance(text, dict) else {"text": text}) for text in texts]
    return Reply(json.dumps({"id": "sg_1", "model": "scripted", "suggestions": suggestions}))


def refuse(status: int, headers: dict[str, str] | None = None) -> Reply:
    """An error in the one shape that the service gives errors."""
    error = {"type": "scripted", "message": "<b>scripted</b>", "param": None}
    return Reply(json.dumps({"error": error}), status, headers or {})


def always(reply: Reply) -> Callable[[dict[str, Any]], Reply]:
    """The same answer, whatever is asked."""
    return lambda _: reply


class ScriptedService:
    """Serves the page on a free loopback port and answers each suggestion request with `answer(request)`.

    `pages` are HTML that a test writes itself, by path; `forbidden` are the phrases that users have banned.
    `answer` runs on the request's own thread and may wait. `requests` holds every parsed body, in order of
    arrival, which for questions asked in one breath need not be the order of asking.
    """

    def __init__(self) -> None:
        self.arrived = threading.Condition()
        self.answering: set[socket.socket] = set()
        self.reset()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                address = urlsplit(self.path).path
                user = re.fullmatch(r"/v1/users/([^/]+)/forbidden-phrases", address)
                if user is not None:
                    self.reply_phrases(user[1])
                    return
                if address in service.pages:
                    written = service.pages[address]
                    self.reply(written.status, CONTENT_TYPES[".html"], written.body.encode(), written.headers)
                    return
                path = _file(address)
                if path is None:
                    self.reply(404, "text/plain", b"no such file", {})
                    return
                self.reply(200, CONTENT_TYPES[path.suffix], path.read_bytes(), {})

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == "/v1/events":
                    with service.arrived:
                        service.events.extend(request["events"])
                        service.arrived.notify_all()
                    self.reply(202, "application/json", b"{}", {})
                    return
                service.headers.append(self.headers)
                with service.arrived:
                    service.requests.append(request)
                    service.arrived.notify_all()
                service.answering.add(self.connection)
                reply = service.answer(request)
                service.answering.discard(self.connection)
                self.reply(reply.status, "application/json", reply.body.encode(), reply.headers)

            def do_PATCH(self) -> None:
                user = re.fullmatch(r"/v1/users/([^/]+)/forbidden-phrases", self.path)
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if user is None or service.keeps_no_phrases:
                    self.reply(403, "application/json", refuse(403).body.encode(), {})
                    return
                kept = service.forbidden.get(user[1], [])
                changed = [*request.get("remove", []), *request.get("add", [])]
                kept = [one for one in kept if one not in changed]
                service.forbidden[user[1]] = [*kept, *request.get("add", [])]
                self.reply_phrases(user[1])

            def reply_phrases(self, user: str) -> None:
                body = json.dumps({"phrases": service.forbidden.get(user, [])}).encode()
                self.reply(200, "application/json", body, {})

            def reply(self, status: int, content_type: str, body: bytes, headers: dict[str, str]) -> None:
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", content_type)
                    self.send_header("Content-Length", str(len(body)))
                    self.send_header("X-Content-Type-Options", "nosniff")
                    policy = {"Content-Security-Policy": _policy(self.path)}
                    for name, value in (policy | headers).items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)
                except (BrokenPipeError, ConnectionResetError):
                    # The page aborted a question that it no longer needs.
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def reset(self) -> None:
        """Forget what was asked, and answer with no suggestion."""
        self.answer: Callable[[dict[str, Any]], Reply] = always(suggest())
        self.requests: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.headers: list[Message] = []
        self.pages: dict[str, Reply] = {}
        self.forbidden: dict[str, list[str]] = {}
        self.keeps_no_phrases = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    @property
    def authorizations(self) -> list[str | None]:
        return [headers["Authorization"] for headers in self.headers]

    @property
    def prefixes(self) -> list[str]:
        return [request["prefix"] for request in self.requests]

    def asked_about(self, prefix: str) -> dict[str, Any]:
        """The newest request about this prefix, once there is one: the widget may wait before it asks."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: prefix in self.prefixes, timeout=30), self.prefixes
        return next(request for request in reversed(self.requests) if request["prefix"] == prefix)

    def told(self, count: int) -> dict[str, dict[str, Any]]:
        """The outcomes by type, once `count` have come. Outcomes of separate requests come in any order."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.events) >= count, timeout=30), self.events
        assert len(self.events) == count, self.events
        return {event["type"]: event for event in self.events}

    def in_flight(self, most: int) -> int:
        """The number of requests whose client still waits. Stops waiting for `most` after a limit."""
        deadline = time.monotonic() + 30
        while True:
            wanted = sum(_open(connection) for connection in list(self.answering))
            if wanted <= most or time.monotonic() > deadline:
                return wanted
            time.sleep(0.005)  # nothing tells that the other end of a connection has closed it

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _open(connection: socket.socket) -> bool:
    """Whether the other end still waits."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def _file(path: str) -> Path | None:
    """The file behind an address, of the page or of the playground."""
    folder, name = (
        (PLAYGROUND, path.removeprefix("/playground/")) if path.startswith("/playground/") else (STATIC, "")
    )
    file = folder / (
        name or ("index.html" if path == "/" else path.removeprefix("/static").removeprefix("/"))
    )
    return file if file.parent == folder and file.is_file() else None


def _policy(path: str) -> str:
    """The strict policy, except for editors that cannot work under it because they write style elements or
    HTML.
    """
    styles = "'self' 'unsafe-inline'" if any(f"/playground/{name}" in path for name in STYLED) else "'self'"
    policy = POLICY.replace("style-src 'self'", f"style-src {styles}")
    return (
        policy.split("; require-")[0] if any(f"/playground/{name}" in path for name in UNTRUSTED) else policy
    )


class Held:
    """Holds back the answers to some prefixes, or to all, until the test lets them go."""

    def __init__(self, answer: Callable[[dict[str, Any]], Reply], *prefixes: str) -> None:
        self.answer = answer
        self.gates = {prefix: threading.Event() for prefix in prefixes}
        self.gate = threading.Event()

    def __call__(self, request: dict[str, Any]) -> Reply:
        gate = self.gates.get(request["prefix"]) if self.gates else self.gate
        if gate is not None:
            gate.wait(10)
        return self.answer(request)

    def release(self, *prefixes: str) -> None:
        for prefix in prefixes:
            self.gates[prefix].set()
        self.gate.set()


def when(prefix: str, reply: Reply) -> Callable[[dict[str, Any]], Reply]:
    """This answer to this prefix, and no suggestion to any other."""
    return lambda request: reply if request["prefix"] == prefix else suggest()


class Continuation:
    """Answers like a model that knows exactly one text: with the rest of it, if the text begins with the
    prefix.
    """

    def __init__(self, text: str, asked_from: int = 0) -> None:
        self.text = text
        self.asked_from = asked_from

    def __call__(self, request: dict[str, Any]) -> Reply:
        prefix = request["prefix"]
        known = self.text.startswith(prefix) and len(prefix) >= self.asked_from
        return suggest(self.text[len(prefix) :]) if known and prefix != self.text else suggest()
