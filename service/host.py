"""Starts, watches and stops the model's engine, and tells whether it takes requests."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from inkling.service.engine.client.engine_client import EngineClient
from inkling.service.engine.client.worker_client import WorkerClient
from inkling.service.engine.client.worker_process import LaunchError, WorkerProcess
from inkling.service.engine.failure import describe_failure
from inkling.service.engine.observer import Observer
from inkling.service.engine.served import ServedModel
from inkling.service.engine.worker_config import WorkerConfig
from inkling.service.http.answers.error_answers import not_ready, stopping
from inkling.service.monitoring.metrics import Metrics
from inkling.service.settings import Settings, SettingsError, bundle_path, knows_users, profiles_path

_log = logging.getLogger("inkling.server")

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a lost model is started again, the first time and at most."""


class StartupError(Exception):
    """The model cannot be served; the message says why, in one line."""


Launch = Callable[[Settings, Observer], EngineClient]
"""Loads a model and returns its engine, which is not started. Raises `StartupError`."""


def launch_worker(settings: Settings, observer: Observer) -> EngineClient:
    """Start a process that serves the bundle which the settings name. Raises `StartupError`."""
    try:
        worker = WorkerProcess.launch(worker_config(settings))
    except (LaunchError, SettingsError) as error:
        raise StartupError(str(error)) from None
    return WorkerClient(
        worker, max_queue=settings.max_queue, max_wait=settings.max_wait_ms / 1000, observer=observer
    )


def worker_config(settings: Settings) -> WorkerConfig:
    """The worker's configuration: the settings of the same names. Raises `SettingsError`."""
    told: dict[str, Any] = {field.name: getattr(settings, field.name, None) for field in fields(WorkerConfig)}
    told["bundle"] = bundle_path(settings)
    told["profiles"] = profiles_path(settings) if knows_users(settings) else None
    # If the operator names a file, an error in it is reported at once.
    told["create_profiles"] = settings.profiles is not None
    told |= {name: str(one) for name, one in told.items() if isinstance(one, Path)}
    return WorkerConfig(**told)


class ModelHost:
    """Starts and stops the engine of one model. Restarts it when its process ends unexpectedly.

    `load` may be called before `start`, so that a process can fail before it serves.
    """

    def __init__(self, settings: Settings, metrics: Metrics, launch: Launch | None = None) -> None:
        """Without `launch`, the model runs in a process of its own."""
        self._settings, self._metrics = settings, metrics
        self._launch = launch or launch_worker
        self._engine: EngineClient | None = None
        self._started = False
        self._reviving: asyncio.Task[None] | None = None
        self._stop_announced: float | None = None

    def load(self) -> None:
        """Load the model unless there is one. Raises `StartupError`."""
        if self._engine is None:
            self._engine = self._launch(self._settings, self._metrics)

    async def start(self) -> None:
        """Load the model if need be, off the event loop, and start the engine. Raises `StartupError`."""
        await asyncio.to_thread(self.load)
        assert self._engine is not None
        await self._engine.start()
        self._started = True
        self._reviving = asyncio.create_task(self._revive(self._engine))
        self._metrics.watch(lambda: self.engine.load)

    async def _revive(self, engine: EngineClient) -> None:
        """Start the model again whenever it is lost."""
        while True:
            await engine.wait_lost()
            if self._stop_announced is not None:
                return
            pause = _FIRST_PAUSE
            while True:
                await asyncio.sleep(pause)
                if self._stop_announced is not None:
                    return
                try:
                    engine = await asyncio.to_thread(self._launch, self._settings, self._metrics)
                    await engine.start()
                    break
                except Exception as error:  # whatever the error was, the next try may succeed
                    reason = str(error) if isinstance(error, StartupError) else describe_failure(error)
                    _log.error("the model cannot be started again: %s", reason)
                    pause = min(2 * pause, _LONGEST_PAUSE)
            self._engine = engine
            _log.info("the model serves again")

    @property
    def learning(self) -> EngineClient | None:
        """The part that keeps profiles; None if there are no profiles. Raises `ApiError` before the engine
        serves.
        """
        return self.engine if self.engine.model.profiles else None

    @property
    def why_no_profiles(self) -> str:
        """The reason why there are no profiles, for the client."""
        if not knows_users(self._settings):
            return "profiles need API keys on a service that other machines can reach"
        return "this service keeps no profiles"

    @property
    def uses_profiles(self) -> bool:
        """Whether profiles are learned and used. Erasing earlier profiles is always possible."""
        return self._settings.learning and self.learning is not None

    def announce_stop(self) -> None:
        """Stop being ready. Requests in flight, and requests that still arrive, are answered."""
        if self._stop_announced is None:
            self._stop_announced = time.monotonic()

    async def stop(self) -> None:
        """Finish accepted requests, within the drain time since the announcement, and end the engine."""
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
        if not self.engine.ready:
            raise not_ready()

    def check_load(self) -> None:
        """Raise the engine's `Overloaded` while there is no time to look at another request."""
        if self._started:
            self.engine.check_load()

    @property
    def engine(self) -> EngineClient:
        """The engine. Raises `ApiError` before it is started."""
        if self._engine is None or not self._started:
            raise not_ready()
        return self._engine

    @property
    def model(self) -> ServedModel:
        """The model that serves. Raises `ApiError` before it serves."""
        return self.engine.model
