"""The model, its engine, and whether they take requests."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Protocol

from service.engine.drafting import Drafter
from service.engine.engine import Engine
from service.engine.model import DraftModel
from service.errors import not_ready, stopping
from service.metrics import Load, Metrics
from service.sessions.memory import MemorySessionStore
from service.settings import Settings, SettingsError, bundle_path


class StartupError(Exception):
    """The model cannot be served; the message says why, in one line."""


class ServedModel(DraftModel, Protocol):
    """What the service needs of a model besides answers."""

    @property
    def threshold(self) -> float:
        """The confidence that a best suggestion must reach when a request names none, in [0, 1]."""

    @property
    def description(self) -> Mapping[str, Any]:
        """What is told of the model to anybody who asks; JSON values only."""


def load_model(settings: Settings) -> ServedModel:
    """Load the bundle that the settings name. Raises `StartupError`."""
    from models.bundle import BundleError, load_bundle
    from models.loading import load_completer
    from models.runtime.device import DeviceError

    try:
        bundle = load_bundle(bundle_path(settings))
        return load_completer(bundle, settings.device, runtime=settings.runtime, threads=settings.threads)
    except (BundleError, DeviceError, SettingsError) as error:
        raise StartupError(str(error)) from None


class ModelHost:
    """Starts and stops the engine over one model.

    `load` may be called before `start`, so that a process can fail before it serves.
    """

    def __init__(self, settings: Settings, metrics: Metrics, model: ServedModel | None = None) -> None:
        self._settings = settings
        self._metrics = metrics
        self._model = model
        self._engine: Engine | None = None
        self._stop_announced: float | None = None

    def load(self) -> None:
        """Load the model unless there is one. Raises `StartupError`."""
        if self._model is None:
            self._model = load_model(self._settings)

    async def start(self) -> None:
        """Load the model if need be, off the event loop, and start the engine. Raises `StartupError`."""
        await asyncio.to_thread(self.load)
        assert self._model is not None
        settings = self._settings
        store = MemorySessionStore(settings.session_bytes, settings.session_idle_seconds)
        engine = Engine(
            Drafter(self._model, store),
            max_queue=settings.max_queue,
            observer=self._metrics,
            clock=time.monotonic,
        )

        def load() -> Load:
            stats = store.stats()
            return Load(
                queue_depth=engine.queue_depth,
                in_progress=engine.in_progress,
                sessions=stats.sessions,
                session_bytes=stats.bytes,
            )

        self._metrics.watch(load)
        engine.start()
        self._engine = engine

    def announce_stop(self) -> None:
        """Not ready from now on; what is in flight or still arrives is answered."""
        if self._stop_announced is None:
            self._stop_announced = time.monotonic()

    async def stop(self) -> None:
        """Finish what was taken, within the drain time since the announcement, and end the engine."""
        self.announce_stop()
        assert self._stop_announced is not None
        if self._engine is not None:
            passed = time.monotonic() - self._stop_announced
            await self._engine.stop(max(0.0, self._settings.drain_seconds - passed))

    def check_ready(self) -> None:
        """Raise the `ApiError` that says why requests should go elsewhere, if they should."""
        if self._stop_announced is not None:
            raise stopping()
        if self._engine is None or not self._engine.ready:
            raise not_ready()

    @property
    def engine(self) -> Engine:
        """The engine. Raises `ApiError` before it is started."""
        if self._engine is None:
            raise not_ready()
        return self._engine

    @property
    def model(self) -> ServedModel:
        """The model. Raises `ApiError` before it serves."""
        if self._model is None or self._engine is None:
            raise not_ready()
        return self._model
