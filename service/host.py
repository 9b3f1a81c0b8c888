"""Starts, watches and stops the model's engine, and tells whether it takes requests."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from inkling.models.bundle.bundle import MANIFEST, BundleError
from inkling.service.control_groups import ControlGroups, usable_cores
from inkling.service.engine.client.engine_client import EngineClient
from inkling.service.engine.client.kept_bundle import KeptBundle
from inkling.service.engine.client.replica_set import ReplicaSet
from inkling.service.engine.client.worker_client import WorkerClient
from inkling.service.engine.client.worker_process import LaunchError, WorkerProcess
from inkling.service.engine.observer import Observer
from inkling.service.engine.served import ServedModel
from inkling.service.engine.worker_config import WorkerConfig
from inkling.service.http.answers.error_answers import not_ready, stopping
from inkling.service.monitoring.metrics import Metrics
from inkling.service.settings import Settings, SettingsError, bundle_path, knows_users, profiles_path

_log = logging.getLogger("inkling.server")


class StartupError(LaunchError):
    """The model cannot be served; the message says why, in one line."""


Launch = Callable[[Settings, Observer], EngineClient]
"""Loads a model and returns its engine, which is not started. Raises `StartupError`."""


def launch_worker(settings: Settings, observer: Observer, kept: KeptBundle) -> EngineClient:
    """Start a process that serves the bundle which is kept. Raises `StartupError`."""
    try:
        config = worker_config(settings)
        worker = WorkerProcess.launch(replace(config, bundle=str(kept.folder), manifest_digest=kept.digest))
    except (LaunchError, SettingsError) as error:
        raise StartupError(kept.public(str(error))) from None
    return WorkerClient(
        worker, max_queue=settings.max_queue, max_wait=settings.max_wait_ms / 1000, observer=observer
    )


def replica_count(settings: Settings, groups: ControlGroups | None = None) -> int:
    """How many workers answer: `auto` leaves one core to HTTP, of those that a container may use too."""
    if settings.replicas == "auto":
        return max(1, int(usable_cores(groups)) - 1)
    return settings.replicas


def worker_config(settings: Settings) -> WorkerConfig:
    """What a worker is told: the settings of the same names. Raises `SettingsError`."""
    told: dict[str, Any] = {field.name: getattr(settings, field.name, None) for field in fields(WorkerConfig)}
    told["session_bytes"] = settings.session_bytes // replica_count(settings)
    told["bundle"] = bundle_path(settings)
    in_redis = settings.redis_profiles is not None
    told["profiles"] = profiles_path(settings) if knows_users(settings) and not in_redis else None
    told["redis"] = _revealed(settings.redis)
    told["redis_profiles"] = _revealed(settings.redis_profiles) if knows_users(settings) else None
    # If the operator names a file, an error in it is reported at once.
    told["create_profiles"] = settings.profiles is not None
    told |= {name: str(one) for name, one in told.items() if isinstance(one, Path)}
    return WorkerConfig(**told)


def _revealed(address: SecretStr | None) -> str | None:
    return None if address is None else address.get_secret_value()


class ModelHost:
    """Starts and stops the engine over one model, in as many workers as the settings say.

    The bundle is kept as it was, so a worker that is lost later comes back with the same model. `load` may
    be called before `start`, so that a process can fail before it serves.
    """

    def __init__(self, settings: Settings, metrics: Metrics, launch: Launch | None = None) -> None:
        """Without `launch`, each worker is a process of its own."""
        self._settings, self._metrics = settings, metrics
        self._launch = launch
        self._kept: KeptBundle | None = None
        self._replicas = ReplicaSet(self._launch_first, replica_count(settings), spare=settings.spare)
        self._manifest: bytes | None = None
        self._reloading = asyncio.Lock()
        self._started = False
        self._stop_announced: float | None = None

    def load(self) -> None:
        """Load the model unless it is loaded. Raises `StartupError`."""
        if self._manifest is None:
            manifest = self._read_manifest()
            self._kept, self._manifest = self._keep(), manifest
        self._replicas.launch()

    def _keep(self) -> KeptBundle | None:
        """Keep the bundle that the settings name now, for workers that read it. Raises `StartupError`."""
        if self._launch is not None:
            return None
        try:
            return KeptBundle(bundle_path(self._settings))
        except (BundleError, SettingsError) as error:
            raise StartupError(str(error)) from None

    def _launcher(self, kept: KeptBundle | None) -> Callable[[], EngineClient]:
        if self._launch is not None:
            return partial(self._launch, self._settings, self._metrics)
        assert kept is not None
        return partial(launch_worker, self._settings, self._metrics, kept)

    def _launch_first(self) -> EngineClient:
        return self._launcher(self._kept)()

    def _use(self, kept: KeptBundle | None) -> None:
        """Workers read this from now on, and no longer what was kept before."""
        if self._kept is not None and self._kept is not kept:
            self._kept.remove()
        self._kept = kept
        if kept is not None and kept.why_not:
            _log.warning(
                "the bundle cannot be copied to the folder of temporary files (%s): a lost worker is started "
                "again only while the bundle lies where it was",
                kept.why_not,
            )

    def _read_manifest(self) -> bytes:
        """The manifest of the bundle that the settings name now; nothing where it cannot be read."""
        try:
            return (bundle_path(self._settings) / MANIFEST).read_bytes()
        except (OSError, SettingsError):
            return b""

    async def reload(self) -> bool:
        """Serve the bundle that the settings name now; tells whether it is another one than before.

        Every worker is replaced by a new one, so that no state of the old model is used with the new one.
        Requests in flight end with the model that they began with. Raises `StartupError` for a bundle that
        cannot be served; then the old one goes on.
        """
        async with self._reloading:
            manifest = await asyncio.to_thread(self._read_manifest)
            if manifest == self._manifest:
                self._metrics.count_reload("unchanged")
                return False
            kept = None
            try:
                kept = await asyncio.to_thread(self._keep)
                await self._replicas.renew(self._launcher(kept), self._settings.drain_seconds)
            except BaseException as error:
                if kept is not None:
                    kept.remove()
                if isinstance(error, StartupError):
                    self._metrics.count_reload("refused")
                raise
            self._use(kept)
            self._metrics.count_reload("changed")
            self._manifest = manifest
            _log.info("the model is %s now", self.model.name)
            return True

    async def reload_and_log(self) -> None:
        """See `reload`; whatever fails is logged."""
        try:
            if not await self.reload():
                _log.info("the bundle has not changed")
        except StartupError as error:
            _log.error("the model stays as it was: %s", error)

    async def start(self) -> None:
        """Load the model if need be, off the event loop, and start the engine. Raises `StartupError`."""
        await asyncio.to_thread(self.load)
        self._use(self._kept)
        await self._replicas.start()
        self._started = True
        self._metrics.watch(
            lambda: self._replicas.load, lambda: self._replicas.workers, lambda: self._is_taking_requests
        )

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
        passed = time.monotonic() - self._stop_announced
        await self._replicas.stop(max(0.0, self._settings.drain_seconds - passed))
        if self._kept is not None:
            self._kept.remove()

    def check_ready(self) -> None:
        """Raise the `ApiError` that says why requests should go elsewhere, if they should."""
        if self._stop_announced is not None:
            raise stopping()
        if not self.engine.ready:
            raise not_ready()

    @property
    def _is_taking_requests(self) -> bool:
        return self._stop_announced is None and self._replicas.ready

    def check_load(self) -> None:
        """Raise the engine's `Overloaded` while there is no time to look at another request."""
        if self._started:
            self.engine.check_load()

    @property
    def engine(self) -> EngineClient:
        """The engine. Raises `ApiError` before it is started."""
        if not self._started:
            raise not_ready()
        return self._replicas

    @property
    def model(self) -> ServedModel:
        """The model that serves. Raises `ApiError` before it serves."""
        return self.engine.model
