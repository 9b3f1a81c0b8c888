"""What an operator can set, from the environment (INKLING_*) or the command line, which wins."""

import difflib
import ipaddress
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_PREFIX = "INKLING_"
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_PRETRAINED = Path(__file__).resolve().parent.parent / "models" / "pretrained"


class SettingsError(Exception):
    """The settings cannot be used; the message says which and why, in one line."""


_MOST_REPLICAS = 256


class Settings(BaseSettings):
    """Every setting of the service; docs/reference/settings.md describes each."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on [127.0.0.1].")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    bundle: Path | None = Field(default=None, description="Folder of the model [the one that ships].")
    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="Where the model computes.")
    runtime: Literal["auto", "onnx", "torch"] = Field(default="auto", description="What computes.")
    threads: int = Field(default=1, ge=1, le=256, description="Threads of one computation.")
    replicas: int | Literal["auto"] = Field(
        default=1, description="Processes that hold the model; auto is the cores less one."
    )
    spare: bool = Field(default=True, description="Keep one more process ready, for when one is lost [yes].")
    max_queue: int = Field(
        default=64, ge=1, le=100_000, description="Requests of a client that may wait before 429."
    )
    max_wait_ms: int = Field(
        default=40, ge=1, le=60_000, description="A request that would wait longer gets 429."
    )
    key_work_per_minute: int | None = Field(
        default=None, ge=1, description="Work of one API key in a minute before 429 [no limit]."
    )
    client_work_per_minute: int | None = Field(
        default=None, ge=1, description="Work of one address in a minute before 429 [no limit]."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Proxies whose X-Forwarded-For counts, with commas or spaces [none]."
    )
    max_connections: int = Field(default=2000, ge=8, le=1_000_000, description="Connections at one time.")
    max_connections_per_address: int = Field(
        default=1000, ge=1, le=1_000_000, description="Of these from one address of another machine."
    )
    head_seconds: float = Field(
        default=10.0, gt=0, le=3600, allow_inf_nan=False, description="Time to send the head of a request."
    )
    body_seconds: float = Field(
        default=30.0, gt=0, le=3600, allow_inf_nan=False, description="Time to send the body of a request."
    )
    session_bytes: int = Field(
        default=256 * 1024 * 1024, ge=1024 * 1024, description="Memory for all sessions."
    )
    session_idle_seconds: float = Field(
        default=1800.0, gt=0, allow_inf_nan=False, description="An unused session lasts this long."
    )
    redis: SecretStr | None = Field(
        default=None, description="Address of Redis, for sessions that replicas share [none]."
    )
    api_keys: Path | None = Field(default=None, description="File of keys: tenant:sha256[:scopes].")
    token_secrets: Path | None = Field(
        default=None, description="File of secrets that sign short-lived tokens, one a line [no tokens]."
    )
    allow_anonymous: bool = Field(default=False, description="Serve other machines without keys.")
    metrics_key: bool = Field(default=False, description="Ask for an API key at /metrics too.")
    blocked_words: Path | None = Field(default=None, description="Words never suggested [a list that ships].")
    learning: bool = Field(default=True, description="Whether users may let it learn from sent mail [yes].")
    profiles: Path | None = Field(default=None, description="File of what it learned [in the data folder].")
    redis_profiles: SecretStr | None = Field(
        default=None, description="Address of another Redis, for profiles that replicas share [a file]."
    )
    profile_words: int = Field(
        default=20_000, ge=100, le=1_000_000, description="Words of one user that it keeps, the newest."
    )
    profile_days: float = Field(
        default=730.0,
        gt=0,
        le=36_500,
        allow_inf_nan=False,
        description="What it learned is forgotten after so long.",
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Web origins allowed to ask, with commas or spaces [none]."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Names to ask for profiles under [this machine's]."
    )
    playground: Path | None = Field(default=None, description="Folder of the widget's pages [none].")
    drain_seconds: float = Field(
        default=10.0,
        ge=0,
        le=3600,
        allow_inf_nan=False,
        description="Time to finish what is in flight at the end.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info")
    log_format: Literal["plain", "json"] = Field(default="plain")
    traces: bool = Field(
        default=False, description="Make OpenTelemetry spans, sent where the OTEL_ variables say."
    )

    @field_validator("host")
    @classmethod
    def _check_host(cls, host: str) -> str:
        if not is_numeric_address(host) and not _is_host_name(host):
            raise ValueError("must be an address such as 127.0.0.1, 0.0.0.0 or ::1, or the name of a machine")
        return host

    @field_validator("replicas", mode="before")
    @classmethod
    def _check_replicas(cls, value: object) -> object:
        number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
        if number != "auto" and not (isinstance(number, int) and 1 <= number <= _MOST_REPLICAS):
            raise ValueError(f"must be a number from 1 to {_MOST_REPLICAS}, or auto")
        return number

    @field_validator("redis", "redis_profiles")
    @classmethod
    def _check_redis(cls, address: SecretStr | None) -> SecretStr | None:
        if address is not None and not _is_redis_address(address.get_secret_value()):
            # The message must not repeat it: it may hold a password.
            raise ValueError("must be an address such as redis://host:6379/0, rediss://:password@host:6379/0")
        return address

    @field_validator("playground")
    @classmethod
    def _check_playground(cls, folder: Path | None) -> Path | None:
        if folder is not None and not (folder / "index.html").is_file():
            raise ValueError(f"{folder} holds no built pages: run make playground first")
        return folder

    @field_validator("allowed_origins", "allowed_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part for part in re.split(r"[,\s]+", value) if part)
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _check_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(host.lower().removeprefix("[").removesuffix("]") for host in hosts)
        for name in names:
            if not is_numeric_address(name) and not _is_host_name(name):
                raise ValueError("must be names such as mail.example.org, without scheme, port and path")
        return names

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            try:
                ipaddress.ip_network(proxy)
            except ValueError:
                raise ValueError("must be addresses or networks, such as 10.0.0.7 or 10.0.0.0/8") from None
        if _hold_everybody(proxies):
            raise ValueError(
                "must not hold every address, or anybody can be anybody: name your proxies alone"
            )
        return proxies

    @field_validator("allowed_origins")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            scheme, separator, host = origin.partition("://")
            if origin == "*" or (separator and scheme in ("http", "https") and host and "/" not in host):
                continue
            raise ValueError("must be origins such as https://mail.example.org, without a path, or *")
        return origins

    @model_validator(mode="after")
    def _refuse_two_places(self) -> "Settings":
        if self.redis_profiles is not None and self.profiles is not None:
            raise ValueError("--redis-profiles and --profiles name two places for profiles; give one of them")
        return self

    @model_validator(mode="after")
    def _refuse_a_key_of_none(self) -> "Settings":
        if self.metrics_key and self.api_keys is None:
            raise ValueError("--metrics-key needs --api-keys FILE: it asks for one of those keys")
        return self

    @model_validator(mode="after")
    def _refuse_tokens_of_nobody(self) -> "Settings":
        if self.token_secrets is not None and self.api_keys is None:
            raise ValueError("--token-secrets needs --api-keys FILE: a token is given for one of those keys")
        return self

    @model_validator(mode="after")
    def _refuse_every_page(self) -> "Settings":
        if "*" in self.allowed_origins and knows_users(self):
            what = "ask with the keys of --api-keys" if self.api_keys else "read and erase what was learned"
            raise ValueError(
                f"--allowed-origins * lets every page of the web {what}: name the origins of your own pages"
            )
        return self

    @model_validator(mode="after")
    def _refuse_open_service(self) -> "Settings":
        if not is_loopback(self.host) and self.api_keys is None and not self.allow_anonymous:
            raise ValueError(
                f"host {self.host} can be reached from other machines: "
                "give --api-keys FILE, or --allow-anonymous to serve everybody"
            )
        return self


def knows_users(settings: Settings) -> bool:
    """Whether a user id means anything: not where anybody could claim to be anybody."""
    return settings.api_keys is not None or is_loopback(settings.host)


def profiles_path(settings: Settings) -> Path:
    """The file of profiles: the one named, else one in the user's data folder."""
    if settings.profiles is not None:
        return settings.profiles
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "inkling" / "profiles.db"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to `host`; of a name, only localhost is believed."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_numeric_address(host: str) -> bool:
    """Whether `host` is an address of version 4 or 6, not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


_VERSION_4_IN_6 = ipaddress.IPv6Network("::ffff:0:0/96")


def _hold_everybody(networks: Sequence[str]) -> bool:
    """Whether networks together hold all addresses of version 4 or 6."""
    given = [ipaddress.ip_network(one) for one in networks]
    fours = ipaddress.collapse_addresses(one for one in given if isinstance(one, ipaddress.IPv4Network))
    sixes = ipaddress.collapse_addresses(one for one in given if isinstance(one, ipaddress.IPv6Network))
    return any(one.prefixlen == 0 for one in fours) or any(_VERSION_4_IN_6.subnet_of(one) for one in sixes)


def _is_redis_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        database = parts.path.removeprefix("/")
        return (
            parts.scheme in ("redis", "rediss")
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)
            and (not database or (database.isascii() and database.isdigit()))
        )
    except ValueError:
        return False


def _is_host_name(host: str) -> bool:
    """Whether `host` can be the name of a machine; one that ends in a number would be an address."""
    try:
        labels = host.encode("idna").decode("ascii").removesuffix(".").split(".")
    except UnicodeError:
        return False
    return all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()


def _refuse_unknown_variables() -> None:
    """A misspelt variable would be a setting that silently does nothing."""
    for variable in sorted(os.environ):
        name = variable.lower().removeprefix(_PREFIX.lower())
        if name != variable.lower() and name not in Settings.model_fields and os.environ[variable]:
            nearest = difflib.get_close_matches(name, Settings.model_fields, n=1)
            every = "docs/reference/settings.md lists all"
            hint = f"did you mean {_PREFIX}{nearest[0].upper()}?" if nearest else every
            raise SettingsError(f"there is no setting {variable}: {hint}")


def load_settings(**given: Any) -> Settings:
    """Settings from the environment, `given` before it (None: not given). Raises `SettingsError`."""
    _refuse_unknown_variables()
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:
            raise SettingsError(message) from None
        name = str(first["loc"][0])
        raise SettingsError(f"{name} (INKLING_{name.upper()}): {message}") from None


def bundle_path(settings: Settings, pretrained: Path = _PRETRAINED) -> Path:
    """The bundle to serve: the one named, else the only one under `pretrained`. Raises `SettingsError`."""
    return pretrained_bundle(pretrained) if settings.bundle is None else settings.bundle


def pretrained_bundle(pretrained: Path = _PRETRAINED) -> Path:
    """The bundle that ships: the only one under `pretrained`. Raises `SettingsError`."""
    folders = sorted(path for path in pretrained.iterdir() if path.is_dir()) if pretrained.is_dir() else []
    folders = [path for path in folders if not path.name.startswith((".", "_"))]
    if len(folders) == 1:
        return folders[0]
    found = "no bundle" if not folders else f"{len(folders)} bundles"
    raise SettingsError(f"{found} in {pretrained}: name one with --bundle PATH")
