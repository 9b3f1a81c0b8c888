"""The service as a stranger starts it: a process of its own, with the bundle that ships."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.missing import missing

ROOT = Path(__file__).parents[2]


def require_bundle() -> Path:
    """The folder of the bundle that ships; skips where there is none, and fails in CI."""
    found = sorted((ROOT / "models" / "pretrained").glob("*/manifest.json"))
    if not found:
        missing("no bundle in models/pretrained")
    return found[0].parent


@contextmanager
def running_service(*options: str) -> Iterator[str]:
    """The address of the real service on a free port, from when it says that it is ready."""
    require_bundle()
    command: Sequence[str] = (sys.executable, "-m", "inkling.service", "--port", "0", *options)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("INKLING_")}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            match = re.search(r"ready at (http://\S+) after", line)
            assert match is not None, line + process.stderr.read()
            threading.Thread(target=process.stderr.read, daemon=True).start()  # a full pipe would block
            yield match[1]
        finally:
            process.terminate()
            process.wait(20)
