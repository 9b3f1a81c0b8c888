"""The service under test, as a process of its own."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reporting.extras import missing

try:
    import psutil
except ModuleNotFoundError:
    missing("psutil", "benchmarks")


@dataclass(frozen=True, slots=True)
class Service:
    """The service: its address, its process if it is ours, and the seconds from its start to being ready."""

    url: str
    process: psutil.Process | None
    ready_seconds: float

    def cpu_seconds(self) -> float:
        """CPU time used so far; 0 for a service that is not ours."""
        return sum(one.cpu_times().user + one.cpu_times().system for one in self._processes())

    def web_seconds(self) -> float:
        """CPU time used so far by the process that speaks HTTP; 0 for a service that is not ours."""
        if self.process is None:
            return 0.0
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def workers(self) -> list[psutil.Process]:
        """The processes that hold a model, the oldest first."""
        children = [] if self.process is None else self.process.children()
        return sorted(children, key=lambda one: (one.create_time(), one.pid))

    def resident_bytes(self) -> int:
        """Memory resident now; 0 for a service that is not ours."""
        return sum(int(one.memory_info().rss) for one in self._processes())

    def _processes(self) -> list[psutil.Process]:
        return [] if self.process is None else [self.process, *self.process.children(recursive=True)]


@contextmanager
def running(
    url: str | None, bundle: Path | None, *options: str, handles: int | None = None
) -> Iterator[Service]:
    """The service at `url`, or one started for the time of the block on a free port.

    A service that is started may be limited to a number of file handles.
    """
    if url is not None:
        yield Service(url, None, float("nan"))
        return
    given = [] if bundle is None else ["--bundle", str(bundle)]
    command = [sys.executable, "-m", "inkling.service", "--port", "0", *given, *options]
    if handles is not None:
        command = ["/bin/sh", "-c", f'ulimit -n {handles}; exec "$@"', "sh", *command]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("INKLING_")}
    began = time.perf_counter()
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.search(r"ready at (http://\S+) after", line)
            if found is None:
                raise SystemExit(line + process.stderr.read())
            ready = time.perf_counter() - began
            threading.Thread(target=process.stderr.read, daemon=True).start()  # a full pipe would block it
            yield Service(found[1], psutil.Process(process.pid), ready)
        finally:
            process.terminate()
            process.wait(20)
