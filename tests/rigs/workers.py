"""A worker's event loop in a thread of this process, over a model of the test's."""

import asyncio
import socket
import threading
from collections.abc import Mapping
from typing import Any

from inkling.service.engine.client.vital_signs import VitalSigns
from inkling.service.engine.model import DraftModel
from inkling.service.engine.served import ServedModel
from inkling.service.engine.worker.engine import MAX_BATCH, Engine
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.engine.worker.worker_server import WorkerServer
from inkling.service.sessions.memory_sessions import MemorySessionStore
from tests.rigs.fake_explanation import explain_fake


class ThreadWorker:
    """A `WorkerProcess` without the process: does all that a worker does after loading its model."""

    def __init__(
        self,
        model: DraftModel,
        store: MemorySessionStore | None = None,
        *,
        threshold: float = 0.25,
        description: Mapping[str, Any] | None = None,
        max_batch: int = MAX_BATCH,
        housekeeping_seconds: float = 60.0,
    ) -> None:
        self.model = ServedModel(model.name, threshold, description or {}, max_batch)
        self.connection, theirs = socket.socketpair()
        self.connection.setblocking(False)
        theirs.setblocking(False)
        store = store or MemorySessionStore(10**6, 60.0)
        engine = Engine(ModelRunner(model, store, explaining=explain_fake), max_batch=max_batch)
        server = WorkerServer(engine, store, housekeeping_seconds=housekeeping_seconds)
        self._thread = threading.Thread(target=asyncio.run, args=(server.serve(theirs),), daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._thread.is_alive()

    def end(self, seconds: float) -> int:
        """Wait until it has ended."""
        self._thread.join(seconds)
        return int(self._thread.is_alive())

    def kill(self) -> None:
        """A thread cannot be killed."""

    def vital_signs(self) -> VitalSigns | None:
        """There are none of a thread."""
        return None
