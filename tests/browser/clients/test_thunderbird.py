"""The extension in Debian's Thunderbird: options, a window, grey text, Tab, and what is sent."""

import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from tests.browser.clients.mail_server import MailServer
from tests.browser.clients.thunderbird import Thunderbird, thunderbird
from tests.browser.scripted import Continuation, Reply, ScriptedService, always, refuse, suggest
from tests.waiting import until

pytestmark = pytest.mark.slow

LINE = "Can we meet on Friday afternoon?"
REST = LINE[len("Can we") :]
BEN = "Ben Harbour <ben@example.test>"
KEY = "no-window-may-see-4711"
QUOTE = (
    '<p><br></p><div class="moz-cite-prefix">On Monday, Ben Harbour wrote:<br></div>'
    '<blockquote type="cite"><p>When could we talk about the plan?</p></blockquote>'
)


@pytest.fixture(scope="module")
def sink() -> Iterator[MailServer]:
    """Receives sent mail. No IMAP server runs."""
    server = MailServer(0)
    yield server
    server.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, sink: MailServer) -> Iterator[Thunderbird]:
    with thunderbird(tmp_path_factory.mktemp("thunderbird"), sink) as running:
        running.add_extension()
        yield running


@pytest.fixture
def ada(client: Thunderbird, service: ScriptedService) -> Iterator[Thunderbird]:
    """Thunderbird with a server, a key, and suggestions for the first identity."""
    client.choose(server=service.url.rstrip("/"), key=KEY, on=[0], learned=[], learning=False)
    service.answer = Continuation(LINE, asked_from=len("Can we"))
    service.requests.clear()
    yield client
    client.close_all()


def sent(client: Thunderbird, sink: MailServer) -> EmailMessage:
    """What arrives after the newest window's message is sent."""
    client.send(lambda: len(sink.received))
    return message_from_bytes(sink.received[-1], _class=EmailMessage, policy=policy.default)


def text_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content


@pytest.mark.parametrize("plain", [False, True])
def test_what_is_taken_is_sent_and_nothing_of_ours(
    ada: Thunderbird, service: ScriptedService, sink: MailServer, plain: bool
) -> None:
    ada.write_to(BEN, plain=plain, body="" if plain else "<p><b>Agenda</b></p>")
    if not plain:
        ada.press("Control+ArrowDown")
        ada.press("End")
        ada.press("Enter")
        service.answer = Continuation(f"Agenda\n{LINE}", asked_from=len("Agenda\nCan we"))
    ada.type("Can we")
    ada.see(REST)
    ada.press("Tab")
    until(lambda: LINE in ada.body())
    message = sent(ada, sink)
    kind = "plain" if plain else "html"
    assert LINE in text_of(message, kind)
    received = sink.received[-1].decode().lower()
    assert "ink-" not in received
    assert "inkling" not in received
    assert "writingsuggestions" not in received
    request = service.requests[-1]
    assert request["context"]["subject"] == "The harbour plan"
    assert request["context"]["recipient_name"] == "Ben Harbour"
    assert service.authorizations[-1] == f"Bearer {KEY}"


def test_the_message_is_the_same_as_without_the_extension(ada: Thunderbird, sink: MailServer) -> None:
    """Byte by byte, but for the lines that differ between any two messages."""

    def written(identity: str) -> list[bytes]:
        ada.write_to(BEN, plain=False, identity=identity, body="<p><b>Agenda</b></p>")
        ada.press("Control+ArrowDown")
        ada.press("End")
        ada.press("Enter")
        if identity == "id1":
            ada.type("Can we")
            ada.type(REST)
        else:
            ada.type(LINE)
        sent(ada, sink)
        changing = (b"Message-ID:", b"Date:", b"From:", b" boundary=", b"Content-Type: multipart", b"--")
        return [line for line in sink.received[-1].splitlines() if not line.startswith(changing)]

    assert written("id1") == written("id2")


def test_nothing_is_asked_for_an_identity_that_is_off(ada: Thunderbird, service: ScriptedService) -> None:
    ada.write_to(BEN, plain=False, identity="id2")
    ada.type("Can we meet")
    assert ada.ghost() == ""
    ada.close_all()
    # The same in a window where it is on: so it would have asked.
    ada.write_to(BEN, plain=False)
    ada.type("Can we")
    ada.see(REST)
    assert {one["prefix"] for one in service.requests} <= {LINE[:end] for end in range(len("Can we") + 1)}


def test_a_quote_is_neither_told_nor_continued(ada: Thunderbird, service: ScriptedService) -> None:
    ada.write_to(BEN, plain=False, body=QUOTE)
    ada.press("Control+End")
    ada.type(" On Tuesday?")
    ada.press("Control+Home")
    ada.type("Can we")
    ada.see(REST)
    assert all(
        "talk about" not in one["prefix"] and "Tuesday" not in one["prefix"] for one in service.requests
    )


def test_one_undo_takes_a_suggestion_back(ada: Thunderbird) -> None:
    ada.write_to(BEN, plain=False)
    ada.type("Can we")
    ada.see(REST)
    ada.press("Tab")
    until(lambda: LINE in ada.body())
    ada.press("Control+z")
    until(lambda: LINE not in ada.body())
    assert "Can we" in ada.body()


def test_a_service_that_is_away_shows_one_mark_and_is_left_alone(
    ada: Thunderbird, service: ScriptedService
) -> None:
    service.answer = always(refuse(503, {"Retry-After": "600"}))
    ada.write_to(BEN, plain=False)
    ada.type("Please send me the plan")
    until(lambda: ada.mark() == "!")
    asked = len(service.requests)
    ada.type(" before the meeting on Monday")
    assert len(service.requests) == asked
    assert "Please send me the plan before the meeting on Monday" in ada.body()


def test_a_service_that_is_down_shows_the_mark_and_mail_is_sent(ada: Thunderbird, sink: MailServer) -> None:
    ada.choose(server="http://127.0.0.1:9", key="", on=[0], learned=[0], learning=True)
    ada.write_to(BEN, plain=True)
    ada.type("Please send me the plan")
    until(lambda: ada.mark() == "!")
    assert "Please send me the plan" in text_of(sent(ada, sink), "plain")


def test_a_slow_service_holds_nobody_up(ada: Thunderbird, service: ScriptedService) -> None:
    held = threading.Event()

    def wait(_: dict[str, Any]) -> Reply:
        held.wait(30)
        return suggest()

    service.answer = wait
    try:
        ada.write_to(BEN, plain=False)
        ada.type("Please send me the plan")
        assert "Please send me the plan" in ada.body()
    finally:
        held.set()


def test_sent_mail_is_learned_where_that_was_asked_for(
    ada: Thunderbird, service: ScriptedService, sink: MailServer
) -> None:
    ada.choose(server=service.url.rstrip("/"), key="", on=[0], learned=[0], learning=True)
    ada.write_to(BEN, plain=False, body=QUOTE)
    ada.type("Can we")
    ada.see(REST)
    assert service.requests[-1]["user_id"].startswith("ext-")
    sent(ada, sink)
    until(lambda: "text" in service.requests[-1])
    assert service.requests[-1] == {"text": "Can we", "recipient_name": "Ben Harbour"}


def test_the_key_is_out_of_the_messages_reach(ada: Thunderbird) -> None:
    ada.write_to(BEN, plain=False)
    ada.type("Can we")
    ada.see(REST)
    assert KEY not in ada.reach()
