"""Sessions that other replicas may have: asked for before a request begins, offered after its answer."""

import asyncio
from collections.abc import Callable

from inkling.models.search.writer import Writer
from inkling.service.engine.job import Answer, Job
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.sessions.session_store import SessionKey
from inkling.service.sessions.shared_sessions import SharedSessions

_FEW_WORDS = 2
"""Words that are sooner read than asked for."""


class Sharing:
    """Belongs to the event loop that owns the model; `woken` is called when a fetch has ended."""

    def __init__(self, runner: ModelRunner, shared: SharedSessions, woken: Callable[[], None]) -> None:
        self._runner, self._shared, self._woken = runner, shared, woken
        self._fetching: dict[SessionKey, asyncio.Task[None]] = {}

    def begin(self, job: Job, writer: Writer) -> bool:
        """Ask for the job's session where that may save something; tells whether it is being asked for.

        A newer job of a session waits for what an older one has asked for.
        """
        key = job.session
        if key is None:
            return False
        if key not in self._fetching and self._runner.lacks(job, writer, _FEW_WORDS):
            self._fetching[key] = asyncio.get_running_loop().create_task(self._fetch(key, job, writer))
        return key in self._fetching

    def is_fetching(self, key: SessionKey | None) -> bool:
        """Whether a session is being asked for."""
        return key in self._fetching

    async def _fetch(self, key: SessionKey, job: Job, writer: Writer) -> None:
        try:
            session = await self._shared.fetch(key)
            if session is not None:
                self._runner.adopt(job, writer, session)
        finally:
            if self._fetching.get(key) is asyncio.current_task():
                del self._fetching[key]
            self._woken()

    def offer(self, answer: Answer, writer: Writer) -> None:
        """Let others have the session of an answer that read new words."""
        if answer.session is None or writer.number or not answer.computed_tokens:
            return
        session = self._runner.store.peek(answer.session)
        if session is not None:
            self._shared.offer(answer.session, session)

    def stop_fetching(self, key: SessionKey) -> None:
        """Do not keep what is being asked for."""
        task = self._fetching.pop(key, None)
        if task is not None:
            task.cancel()
