"""Settings: defaults, the environment, what is refused, and that each is documented."""

import re
from pathlib import Path
from typing import Any

import pytest

from inkling.service.cli.serve_command import command
from inkling.service.settings import (
    Settings,
    SettingsError,
    bundle_path,
    is_loopback,
    knows_users,
    load_settings,
)

_DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "settings.md"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"INKLING_{name.upper()}", raising=False)


def test_the_defaults_serve_this_machine_only() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.device) == ("127.0.0.1", 8000, "auto")
    assert settings.threads == 1
    assert settings.allowed_origins == ()
    assert settings.api_keys is None


def test_the_environment_sets_and_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKLING_PORT", "9000")
    monkeypatch.setenv("INKLING_THREADS", "2")
    monkeypatch.setenv("INKLING_BUNDLE", "")
    monkeypatch.setenv("INKLING_ALLOWED_ORIGINS", "https://a.example.org, http://localhost:3000")
    settings = load_settings(port=9001, threads=None)
    assert (settings.port, settings.threads, settings.bundle) == (9001, 2, None)
    assert settings.allowed_origins == ("https://a.example.org", "http://localhost:3000")


@pytest.mark.parametrize(
    "written",
    [
        "https://a.example.org http://localhost:3000",
        "https://a.example.org,http://localhost:3000",
        " https://a.example.org ,  http://localhost:3000,\n",
    ],
)
def test_lists_take_spaces_as_well_as_commas(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    origins = ("https://a.example.org", "http://localhost:3000")
    assert load_settings(allowed_origins=written).allowed_origins == origins
    monkeypatch.setenv("INKLING_ALLOWED_ORIGINS", written)
    assert load_settings().allowed_origins == origins
    assert load_settings(trusted_proxies="10.0.0.7, ::1").trusted_proxies == ("10.0.0.7", "::1")
    assert load_settings(allowed_hosts="a.example.org ::1").allowed_hosts == ("a.example.org", "::1")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"port": 65_536}, "INKLING_PORT"),
        ({"port": -1}, "INKLING_PORT"),
        ({"device": "tpu"}, "INKLING_DEVICE"),
        ({"threads": 0}, "INKLING_THREADS"),
        ({"max_queue": 0}, "INKLING_MAX_QUEUE"),
        ({"session_bytes": 1}, "INKLING_SESSION_BYTES"),
        ({"session_idle_seconds": 0}, "INKLING_SESSION_IDLE_SECONDS"),
        ({"drain_seconds": float("nan")}, "INKLING_DRAIN_SECONDS"),
        ({"log_level": "loud"}, "INKLING_LOG_LEVEL"),
        ({"playground": "nowhere"}, "INKLING_PLAYGROUND"),
        ({"allowed_origins": "mail.example.org"}, "INKLING_ALLOWED_ORIGINS"),
        ({"allowed_origins": "https://mail.example.org/path"}, "INKLING_ALLOWED_ORIGINS"),
        ({"allowed_hosts": "https://mail.example.org"}, "INKLING_ALLOWED_HOSTS"),
        ({"trusted_proxies": "proxy.example.org"}, "INKLING_TRUSTED_PROXIES"),
        ({"trusted_proxies": "*"}, "INKLING_TRUSTED_PROXIES"),
        ({"trusted_proxies": "0.0.0.0/0"}, "name your proxies alone"),
        ({"trusted_proxies": "10.0.0.7, ::/0"}, "name your proxies alone"),
        ({"trusted_proxies": "0.0.0.0/1 128.0.0.0/1"}, "name your proxies alone"),
        ({"trusted_proxies": "::ffff:0:0/96"}, "name your proxies alone"),
        ({"allowed_hosts": "mail.example.org:8000"}, "INKLING_ALLOWED_HOSTS"),
        ({"allowed_hosts": "*"}, "INKLING_ALLOWED_HOSTS"),
    ],
)
def test_a_value_out_of_range_is_one_line_with_its_name(given: dict[str, Any], name: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        load_settings(**given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "mail.example.org", "::ffff:1.2.3.4"])
def test_other_machines_are_served_only_with_keys_or_on_purpose(host: str) -> None:
    with pytest.raises(SettingsError, match="--allow-anonymous"):
        load_settings(host=host)
    assert load_settings(host=host, allow_anonymous=True).host == host
    assert load_settings(host=host, api_keys=Path("keys")).host == host


@pytest.mark.parametrize(
    "host",
    ["999.1.1.1", "1.2.3", "127.1", "0", "a..b", ".", "[::1]", "http://a", "a b", "a:80", "-a", "x" * 64],
)
def test_what_is_no_address_is_told_as_that(host: str) -> None:
    with pytest.raises(SettingsError, match=r"INKLING_HOST.*must be an address"):
        load_settings(host=host)


@pytest.mark.parametrize(
    "host", ["mail", "mail.example.org.", "my_host", "bücher.example", "fe80::1%lo", "1a.2b"]
)
def test_an_address_or_a_name_is_taken(host: str) -> None:
    assert load_settings(host=host, allow_anonymous=True).host == host


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("INKLING_PROT", "INKLING_PORT"),
        ("INKLING_API_KEY", "INKLING_API_KEYS"),
        ("inkling_alow_anonymous", "INKLING_ALLOW_ANONYMOUS"),
        ("INKLING_QQ", "docs/reference/settings.md"),
    ],
)
def test_an_unknown_variable_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, hint: str) -> None:
    monkeypatch.setenv(variable, "secret")
    with pytest.raises(SettingsError, match=hint) as caught:
        load_settings()
    assert variable in str(caught.value)
    assert "secret" not in str(caught.value)
    monkeypatch.setenv(variable, "")
    assert load_settings().port == 8000


