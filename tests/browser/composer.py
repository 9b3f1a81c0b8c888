"""The compose page as a test sees it: the writer's actions and the screen."""

from playwright.sync_api import Locator, Page

from tests.browser.editors import Editor

# Counts the answers that the page has not yet worked through: at 0, nothing more will come.
COUNT_UNSETTLED = """
  window.unsettled = 0;
  window.asked = 0;
  const realFetch = window.fetch;
  const counted = async (work) => {
    window.unsettled += 1;
    try {
      return await work();
    } finally {
      setTimeout(() => { window.unsettled -= 1; });
    }
  };
  window.fetch = (...request) => counted(async () => {
    window.asked += 1;
    const response = await realFetch(...request);
    const readJson = response.json.bind(response);
    response.json = () => counted(readJson);
    return response;
  });
"""
# Violations of the content security policy, seen from the page's first instruction on.
RECORD_VIOLATIONS = """
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
  });
"""


def open_fresh(page: Page, url: str) -> None:
    """Open the compose page as if for the first time: without what it keeps in the browser."""
    page.goto(f"{url.rstrip('/')}/static/icon.svg")  # of the same origin
    page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    page.goto(url)


class Composer(Editor):
    """The open compose page, its body as plain text or rich."""

    def __init__(self, page: Page) -> None:
        super().__init__(page, "compose")

    @property
    def body(self) -> Locator:
        """The body that is shown."""
        return self.page.locator("#body:visible, #rich:visible")

    @property
    def text(self) -> str:
        return str(self.body.evaluate("body => body.value ?? body.innerText.replace(/\\u00a0/g, ' ')"))

    @property
    def focused(self) -> str:
        """The id of the element with the focus."""
        return str(self.page.evaluate("document.activeElement.id"))

    @property
    def status(self) -> str:
        return self.read("status")

    def read(self, name: str) -> str:
        """A value of the panel, or the status line."""
        return self.page.locator(f"#{name}").inner_text()

    def write(self, text: str) -> None:
        """Type `text` key by key at the end of the body, without waiting for answers."""
        self.body.focus()
        self.type(text)

    def menu(self) -> Locator:
        """The menu of suggestions, open."""
        menu = self.page.locator("#menu")
        if menu.get_attribute("open") is None:
            menu.locator("summary").click()
        return menu

    def choose(self, name: str, choice: str) -> None:
        """Choose something in the menu, and go back to the text."""
        self.menu().get_by_label(name, exact=True).select_option(choice)
        self.press("Escape")

    def let_learn(self) -> None:
        """Switch learning on for the first time."""
        self.page.get_by_label("Learn from what I send").click()
        self.page.get_by_role("button", name="Let it learn").click()
        self.evaluate("probe.until(() => document.getElementById('learn').checked, 'learning')")

    def told(self, text: str) -> None:
        """Wait for the status line to say this; "" for nothing."""
        self.page.evaluate(
            """text => {
              const said = () => document.getElementById("status").textContent;
              const told = () => (text === "" ? said() === "" : said().includes(text));
              return probe.until(told, `status "${text}"`);
            }""",
            text,
        )
