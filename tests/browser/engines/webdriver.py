"""One window of a browser, driven by the commands of W3C WebDriver: real keys, and scripts that look."""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

KEYS = {
    "Enter": "\ue006",
    "Tab": "\ue004",
    "Shift": "\ue008",
    "Control": "\ue009",
    "Escape": "\ue00c",
    "End": "\ue010",
    "Home": "\ue011",
    "ArrowLeft": "\ue012",
    "ArrowRight": "\ue014",
    "ArrowDown": "\ue015",
}
"""The keys without a letter that tests press, as WebDriver writes them."""

LONGEST_START = 120.0
"""Seconds that a browser may take to start, on a machine that has much else to do."""

T = TypeVar("T")


class WebDriver(ABC):
    """A window with the focus; whatever fails raises `WebDriverError`."""

    @abstractmethod
    def command(self, name: str, **parameters: Any) -> Any:
        """Send a command, named as the standard does but without spaces, and return its value."""

    @abstractmethod
    def compose(self, letter: str) -> None:
        """An input method shows what is to become `letter` at the caret, and is not done."""

    @abstractmethod
    def commit(self) -> None:
        """The input method writes its letter and is done."""

    def goto(self, url: str) -> None:
        """Open a page and wait until it is loaded."""
        self.command("Navigate", url=url)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of a function in the page; a promise that it returns is awaited."""
        return self.command("ExecuteScript", script=script, args=list(arguments))

    def evaluate(self, source: str, argument: Any = None) -> Any:
        """The value of an expression, of a function called with `argument`, or of its promise."""
        call = "return typeof value === 'function' ? value(arguments[0]) : value;"
        return self.run(f"const value = ({source}); {call}", argument)

    def press(self, key: str) -> None:
        """Press a key, with modifiers before it: "Control+a"."""
        *held, last = key.split("+")
        chord = [KEYS.get(one, one) for one in (*held, last)]
        downs = [{"type": "keyDown", "value": one} for one in chord]
        ups = [{"type": "keyUp", "value": one} for one in reversed(chord)]
        self._act([*downs, *ups])

    def type(self, text: str, delay: float = 0) -> None:
        """Press a key for each letter, `delay` milliseconds apart."""
        actions: list[dict[str, Any]] = []
        for letter in text:
            actions += [{"type": "keyDown", "value": letter}, {"type": "keyUp", "value": letter}]
            if delay:
                actions.append({"type": "pause", "duration": delay})
        self._act(actions)

    def _act(self, actions: Sequence[Mapping[str, Any]]) -> None:
        self.command("PerformActions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])


class WebDriverError(Exception):
    """The browser refused a command, or said nothing."""


@contextmanager
def process_group(
    command: Sequence[str], environment: Mapping[str, str], log: Path, **options: Any
) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that ends with the block, together with its child processes. Its output goes to `log`."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            command, env=environment, stdout=said, stderr=said, start_new_session=True, **options
        )
        try:
            yield process
        finally:
            # First the chance to leave nothing behind, as a display leaves a lock; then all that is left.
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(look: Callable[[], T | None], process: "subprocess.Popen[bytes]", log: Path) -> T:
    """The first result of `look` that is not empty. Fails if the process that makes it ends before."""
    deadline = time.monotonic() + LONGEST_START
    while (found := look()) is None:
        if process.poll() is not None or time.monotonic() > deadline:
            raise WebDriverError(
                f"{process.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}"
            )
        time.sleep(0.02)  # a file or port of another process tells nobody that it is there
    return found
