"""Grey text follows its field when the field changes without an event."""

import pytest
from playwright.sync_api import Page

from tests.browser.literal import EDITABLE, FIELDS, LINE, LONG, REST, TEXTAREA, draft, write
from tests.browser.scripted import ScriptedService

BUTTON = "<button>Send</button>"
MOVES = {
    "is placed elsewhere": "field.style.cssText += '; position: relative; top: 70px; left: 33px'",
    "is pushed by a sibling of its size": "field.before(make('p'), 'New mail', make('hr'))",
    "is moved by what is around it": "field.parentNode.style.transform = 'translate(40px, 60px)'",
    "gets another margin": "document.querySelector('main').style.margin = '77px'",
    "goes on moving": (
        "field.animate([{ translate: '0' }, { translate: '60px 80px' }], { duration: 400, fill: 'forwards' })"
    ),
    "has another order": "field.parentNode.style.cssText = 'display: flex; flex-direction: row-reverse'",
}


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("how", MOVES)
def test_grey_text_follows_a_field_that(page: Page, service: ScriptedService, how: str, name: str) -> None:
    css = "main { width: 700px } #body { width: 500px; height: 60px; box-sizing: border-box }"
    letter = write(page, service, css, FIELDS[name] + BUTTON)
    letter.see(REST)
    page.evaluate(f"() => {{ const field = document.querySelector('#body'); {MOVES[how]}; }}")
    page.evaluate("""() => {
      const field = document.querySelector("#body");
      let before = "";
      return probe.until(() => {
        const now = JSON.stringify(field.getBoundingClientRect());
        const [left, top] = expectedStart(field);
        const [x, y] = probe.ghost() === "" ? [0, 0] : ghostStart();
        const [rests, old] = [now === before, before];
        before = now;
        return old !== "" && rests && Math.abs(left - x) < 1 && Math.abs(top - y) < 8;
      }, "place behind the caret");
    }""")
    letter.press("Tab")
    assert draft(letter) == LINE


@pytest.mark.parametrize("name", FIELDS)
def test_grey_text_follows_a_font_that_comes_late(page: Page, service: ScriptedService, name: str) -> None:
    css = "#body { font: 16px Late, sans-serif; width: 500px }"
    letter = write(page, service, css, FIELDS[name])
    letter.see(REST)
    before = page.evaluate("ghostStart()")
    page.evaluate("""async () => {
      const late = new FontFace("Late", "local('DejaVu Sans')", { sizeAdjust: "150%" });
      document.fonts.add(await late.load());
    }""")
    page.evaluate("""() => probe.until(() => {
      const [left] = expectedStart(document.querySelector("#body"));
      return Math.abs(left - ghostStart()[0]) < 1;
    }, "place behind the caret")""")
    assert abs(page.evaluate("ghostStart()")[0] - before[0]) > 2, "the font is another"


def test_a_late_font_that_leaves_less_room_leaves_fewer_words(page: Page, service: ScriptedService) -> None:
    css = "#body { font: 16px Late, sans-serif; width: 330px }"
    letter = write(page, service, css, "<input id=body>", LONG)
    before = letter.see()
    page.evaluate("""async () => {
      const late = new FontFace("Late", "local('DejaVu Sans')", { sizeAdjust: "150%" });
      document.fonts.add(await late.load());
    }""")
    page.evaluate("before => probe.until(() => probe.ghost() !== before, 'shorter text')", before)
    grey = letter.ghost
    assert grey != ""
    assert before.startswith(grey)
    letter.press("Tab")
    assert draft(letter) == f"Can we{grey}"


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("how", ["the system's", "the page's"])
def test_grey_text_takes_over_a_changed_colour_scheme(
    page: Page, service: ScriptedService, how: str, name: str
) -> None:
    css = (
        ":root { color-scheme: light dark } .dark #body { color: #eee; background: #111 }"
        "@media (prefers-color-scheme: dark) { #body { color: #eee; background: #111 } }"
    )
    letter = write(page, service, css, FIELDS[name])
    letter.see(REST)
    colour = "getComputedStyle(probe.ghostElement()).color"
    before = page.evaluate(colour)
    if how == "the system's":
        page.emulate_media(color_scheme="dark")
    else:
        page.evaluate("() => { document.documentElement.className = 'dark'; }")
    page.evaluate(f"before => probe.until(() => {colour} !== before, 'other colour')", before)
    expected = page.evaluate("""() => {
      const like = document.body.appendChild(make("span"));
      like.style.color = "color-mix(in srgb, #eee 58%, transparent)";
      const { color } = getComputedStyle(like);
      like.remove();
      return color;
    }""")
    assert page.evaluate(colour) == expected


@pytest.mark.parametrize(
    ("body", "key", "change"),
    [
        (TEXTAREA, "Enter", "field.value = ''"),
        (f"<form>{TEXTAREA}</form>", "Enter", "field.form.reset()"),
        (f"<form>{TEXTAREA}</form>", "F2", "field.form.reset()"),
        (EDITABLE, "Enter", "field.textContent = ''"),
    ],
)
def test_what_was_sent_leaves_nothing_grey(
    page: Page, service: ScriptedService, body: str, key: str, change: str
) -> None:
    """In the next frames: not only when the draft is looked at by and by."""
    letter = write(page, service, "", body)
    letter.see(REST)
    page.evaluate(f"""() => {{
      window.frames_grey = 0;
      const field = document.querySelector("#body");
      field.addEventListener("keydown", (event) => {{
        event.preventDefault();
        {change};
      }});
      const look = () => {{
        if (draftOf(field).trim() === "") frames_grey += probe.ghost() !== "";
        requestAnimationFrame(look);
      }};
      requestAnimationFrame(look);
    }}""")
    letter.press(key)
    page.evaluate("probe.until(() => probe.ghost() === '', 'empty field')")
    assert page.evaluate("frames_grey") <= 2
