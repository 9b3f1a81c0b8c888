"""Measures the widget in a real browser: from a key to painted grey text, and its own work for a key.

The first is measured against the real service, with people's intervals between keys. The second is the time
of the widget's own listeners, timers and frames, with the layouts that they cause. It is measured in a long
draft, with a source that always suggests something. The browser's own work for the key is left out.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

import click

from benchmarks.people.typists import load_texts
from benchmarks.reporting.extras import missing
from benchmarks.reporting.report import Report
from benchmarks.systems.serving import running

try:
    from playwright.sync_api import Page, sync_playwright
except ModuleNotFoundError:
    missing("playwright", "benchmarks")

PLAYGROUND = Path(__file__).parents[1] / "widget" / "build" / "playground"
EDITORS = ("textarea", "editable")
WARM_UP = 20
"""Keys not counted, in which the browser compiles the widget."""

# For each key, the time when its grey text was painted. `asked`: whether a request was answered for it.
PAINTED = """
() => {
  window.painted = [];
  let key = null;
  const channel = new MessageChannel();
  channel.port1.onmessage = ({ data }) => {
    if (data.at === undefined) data.at = performance.now();
    window.painted.push(data);
  };
  const page = playground.handle;
  addEventListener("keydown", ({ timeStamp }) => {
    key = { pressed: timeStamp, asked: false, done: false };
  }, true);
  playground.handle.on("answered", () => { if (key !== null) key.asked = true; });
  playground.handle.on("suggestion", (shown) => {
    if (shown === null || key === null || key.done) return;
    const { pressed, asked } = key;
    key.done = true;
    requestAnimationFrame(() => channel.port2.postMessage({ pressed, asked }));
  });
}
"""

# Times every listener, timer and frame, and the promises that each of them settles.
OWN_WORK = """
  window.spent = 0;
  const timed = (run) => function (...given) {
    const began = performance.now();
    try {
      return run.apply(this, given);
    } finally {
      const left = performance.now();
      window.spent += left - began;
      let turns = 16;
      const drain = () => {
        turns -= 1;
        if (turns > 0) queueMicrotask(drain);
        else window.spent += performance.now() - left;
      };
      queueMicrotask(drain);
    }
  };
  const add = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, run, ...options) {
    return add.call(this, type, typeof run === "function" ? timed(run) : run, ...options);
  };
  for (const name of ["setTimeout", "requestAnimationFrame"]) {
    const later = window[name];
    window[name] = (run, ...given) => later(timed(run), ...given);
  }
"""


@click.command()
@click.option("--url", help="A running service with its playground; started here when missing.")
@click.option("--bundle", type=click.Path(path_type=Path), help="The bundle to serve.")
@click.option("--data", type=click.Path(path_type=Path), help="Mail to type; invented messages when missing.")
@click.option("--keys", default=600, show_default=True, help="Keys to type in each editor.")
@click.option("--kilobytes", default=50, show_default=True, help="Length of the long draft.")
def main(url: str | None, bundle: Path | None, data: Path | None, keys: int, kilobytes: int) -> None:
    """Measure both, in a textarea and in an editable element."""
    if not (PLAYGROUND / "textarea.html").is_file():
        raise click.UsageError("the playground is not built: run `make playground`, which needs Node.js")
    texts = load_texts(data)
    options = ("--playground", str(PLAYGROUND))
    with running(url, bundle, *options) as service, browser_page() as page:
        painted = Report("widget, key to painted grey text", ("editor", "keys", "p50 ms", "p95 ms"))
        for name in EDITORS:
            page.goto(f"{service.url}/playground/{name}.html")
            page.wait_for_selector("body[data-ready]")
            measured = to_paint(page, texts, keys)
            for asked, what in ((True, "asked"), (False, "typed through or known")):
                add(painted, f"{name}, {what}", [time for time, was in measured if was == asked])
        painted.show()
    with running(url, bundle, *options) as service, browser_page(OWN_WORK) as page:
        own = Report(f"widget, own work for a key at {kilobytes} KB", ("editor", "keys", "p50 ms", "p95 ms"))
        for name in EDITORS:
            page.goto(f"{service.url}/playground/{name}.html")
            page.wait_for_selector("body[data-ready]")
            add(own, name, own_work(page, kilobytes * 1000, keys // 2))
        own.show()


@contextmanager
def browser_page(script: str | None = None) -> Iterator[Page]:
    """A page of a new browser, with a script before all of the page's own."""
    executable = shutil.which("chromium")
    if executable is None:
        raise click.UsageError("no chromium on PATH: install your distribution's package `chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        if script is not None:
            page.add_init_script(script)
        yield page
        browser.close()


def to_paint(page: Page, texts: list[str], keys: int) -> list[tuple[float, bool]]:
    """Type this many keys. Returns milliseconds of each that led to grey text, and whether it asked."""
    page.evaluate(PAINTED)
    random = Random(5)
    typed = 0
    while typed < keys:
        text = random.choice(texts).replace("\n", " ")[:200]
        page.evaluate("playground.start('')")
        for letter in text:
            page.keyboard.type(letter)
            page.wait_for_timeout(random.uniform(60, 220))
        typed += len(text)
    found: list[dict[str, Any]] = page.evaluate("window.painted")
    return [(one["at"] - one["pressed"], bool(one["asked"])) for one in found]


def own_work(page: Page, length: int, keys: int) -> list[float]:
    """Milliseconds of the widget's own work for each of so many keys at the end of a draft of this length."""
    page.evaluate("() => playground.handle.update({ complete: () => ' and what may follow, word by word' })")
    paragraph = "We should look at the plan again before the end of the week. " * 8 + "\n"
    page.evaluate("text => playground.start(text)", paragraph * (length // len(paragraph)) + "Well ")
    spent = []
    for number in range(WARM_UP + keys):
        page.evaluate("window.spent = 0")
        page.keyboard.type("abcdefgh"[number % 8])
        page.wait_for_timeout(60)
        spent.append(float(page.evaluate("window.spent")))
    return spent[WARM_UP:]


def add(report: Report, name: str, times: list[float]) -> None:
    """A row of the median and the 95th percentile."""
    if len(times) < 20:
        raise click.ClickException(f"{name}: only {len(times)} keys were measured; type more with --keys")
    middle, high = median(times), quantiles(times, n=20)[-1]
    values = {"editor": name, "keys": len(times), "p50": middle, "p95": high}
    report.add((name, len(times), middle, high), values)


if __name__ == "__main__":
    main()
