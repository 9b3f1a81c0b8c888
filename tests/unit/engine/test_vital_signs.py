"""A frozen process is told from a busy one."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inkling.service.engine.client.vital_signs import VitalSigns, is_frozen, vital_signs

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")


@pytest.mark.parametrize(
    ("before", "now", "frozen"),
    [
        (VitalSigns("S", 5), VitalSigns("T", 5), True),
        (VitalSigns("S", 5), VitalSigns("S", 5), True),
        (VitalSigns("R", 5), VitalSigns("S", 9), False),
        (VitalSigns("S", 5), VitalSigns("R", 5), False),
        (VitalSigns("S", 5), VitalSigns("D", 5), False),
        (None, VitalSigns("T", 5), False),
        (VitalSigns("S", 5), None, False),
    ],
)
def test_what_counts_as_frozen(before: VitalSigns | None, now: VitalSigns | None, frozen: bool) -> None:
    assert is_frozen(before, now) is frozen


@linux
def test_the_signs_of_real_processes() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            before = vital_signs(busy.pid)
            deadline = time.monotonic() + 30
            while (now := vital_signs(busy.pid)) == before and time.monotonic() < deadline:
                time.sleep(0.01)
            assert not is_frozen(before, now)
            busy.send_signal(signal.SIGSTOP)
            os.waitpid(busy.pid, os.WUNTRACED)
            assert is_frozen(before, vital_signs(busy.pid))
        finally:
            busy.kill()
    assert vital_signs(busy.pid) is None


def test_a_name_with_spaces_and_brackets_is_read(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "stat").write_text("7 (a) b) S 1 2 3 4 5 6 7 8 9 10 30 12 0 0")
    assert vital_signs(7, tmp_path) == VitalSigns("S", 42)


@linux
def test_a_process_that_still_loads_ends_with_its_parent() -> None:
    ours, theirs = socket.socketpair()
    program = (
        "import socket, sys, threading, time\n"
        "from inkling.service.engine.worker.process import _end_with_parent\n"
        "connection = socket.socket(fileno=int(sys.argv[1]))\n"
        "threading.Thread(target=_end_with_parent, args=(connection, threading.Event())).start()\n"
        "time.sleep(600)\n"
    )
    number = theirs.fileno()
    with subprocess.Popen([sys.executable, "-c", program, str(number)], pass_fds=[number]) as process:
        theirs.close()
        ours.close()
        assert process.wait(60) == 1
