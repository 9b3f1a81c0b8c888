"""`inkling doctor`: looks whether a service can start, and says what to mend."""

import json
import sys
from collections import Counter
from typing import Any

import click

from inkling.service.cli.settings_options import settings_options


@click.command(short_help="Look whether a service can start, and say what to mend.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
@click.option("--running", is_flag=True, help="The service runs already: leave out its port and its memory.")
@settings_options
def command(*, as_json: bool, running: bool, **options: Any) -> None:
    """Look whether a service with these settings can start, and say what to mend.

    Prints one line a check: ok, warn or fail, and what to do. The exit code is 1 if a check failed, else 0.
    Takes the options and the environment of `inkling serve`. It connects to nobody but the
    Redis that is named, and changes nothing.
    """
    from inkling.service.doctor.examination import examine
    from inkling.service.doctor.finding import Verdict

    findings = []
    for name, finding in examine(options, running=running):
        findings.append((name, finding))
        if not as_json:
            remedy = f"; {finding.remedy}" if finding.remedy else ""
            click.echo(f"{finding.verdict:4}  {name:14}  {finding.found}{remedy}".replace("\n", " "))
    counts = Counter(finding.verdict for _, finding in findings)
    if as_json:
        checks = [
            {"check": name, "verdict": one.verdict, "found": one.found, "remedy": one.remedy}
            for name, one in findings
        ]
        click.echo(
            json.dumps({"failed": counts[Verdict.FAIL], "warned": counts[Verdict.WARN], "checks": checks})
        )
    if counts[Verdict.FAIL]:
        sys.exit(1)
