"""Ends a test run with the skipped tests, the reasons, and the command that installs missing tools.

If everything has been installed for the tests (CI=true), a skip for another reason than a missing device
fails the run.
"""

import os
from collections import Counter
from collections.abc import Iterable, Mapping

import pytest

REMEDIES: Mapping[str, str] = {
    "chromium": "apt-get install chromium",
    "firefox-esr": "apt-get install firefox-esr",
    "WebKitWebDriver": "apt-get install webkit2gtk-driver xvfb",
    "Xvfb": "apt-get install xvfb",
    "playground": "make playground",
    "extension is not built": "make extensions",
    "axe-core": "make playground",
    "strace is not installed": "apt-get install strace",
    "redis-server": "apt-get install redis-server",
    "haproxy": "apt-get install haproxy",
    "ray is not installed": "make test-ray",
    "thunderbird": "apt-get install thunderbird",
    "the extension is not built": "make extensions",
    "roundcube is not installed": "apt-get install php-curl roundcube-core roundcube-sqlite3",
    "dovecot is not installed": "apt-get install dovecot-imapd",
    "curl": "apt-get install curl",
    "openssl": "apt-get install openssl",
    "promtool": "apt-get install prometheus",
    "matplotlib": "make train-tools",
    "torch": "make train-tools",
    "train extra": "make train-tools",
    "'spelling'": "pip install 'inkling[spelling]'",
    "container engine": "install docker",
}
"""By a part of the reason, the command after which the tests run."""

DEVICES = ("CUDA", "mount a tmpfs", "strace may not trace", "real mail", "needs Linux", "no full study")
"""Parts of reasons that no installation mends: a device, a right, kept text, a run of hours."""


def summary(reasons: Iterable[str]) -> list[str]:
    """A line for each reason, the most frequent first."""
    lines = []
    for reason, count in Counter(reasons).most_common():
        command = next((command for part, command in REMEDIES.items() if part in reason), None)
        lines.append(f"{count:5} skipped: {reason}" + (f"; run: {command}" if command else ""))
    return lines


def unexpected(reasons: Iterable[str]) -> list[str]:
    """The reasons that an installation would mend."""
    return sorted({reason for reason in reasons if not any(part in reason for part in DEVICES)})


def reasons_of(reporter: pytest.TerminalReporter) -> list[str]:
    """The reason of every skipped test."""
    found = []
    for report in reporter.stats.get("skipped", []):
        place = report.longrepr
        text = str(place[2] if isinstance(place, tuple) else place)
        found.append(text.removeprefix("Skipped: "))
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was skipped."""
    reasons = reasons_of(terminalreporter)
    if reasons:
        terminalreporter.section("skipped")
        for line in summary(reasons):
            terminalreporter.write_line(line)
        if os.environ.get("CI") == "true":
            for reason in unexpected(reasons):
                terminalreporter.write_line(f"must not be skipped here: {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run that skipped what it should have installed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if (
        os.environ.get("CI") == "true"
        and exitstatus == pytest.ExitCode.OK
        and isinstance(reporter, pytest.TerminalReporter)
        and unexpected(reasons_of(reporter))
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
