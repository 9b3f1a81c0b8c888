"""Where the ghost is, what it is not, and that accepting it moves nothing."""

import pytest
from playwright.sync_api import Browser

from tests.browser.composer import Composer, Rectangle
from tests.browser.conftest import open_page
from tests.browser.scripted import Continuation, Reply, ScriptedService, always, suggest

MEETING = "Can we schedule a meeting for next week?"
LONG = (
    "Thank you for the careful notes from the workshop, they will help the whole team to plan the "
    "coming month without another round of questions. "
)


def assert_same_place(ghost: list[Rectangle], text: list[Rectangle]) -> None:
    assert len(ghost) == len(text)
    for painted, accepted in zip(ghost, text, strict=True):
        assert painted == pytest.approx(accepted, abs=1)


def accept(composer: Composer) -> tuple[list[Rectangle], list[Rectangle]]:
    """Take the ghost on the screen; where it was, and where its text now is."""
    start = len(composer.draft)
    painted = composer.ghost_rectangles()
    ghost = composer.ghost
    composer.press("Tab")
    assert composer.draft[start:] == ghost
    return painted, composer.text_rectangles(start, start + len(ghost))


def test_typing_shows_the_ghost_and_tab_takes_it(composer: Composer, service: ScriptedService) -> None:
    service.answer = Continuation(MEETING)
    composer.write("Can we sched")
    composer.see("ule a meeting for next week?")
    assert composer.draft == "Can we sched"
    composer.press("Tab")
    assert composer.draft == MEETING
    assert composer.ghost == ""
    assert composer.focused == "body"
    assert composer.body.evaluate("field => [field.selectionStart, field.selectionEnd]") == [len(MEETING)] * 2


def test_ghost_is_in_no_form_value_selection_or_clipboard(
    composer: Composer, service: ScriptedService
) -> None:
    service.answer = Continuation(MEETING)
    composer.write("Can we")
    composer.see(" schedule a meeting for next week?")
    assert composer.draft == "Can we"
    selected = composer.page.evaluate(
        "() => { getSelection().selectAllChildren(document.querySelector('.paper'));"
        " const text = getSelection().toString(); getSelection().removeAllRanges(); return text; }"
    )
    assert "schedule" not in selected
    hidden = composer.page.locator(".ghost").evaluate("ghost => ghost.closest('[aria-hidden=true]') !== null")
    assert hidden


def test_accept_moves_nothing_on_one_line(composer: Composer, service: ScriptedService) -> None:
    service.answer = Continuation(MEETING)
    composer.write("Can we")
    composer.see(" schedule a meeting for next week?")
    assert_same_place(*accept(composer))


@pytest.mark.parametrize("width", [360, 1280])
def test_accept_moves_nothing_where_lines_wrap(
    composer: Composer, service: ScriptedService, width: int
) -> None:
    service.answer = Continuation(LONG)
    composer.page.set_viewport_size({"width": width, "height": 700})
    lines = []
    for typed in (24, 75, 110):
        composer.start_from(LONG[: typed - 1])
        composer.write(LONG[typed - 1])
        composer.see(LONG[typed:])
        painted, accepted = accept(composer)
        assert_same_place(painted, accepted)
        lines.append(len({top for _, top, _, _ in painted}))
    assert lines[0] > (3 if width == 360 else 1)  # or nothing wrapped; how much depends on the fonts


def test_accept_moves_nothing_at_every_place_of_a_word_at_the_end_of_a_line(
    composer: Composer, service: ScriptedService
) -> None:
    """A ghost that finishes a word may pull its start to the next line: the accepted word goes there too."""
    service.answer = Continuation(LONG)
    composer.start_from(LONG)
    tops = [composer.text_rectangles(at, at + 1)[0][1] for at in range(len(LONG) - 1)]
    wrapped = next(at for at, top in enumerate(tops) if top > tops[0])
    for typed in range(wrapped - 2, wrapped + 4):
        composer.start_from(LONG[: typed - 1])
        composer.write(LONG[typed - 1])
        composer.see(LONG[typed:])
        assert_same_place(*accept(composer))


