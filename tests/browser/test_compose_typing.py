"""What the writer's keys do: what is asked, what is not, and whose key Tab is."""

import itertools
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from tests.browser.composer import MIN_VISIBLE_MS, Composer
from tests.browser.conftest import open_page
from tests.browser.scripted import Continuation, ScriptedService, always, refuse, suggest

MEETING = "Can we schedule a meeting for next week?"
REST = " schedule a meeting for next week?"


@pytest.fixture
def suggesting(composer: Composer, service: ScriptedService) -> Composer:
    """The page with "Can we" typed and the rest of `MEETING` on the screen."""
    service.answer = Continuation(MEETING, asked_from=len("Can we"))
    composer.write("Can we")
    composer.see(REST)
    return composer


def test_typing_through_asks_nothing_and_never_blinks(suggesting: Composer, service: ScriptedService) -> None:
    suggesting.settle()
    service.requests.clear()
    suggesting.page.evaluate(
        """() => {
          window.frames_seen = [];
          const look = () => {
            const body = document.querySelector("#body").value;
            window.frames_seen.push(body + document.querySelector(".ghost").textContent);
            requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        }"""
    )
    for position in range(1, len(REST)):
        suggesting.press(REST[position - 1])
        assert suggesting.ghost == REST[position:]
    assert service.requests == []
    assert set(suggesting.page.evaluate("window.frames_seen")) == {MEETING}
    assert suggesting.draft == MEETING[:-1]


def test_the_end_of_a_suggestion_asks_again(suggesting: Composer, service: ScriptedService) -> None:
    suggesting.settle()
    service.requests.clear()
    suggesting.write(REST)
    suggesting.settle()
    assert service.prefixes == [MEETING]


def test_another_letter_hides_the_ghost_and_asks(suggesting: Composer, service: ScriptedService) -> None:
    suggesting.settle()
    service.requests.clear()
    suggesting.write(" t")
    suggesting.settle()
    assert suggesting.ghost == ""
    assert service.prefixes == ["Can we t"]


def test_tab_without_a_ghost_leaves_the_field(composer: Composer) -> None:
    composer.write("Hello")
    composer.settle()
    composer.press("Tab")
    assert composer.focused != "body"
    assert composer.draft == "Hello"


def test_shift_tab_is_never_taken(suggesting: Composer) -> None:
    suggesting.press("Shift+Tab")
    assert suggesting.focused != "body"
    assert suggesting.draft == "Can we"
    assert suggesting.ghost == ""


@pytest.mark.parametrize("modifier", ["shiftKey", "ctrlKey", "altKey", "metaKey"])
def test_tab_with_a_modifier_is_not_taken(suggesting: Composer, modifier: str) -> None:
    assert not takes_tab(suggesting, **{modifier: True})
    assert suggesting.draft == "Can we"
    assert takes_tab(suggesting)


def test_tab_is_left_alone_while_the_ghost_is_new(browser: Browser, service: ScriptedService) -> None:
    """A Tab that comes sooner than a reader can see the ghost was meant for the field."""
    service.answer = Continuation(MEETING)
    with open_page(browser) as page:
        page.clock.install(time=0)
        page.goto(service.url)
        page.clock.pause_at(10_000)
        composer = Composer(page)
        composer.write("C")
        page.locator(".ghost").filter(has_text=MEETING[1:]).wait_for()
        assert not takes_tab(composer), "before the first frame"
        page.clock.run_for(MIN_VISIBLE_MS - 10)
        assert not takes_tab(composer), "before it was visible for long enough"
        page.clock.run_for(30)
        assert takes_tab(composer)
        assert composer.draft == MEETING


def takes_tab(composer: Composer, **event: bool) -> bool:
    """Whether the page takes a Tab key that is sent to the message with these properties."""
    return bool(
        composer.body.evaluate(
            """(field, properties) => {
              const event = new KeyboardEvent("keydown", {key: "Tab", cancelable: true, ...properties});
              field.dispatchEvent(event);
              return event.defaultPrevented;
            }""",
            event,
        )
    )


def test_escape_dismisses_and_frees_tab(suggesting: Composer, service: ScriptedService) -> None:
    suggesting.settle()
    service.requests.clear()
    suggesting.press("Escape")
    assert suggesting.ghost == ""
    assert suggesting.focused == "body"
    assert suggesting.draft == "Can we"
    suggesting.press("Tab")
    assert suggesting.focused != "body"
    assert service.requests == []


def test_escape_is_not_undone_by_the_next_letter(suggesting: Composer, service: ScriptedService) -> None:
    suggesting.press("Escape")
    suggesting.write(" ")
    suggesting.settle()
    assert "Can we " in service.prefixes
    assert suggesting.ghost == ""


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda composer: composer.press("Backspace"), id="backspace"),
        pytest.param(lambda composer: composer.press("ArrowLeft"), id="arrow"),
        pytest.param(lambda composer: composer.press("Home"), id="home"),
        pytest.param(lambda composer: composer.press("Shift+ArrowLeft"), id="select"),
        pytest.param(lambda composer: composer.press("Control+a"), id="select all"),
        pytest.param(lambda composer: composer.press("Control+z"), id="undo"),
        pytest.param(lambda composer: composer.press("Enter"), id="enter"),
        pytest.param(lambda composer: composer.body.click(position={"x": 30, "y": 30}), id="click"),
        pytest.param(lambda composer: composer.page.get_by_label("Subject").focus(), id="blur"),
        pytest.param(
            lambda composer: composer.press("Control+a", "Control+c", "End", "Control+v"), id="paste"
        ),
    ],
)
def test_what_is_not_typing_hides_the_ghost_and_asks_nothing(
    suggesting: Composer, service: ScriptedService, edit: Callable[[Composer], object]
) -> None:
    suggesting.settle()
    service.requests.clear()
    edit(suggesting)
    suggesting.settle()
    assert suggesting.ghost == ""
    assert service.requests == []


