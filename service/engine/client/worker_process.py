"""The process of a model."""

import os
import socket
import subprocess
import sys
from dataclasses import dataclass

from inkling.service.engine.client.vital_signs import VitalSigns, vital_signs
from inkling.service.engine.served import ServedModel
from inkling.service.engine.wire import read_first
from inkling.service.engine.worker_config import WorkerConfig
from inkling.service.engine.worker_messages import Ready, Refused

_LAST_SECONDS = 5.0
"""How long a process that refused to serve may take to end."""


class LaunchError(Exception):
    """The model cannot be served; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A process that has said it is ready: what it serves, and the connection to it."""

    model: ServedModel
    connection: socket.socket
    process: subprocess.Popen[bytes]

    @classmethod
    def launch(cls, config: WorkerConfig) -> "WorkerProcess":
        """Start a worker and wait until it is ready.

        Raises `LaunchError` when it refuses to serve or ends.
        """
        ours, theirs = socket.socketpair()
        # -P: nothing that lies in the folder this process was started in takes the place of a module.
        command = [
            sys.executable,
            "-P",
            "-m",
            "inkling.service.engine.worker.process",
            "--fd",
            str(theirs.fileno()),
            "--config",
            config.to_json(),
        ]
        try:
            with theirs:
                process = subprocess.Popen(
                    command,
                    pass_fds=[theirs.fileno()],
                    env={**os.environ, **config.secrets()},
                    start_new_session=True,  # a terminal's signals are for this process
                )
            first = read_first(ours)
        except OSError as error:
            ours.close()
            raise LaunchError(f"the model's process cannot be started: {error.strerror}") from None
        if isinstance(first, Ready):
            ours.setblocking(False)
            return cls(first.model, ours, process)
        ours.close()
        code = _end(process, _LAST_SECONDS)
        if isinstance(first, Refused):
            raise LaunchError(first.reason)
        raise LaunchError(f"the model's process ended with exit code {code}")

    def end(self, seconds: float) -> int:
        """The exit code of the process, which is given so many seconds to end by itself."""
        return _end(self.process, seconds)

    def kill(self) -> None:
        """End the process at once."""
        self.process.kill()

    def vital_signs(self) -> VitalSigns | None:
        """What the system tells of the process; None where it does not."""
        return vital_signs(self.process.pid)


def _end(process: subprocess.Popen[bytes], seconds: float) -> int:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
