"""Shows a client's view while profiles cannot be kept or a process is frozen or killed, and afterwards.

    python -m benchmarks.storage_faults

Each case starts a service of its own with 128 file handles. Its profiles are on a file system of one
megabyte, if this user may mount one. A table goes to standard error, one line of JSON to standard output. The
exit code is 1 if a condition did not hold.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import httpx

from benchmarks.reporting.report import Report
from benchmarks.trials import process_cases, storage_cases
from benchmarks.trials.small_disk import small_disk
from benchmarks.trials.trial import Trial
from benchmarks.trials.verdict import Verdict

CASES: Mapping[str, Callable[[Trial], Iterator[Verdict]]] = {
    "no room": storage_cases.full,
    "a small disk": storage_cases.small,
    "locked by another program": storage_cases.locked,
    "moved away": storage_cases.moved,
    "deleted": storage_cases.deleted,
    "two services on one file": storage_cases.shared,
    "model's process frozen": process_cases.frozen,
    "model's process frozen and thawed": process_cases.thawed,
    "model's process killed": process_cases.worker_killed,
    "model's process killed, no room": process_cases.killed_without_room,
    "main process killed": process_cases.main_killed,
}


def verdicts(case: Callable[[Trial], Iterator[Verdict]], trial: Trial) -> list[Verdict]:
    """The verdicts of a case, as far as it could be tried."""
    found: list[Verdict] = []
    try:
        found.extend(case(trial))
    except (OSError, httpx.HTTPError, SystemExit) as error:
        found.append(Verdict(str(error).strip() or type(error).__name__, False, "the case can be tried"))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the cases. Exit with 1 if a condition did not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storage_faults")
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--case", action="append", choices=list(CASES), help="only this one; may be repeated")
    parser.add_argument("--quick", action="store_true", help="few messages and one round")
    parser.add_argument(
        "--slack", type=float, default=1.0, help="multiplies every limit of time, for a busy machine"
    )
    given = parser.parse_args(arguments)
    rounds, messages = (1, 5) if given.quick else (5, 40)
    report = Report("storage_faults", ["case", "what must hold", "measured", "verdict"])
    passed = True
    for name in given.case or CASES:
        with small_disk() as disk:
            place = str(disk)
            trial = Trial(disk, given.bundle, rounds, messages, given.slack)
            for number, one in enumerate(verdicts(CASES[name], trial)):
                passed = passed and one.passed
                values = {"case": name, "must": one.must, "measured": one.measured, "passed": one.passed}
                report.add(["" if number else name, one.must, one.measured, str(one)], values)
    report.show(disk=place)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