@pytest.mark.parametrize("scale", [1, 1.5])
def test_accept_moves_nothing_in_a_scrolled_draft(
    browser: Browser, service: ScriptedService, scale: float
) -> None:
    with open_page(browser, device_scale_factor=scale, viewport={"width": 700, "height": 600}) as page:
        page.goto(service.url)
        accept_in_a_scrolled_draft(Composer(page), service)


def accept_in_a_scrolled_draft(composer: Composer, service: ScriptedService) -> None:
    above = "\n".join(f"{number}. {LONG}" for number in range(12)) + "\n"
    service.answer = Continuation(above + MEETING)
    composer.start_from(above + "Can ")
    composer.write("we")
    composer.see(" schedule a meeting for next week?")
    scrolled = composer.body.evaluate("field => field.scrollTop")
    assert scrolled > 100
    assert composer.body.evaluate("field => field.offsetWidth > field.clientWidth"), "no scrollbar"
    assert_same_place(*accept(composer))
    assert composer.body.evaluate("field => field.scrollTop") == scrolled


def test_ghost_follows_the_draft_that_is_scrolled(composer: Composer, service: ScriptedService) -> None:
    above = f"{LONG}\n" * 12
    service.answer = Continuation(above + MEETING)
    composer.start_from(above + "Can ")
    composer.write("we")
    composer.see(" schedule a meeting for next week?")
    before = composer.ghost_rectangles()[0]
    composer.body.evaluate("field => { field.scrollTop -= 60; }")
    composer.see(" schedule a meeting for next week?")
    after = composer.ghost_rectangles()[0]
    assert after[1] - before[1] == pytest.approx(60, abs=1)
    assert_same_place(*accept(composer))


def test_accept_moves_nothing_from_right_to_left(composer: Composer, service: ScriptedService) -> None:
    text = "שלום לכולם, נתראה בשבוע הבא"
    service.answer = Continuation(text)
    composer.write(text[:4])
    composer.see(text[4:])
    assert_same_place(*accept(composer))


def test_ghost_does_not_cover_the_lines_below(composer: Composer, service: ScriptedService) -> None:
    """With a signature under the caret's line, the ghost keeps to the room there is, in whole words."""
    service.answer = always(suggest(LONG.removeprefix("Thank")))
    composer.start_from("\nKind regards")
    composer.place_caret(0)
    composer.write("Thank")
    ghost = composer.see_any()
    assert len(ghost) > 30
    assert LONG.removeprefix("Thank").startswith(ghost)
    assert LONG.removeprefix("Thank")[len(ghost)] == " "
    assert len(composer.ghost_rectangles()) == 1
    composer.press("Tab")
    assert composer.draft == f"Thank{ghost}\nKind regards"


@pytest.mark.parametrize(("before", "after"), [("Can we", " meet"), ("Can we", "x\n")])
def test_nothing_is_asked_where_the_line_goes_on(
    composer: Composer, service: ScriptedService, before: str, after: str
) -> None:
    service.answer = always(suggest(" talk"))
    composer.start_from(before[:-1] + after)
    composer.place_caret(len(before) - 1)
    composer.write(before[-1])
    composer.settle()
    assert composer.ghost == ""
    assert service.requests == []


def test_a_finger_takes_the_ghost(browser: Browser, service: ScriptedService) -> None:
    with open_page(browser, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800}) as page:
        page.goto(service.url)
        composer = Composer(page)
        service.answer = Continuation(MEETING)
        composer.write("Can we")
        composer.see(" schedule a meeting for next week?")
        page.locator(".ghost").tap()
        assert composer.draft == MEETING
        assert composer.focused == "body"


def test_panel_tells_confidence_latency_and_savings(composer: Composer, service: ScriptedService) -> None:
    def answer(request: dict[str, str]) -> Reply:
        return suggest(" schedule", confidence=0.625) if request["prefix"] == "Can we" else suggest()

    service.answer = answer
    assert composer.read("confidence") == "–"
    composer.write("Can we")
    composer.see(" schedule")
    assert composer.read("confidence") in ("62%", "63%")
    assert composer.read("latency").endswith(" ms")
    assert (composer.read("accepted"), composer.read("saved")) == ("0", "0")
    composer.press("Tab")
    assert (composer.read("accepted"), composer.read("saved")) == ("9", "8")
    assert composer.read("confidence") == "–"