def test_undo_removes_exactly_the_suggestion(suggesting: Composer) -> None:
    suggesting.press("Tab")
    assert suggesting.draft == MEETING
    suggesting.press("Control+z")
    assert suggesting.draft == "Can we"
    suggesting.press("Control+z")
    assert suggesting.draft == ""
    suggesting.press("Control+y", "Control+y")
    assert suggesting.draft == MEETING
    suggesting.write(" Or later")
    suggesting.settle()
    suggesting.press("Control+z")
    assert suggesting.draft == MEETING
    suggesting.press("Control+z")
    assert suggesting.draft == "Can we"


def test_ghosts_leave_no_trace_in_the_undo_history(composer: Composer, service: ScriptedService) -> None:
    """Shown, extended, hidden, announced or failed: undo goes the same steps as in a page without scripts."""

    def undone() -> list[str]:
        composer.page.reload()
        for letter in "Let us meet":
            composer.write(letter)
            composer.settle()
        drafts = []
        for _ in range(4):
            composer.press("Control+z")
            drafts.append(composer.draft)
        return drafts

    replies = itertools.cycle([suggest("zzz"), suggest(), suggest(" abc"), refuse(500)])
    service.answer = lambda _: next(replies)
    with_ghosts = undone()
    assert len(service.requests) >= 10
    composer.page.route("**/compose.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    without = undone()
    composer.page.unroute("**/compose.js")
    assert with_ghosts == without


def test_nothing_is_shown_or_asked_while_composing(suggesting: Composer, service: ScriptedService) -> None:
    suggesting.settle()
    service.requests.clear()
    service.answer = always(suggest(" and more"))
    for text in ("k", "か", "かん"):
        suggesting.devtools.send(
            "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
        )
        suggesting.settle()
        assert suggesting.ghost == ""
        assert suggesting.draft == "Can we" + text
    assert service.requests == []
    suggesting.devtools.send("Input.insertText", {"text": "漢"})
    suggesting.see(" and more")
    assert suggesting.draft == "Can we漢"
    assert service.prefixes == ["Can we漢"]


def test_tab_belongs_to_the_input_method_while_composing(suggesting: Composer) -> None:
    assert not takes_tab(suggesting, isComposing=True)
    assert takes_tab(suggesting)


def test_a_suggestion_is_announced_once_after_a_pause(suggesting: Composer) -> None:
    live = suggesting.page.locator("[aria-live]")
    assert live.count() == 1
    assert live.get_attribute("aria-live") == "polite"
    assert suggesting.announcement == ""
    said = suggesting.hear()
    assert REST.strip() in said
    suggesting.write(" sched")
    assert suggesting.announcement == said
    suggesting.press("Escape")
    assert suggesting.announcement == ""


def test_the_writer_chooses_how_sure_a_suggestion_must_be(
    composer: Composer, service: ScriptedService
) -> None:
    composer.write("a")
    composer.settle()
    assert service.requests[-1]["min_confidence"] == 0.1
    composer.page.select_option("#eagerness", label="only when sure")
    composer.write("b")
    composer.settle()
    assert service.requests[-1]["min_confidence"] == 0.6
    composer.page.select_option("#eagerness", label="when likely")
    composer.write("c")
    composer.settle()
    assert "min_confidence" not in service.requests[-1]


def test_context_goes_along_once_committed(composer: Composer, service: ScriptedService) -> None:
    composer.write("a")
    composer.settle()
    assert set(service.requests[-1]) == {"prefix", "session_id", "min_confidence"}
    composer.page.get_by_label("Subject").fill("Budget for spring")
    composer.page.get_by_text("Message you are answering").click()
    composer.page.get_by_label("Message you are answering").fill("Do you have the figures?")
    composer.write("b")
    composer.settle()
    assert service.requests[-1]["context"] == {
        "subject": "Budget for spring",
        "previous_message": "Do you have the figures?",
    }
    assert len({request["session_id"] for request in service.requests}) == 1
    composer.page.get_by_label("Subject").fill("")
    composer.page.get_by_label("To", exact=True).fill("Robin")
    composer.write("c")
    composer.settle()
    assert service.requests[-1]["context"] == {
        "recipient_name": "Robin",
        "previous_message": "Do you have the figures?",
    }


def test_each_page_load_is_a_session_of_its_own(composer: Composer, service: ScriptedService) -> None:
    composer.write("a")
    composer.settle()
    composer.page.reload()
    composer.write("b")
    composer.settle()
    assert service.requests[0]["session_id"] != service.requests[-1]["session_id"]
