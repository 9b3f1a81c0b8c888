"""The model, its engine, and whether they take requests."""

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any, Protocol

from service.engine.client.remote_engine import LaunchError, ModelProcess, RemoteEngine
from service.engine.client.remote_learning import RemoteLearning
from service.engine.failure import describe_failure
from service.engine.model import DraftModel
from service.engine.worker.drafting import Drafter
from service.engine.worker.engine import Engine
from service.engine.worker.learning import Learning
from service.http.answers.error_answers import not_ready, stopping
from service.monitoring.metrics import Load, Metrics
from service.sessions.memory_sessions import MemorySessionStore
from service.settings import Settings, SettingsError, bundle_path, knows_users, profiles_path

_log = logging.getLogger("inkling.server")

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a lost model is started again, the first time and at most."""


class StartupError(Exception):
    """The model cannot be served; the message says why, in one line."""


class ServedModel(DraftModel, Protocol):
    """What the service needs of a model in this process, besides answers."""

    @property
    def threshold(self) -> float:
        """The confidence that a best suggestion must reach when a request names none, in [0, 1]."""

    @property
    def description(self) -> Mapping[str, Any]:
        """What is told of the model to anybody who asks; JSON values only."""


def load_model(settings: Settings) -> ModelProcess | ServedModel:
    """Start a process that serves the bundle which the settings name. Raises `StartupError`."""
    try:
        return ModelProcess.launch(
            [
                *("--bundle", str(bundle_path(settings))),
                *("--device", settings.device),
                *("--runtime", settings.runtime),
                *("--threads", str(settings.threads)),
                *("--max-queue", str(settings.max_queue)),
                *("--session-bytes", str(settings.session_bytes)),
                *("--session-idle-seconds", str(settings.session_idle_seconds)),
                *("--log-level", settings.log_level),
                *("--log-format", settings.log_format),
                *([] if settings.blocked_words is None else ["--blocked-words", str(settings.blocked_words)]),
                *(_learning_arguments(settings) if knows_users(settings) else []),
            ]
        )
    except (LaunchError, SettingsError) as error:
        raise StartupError(str(error)) from None


def _learning_arguments(settings: Settings) -> list[str]:
    return [
        *("--profiles", str(profiles_path(settings))),
        # Where the operator names a file, a wrong one is told at once.
        *([] if settings.profiles is None else ["--create-profiles"]),
        *("--profile-words", str(settings.profile_words)),
        *("--profile-days", str(settings.profile_days)),
    ]


class ModelHost:
    """Starts and stops the engine over one model, in a process of its own unless one is given.

    `load` may be called before `start`, so that a process can fail before it serves. A model process
    that ends unasked is started again.
    """

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        model: ServedModel | None = None,
        learning: Learning | None = None,
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._model: ModelProcess | ServedModel | None = model
        self._engine: Engine | RemoteEngine | None = None
        self._learning = learning
        self._store: MemorySessionStore | None = None
        self._reviving: asyncio.Task[None] | None = None
        self._stop_announced: float | None = None

    def load(self) -> None:
        """Load the model unless there is one. Raises `StartupError`."""
        if self._model is None:
            self._model = load_model(self._settings)

    async def start(self) -> None:
        """Load the model if need be, off the event loop, and start the engine. Raises `StartupError`."""
        await asyncio.to_thread(self.load)
        assert self._model is not None
        if isinstance(self._model, ModelProcess):
            self._engine = await self._attach(self._model)
            self._reviving = asyncio.create_task(self._revive(self._engine))
        else:
            settings = self._settings
            self._store = MemorySessionStore(settings.session_bytes, settings.session_idle_seconds)
            drafter = Drafter(self._model, self._store)
            self._engine = Engine(
                drafter, max_queue=settings.max_queue, observer=self._metrics, clock=time.monotonic
            )
            self._engine.start()
        self._metrics.watch(self._load)

    async def _attach(self, model: ModelProcess) -> RemoteEngine:
        engine = RemoteEngine(model, max_wait=self._settings.max_wait_ms / 1000, observer=self._metrics)
        await engine.start()
        return engine

    async def _revive(self, engine: RemoteEngine) -> None:
        """Start the model again whenever its process is lost."""
        while True:
            await engine.lost.wait()
            if self._stop_announced is not None:
                return
            pause = _FIRST_PAUSE
            while True:
                await asyncio.sleep(pause)
                if self._stop_announced is not None:
                    return
                try:
                    model = await asyncio.to_thread(load_model, self._settings)
                    assert isinstance(model, ModelProcess)
                    engine = await self._attach(model)
                    break
                except Exception as error:  # whatever it was, the next try may do better
                    reason = str(error) if isinstance(error, StartupError) else describe_failure(error)
                    _log.error("the model cannot be started again: %s", reason)
                    pause = min(2 * pause, _LONGEST_PAUSE)
            self._model, self._engine = model, engine
            _log.info("the model serves again")

    @property
    def learning(self) -> Learning | RemoteLearning | None:
        """What keeps profiles; None where there are none. Raises `ApiError` before it serves."""
        engine = self.engine
        if self._learning is not None:
            return self._learning
        if isinstance(engine, RemoteEngine) and knows_users(self._settings):
            return RemoteLearning(engine)
        return None

    @property
    def why_no_profiles(self) -> str:
        """Why there are no profiles, for who asks."""
        if not knows_users(self._settings):
            return "profiles need API keys on a service that other machines can reach"
        return "this service keeps no profiles"

    @property
    def uses_profiles(self) -> bool:
        """Whether profiles are learned and used. Erasing earlier profiles is always possible."""
        return self._settings.learning and self.learning is not None

    def _load(self) -> Load:
        engine = self._engine
        assert engine is not None
        if isinstance(engine, RemoteEngine):
            sessions, held = engine.sessions, engine.session_bytes
        else:
            assert self._store is not None
            stats = self._store.stats()
            sessions, held = stats.sessions, stats.bytes
        return Load(engine.queue_depth, engine.in_progress, sessions, held)

    def announce_stop(self) -> None:
        """Stop being ready. Requests in flight, and those that still arrive, are answered."""
        if self._stop_announced is None:
            self._stop_announced = time.monotonic()

    async def stop(self) -> None:
        """Finish what was taken, within the drain time since the announcement, and end the engine."""
        self.announce_stop()
        assert self._stop_announced is not None
        if self._reviving is not None:
            self._reviving.cancel()
        if self._engine is not None:
            passed = time.monotonic() - self._stop_announced
            await self._engine.stop(max(0.0, self._settings.drain_seconds - passed))

    def check_ready(self) -> None:
        """Raise the `ApiError` that says why requests should go elsewhere, if they should."""
        if self._stop_announced is not None:
            raise stopping()
        if self._engine is None or not self._engine.ready:
            raise not_ready()

    def check_load(self) -> None:
        """Raise the engine's `Overloaded` while there is no time to look at another request."""
        if isinstance(self._engine, RemoteEngine):
            self._engine.check_load()

    @property
    def engine(self) -> Engine | RemoteEngine:
        """The engine. Raises `ApiError` before it is started."""
        if self._engine is None:
            raise not_ready()
        return self._engine

    @property
    def model(self) -> ModelProcess | ServedModel:
        """The model. Raises `ApiError` before it serves."""
        if self._model is None or self._engine is None:
            raise not_ready()
        return self._model