def test_hosts_are_names_without_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKLING_ALLOWED_HOSTS", "Mail.example.org, [::1]")
    assert load_settings().allowed_hosts == ("mail.example.org", "::1")


@pytest.mark.parametrize(
    "address",
    ["redis://cache", "redis://cache:6380/2", "rediss://user:hush@[::1]:6379/0", "redis://:hush@10.0.0.1"],
)
def test_an_address_of_redis_is_taken_and_not_shown(address: str) -> None:
    found = load_settings(redis=address)
    assert found.redis is not None
    assert found.redis.get_secret_value() == address
    assert "hush" not in repr(found)
    assert "hush" not in found.model_dump_json()


@pytest.mark.parametrize(
    "address",
    ["cache:6379", "http://hush", "redis://", "redis://:hush@", "redis://cache:hush", "redis://cache/hush"],
)
def test_what_is_no_address_of_redis_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(SettingsError, match=r"INKLING_REDIS.*redis://host:6379/0") as refused:
        load_settings(redis=address)
    assert "hush" not in str(refused.value)


def test_profiles_have_one_place() -> None:
    with pytest.raises(SettingsError, match="give one of them"):
        load_settings(redis_profiles="redis://cache", profiles=Path("profiles.db"))
    with pytest.raises(SettingsError, match=r"INKLING_REDIS_PROFILES.*redis://host:6379/0") as refused:
        load_settings(redis_profiles="http://hush")
    assert "hush" not in str(refused.value)
    assert load_settings(redis_profiles="redis://cache").redis_profiles is not None


def test_a_key_for_metrics_needs_keys() -> None:
    with pytest.raises(SettingsError, match="--api-keys"):
        load_settings(metrics_key=True)
    assert load_settings(metrics_key=True, api_keys=Path("keys")).metrics_key


def test_tokens_need_keys() -> None:
    with pytest.raises(SettingsError, match="--api-keys"):
        load_settings(token_secrets=Path("secrets"))
    assert load_settings(token_secrets=Path("secrets"), api_keys=Path("keys")).token_secrets


def test_keys_are_not_for_every_page_of_the_web() -> None:
    with pytest.raises(SettingsError, match="name the origins"):
        load_settings(allowed_origins="https://mail.example *", api_keys=Path("keys"))
    assert load_settings(allowed_origins="https://mail.example", api_keys=Path("keys")).allowed_origins


@pytest.mark.parametrize("learning", [True, False])
def test_what_was_learned_is_not_for_every_page_of_the_web(learning: bool) -> None:
    """What was learned can be read and erased where nothing is learned any more."""
    with pytest.raises(SettingsError, match="erase what was learned: name the origins") as caught:
        load_settings(allowed_origins="*", learning=learning)
    assert "\n" not in str(caught.value)
    # Where anybody may ask, there are no users and no profiles.
    settings = load_settings(allowed_origins="*", host="0.0.0.0", allow_anonymous=True)
    assert settings.allowed_origins == ("*",)
    assert not knows_users(settings)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_no_keys(host: str) -> None:
    assert is_loopback(host)
    assert load_settings(host=host).host == host


def test_the_only_pretrained_bundle_is_the_default(tmp_path: Path) -> None:
    settings = load_settings()
    with pytest.raises(SettingsError, match="no bundle"):
        bundle_path(settings, tmp_path / "nowhere")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "one").mkdir()
    (tmp_path / "README.md").touch()
    assert bundle_path(settings, tmp_path) == tmp_path / "one"
    (tmp_path / "two").mkdir()
    with pytest.raises(SettingsError, match="2 bundles"):
        bundle_path(settings, tmp_path)
    assert bundle_path(load_settings(bundle=tmp_path / "two"), tmp_path) == tmp_path / "two"


def _documented() -> dict[str, tuple[str, str]]:
    rows = re.findall(
        r"^\| `INKLING_(\w+)` \| `(--[\w-]+)` \| ([^|]+) \|", _DOCUMENT.read_text(), re.MULTILINE
    )
    return {name.lower(): (option, default.strip()) for name, option, default in rows}


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert list(_documented()) == list(Settings.model_fields)


def test_the_documented_defaults_are_true() -> None:
    for name, (_, documented) in _documented().items():
        default = Settings.model_fields[name].default
        if name in ("bundle", "blocked_words"):
            assert documented == ("the one that ships" if name == "bundle" else "a list that ships")
        elif name in ("learning", "profiles"):
            assert documented == ("on" if name == "learning" else "in the data folder")
        elif default is True:
            assert documented == "on"
        elif default in (None, (), False):
            assert documented == "none" or (default is False and documented == "off")
        else:
            assert documented == (f"`{default:g}`" if isinstance(default, float) else f"`{default}`")


def test_every_setting_is_an_option_of_serve() -> None:
    options = {parameter.name: parameter.opts[0] for parameter in command.params}
    assert options == {name: option for name, (option, _) in _documented().items()}
