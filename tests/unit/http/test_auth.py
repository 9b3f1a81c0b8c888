"""API keys: the file, the check, and the guard before every /v1 route."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from inkling.service.http.access.api_keys import ApiKey, ApiKeys, load_api_keys
from inkling.service.http.access.caller import AccessScope
from inkling.service.http.access.secret_file import SecretFileError
from tests.programs.serving import AppClient, assert_error, fake_client


def _line(name: str, key: str) -> str:
    return f"{name}:{hashlib.sha256(key.encode()).hexdigest()}\n"


def _tenant(keys: ApiKeys, key: bytes) -> str | None:
    caller = keys.caller(key)
    return None if caller is None else caller.tenant


def _key_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "keys"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_a_key_has_its_owner(tmp_path: Path) -> None:
    text = (
        "# people\n\n"
        + _line("alice", "key-a")
        + "  "
        + _line("bob", "key-b")
        + _line("alice", "key-c").upper()
    )
    text = text.replace("ALICE", "alice")
    keys = load_api_keys(_key_file(tmp_path, text))
    assert _tenant(keys, b"key-a") == "alice"
    assert _tenant(keys, b"key-b") == "bob"
    assert _tenant(keys, b"key-c") == "alice"
    for other in (b"", b"key", b"key-a ", b"KEY-A", hashlib.sha256(b"key-a").hexdigest().encode()):
        assert _tenant(keys, other) is None


def test_a_key_has_the_scopes_of_its_line(tmp_path: Path) -> None:
    lines = [_line("acme", key).strip() for key in ("plain", "one", "all")]
    keys = load_api_keys(
        _key_file(tmp_path, f"{lines[0]}\n{lines[1]}:suggest\n{lines[2]}:suggest,learn,admin\n")
    )
    found = {key: caller.scopes for key in ("plain", "one", "all") if (caller := keys.caller(key.encode()))}
    assert found == {
        "plain": {AccessScope.SUGGEST, AccessScope.LEARN},
        "one": {AccessScope.SUGGEST},
        "all": {AccessScope.SUGGEST, AccessScope.LEARN, AccessScope.ADMIN},
    }


def test_every_key_is_compared_whichever_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(left: bytes, right: bytes) -> bool:
        compared.append(right)
        return left == right

    monkeypatch.setattr("inkling.service.http.access.api_keys.hmac.compare_digest", compare)
    known = [ApiKey(name, hashlib.sha256(name.encode()).digest()) for name in ("one", "two", "three")]
    assert _tenant(ApiKeys(known), b"one") == "one"
    assert compared == [key.digest for key in known]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no key"),
        ("# only a comment\n", "has no key"),
        ("alice:1234\n", "line 1"),
        ("\n" + _line("", "k"), "line 2"),
        (_line("a b", "k"), "line 1"),
        ("key-in-the-clear\n", "line 1"),
        (_line("alice", "k") + _line("bob", "k"), "line 2 repeats"),
        (_line("alice", "k").strip() + ":suggest,teach\n", "line 1 has an unknown scope"),
        (_line("alice", "k").strip() + ":\n", "line 1"),
        (_line("alice", "k").strip() + ":suggest,\n", "line 1"),
        (_line("alice", "k").strip() + ":suggest learn\n", "line 1"),
    ],
)
def test_a_malformed_file_is_refused_by_its_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(SecretFileError, match=reason) as caught:
        load_api_keys(_key_file(tmp_path, text))
    assert "\n" not in str(caught.value)
    assert "in-the-clear" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o644, 0o602, 0o604])
def test_a_file_open_to_everybody_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SecretFileError, match="chmod 640"):
        load_api_keys(_key_file(tmp_path, _line("alice", "k"), mode))


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_a_file_for_its_owner_and_group_is_read(tmp_path: Path, mode: int) -> None:
    assert _tenant(load_api_keys(_key_file(tmp_path, _line("alice", "k"), mode)), b"k") == "alice"


def test_a_missing_or_binary_file_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SecretFileError, match="No such file"):
        load_api_keys(tmp_path / "nowhere")
    with pytest.raises(SecretFileError, match="directory"):
        load_api_keys(tmp_path)
    binary = tmp_path / "binary"
    binary.write_bytes(os.urandom(8) + b"\xff\xfe")
    binary.chmod(0o600)
    with pytest.raises(SecretFileError, match="not text"):
        load_api_keys(binary)


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    path = _key_file(tmp_path, "\ufeff" + _line("alice", "k"))
    assert _tenant(load_api_keys(path), b"k") == "alice"


def test_the_hash_of_an_empty_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SecretFileError, match="line 2 is the hash of an empty key"):
        load_api_keys(_key_file(tmp_path, _line("alice", "k") + _line("bob", "")))


def test_an_empty_key_is_nobody_s() -> None:
    assert ApiKeys([ApiKey("alice", hashlib.sha256(b"").digest())]).caller(b"") is None


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    with pytest.raises(SecretFileError, match="not a regular file"):
        load_api_keys(pipe)
    with pytest.raises(SecretFileError, match="not a regular file"):
        load_api_keys(Path("/dev/zero"))


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[AppClient]:
    path = _key_file(tmp_path, _line("alice", "key-a") + _line("bob", "key-b"))
    with fake_client(api_keys=path) as client:
        yield client


def _as(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer key-x",
        "Basic key-a",
        "key-a",
        "Bearer key-a, key-b",
        "Bearer\xe9",
    ],
)
def test_every_v1_path_refuses_an_unknown_key(guarded: AppClient, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    for method, path in (
        ("POST", "/v1/suggestions"),
        ("GET", "/v1/sessions/a"),
        ("DELETE", "/v1/sessions/a"),
        ("GET", "/v1/models"),
        ("GET", "/v1/nowhere"),
        ("PUT", "/v1/models"),
        ("GET", "/v1"),
    ):
        response = guarded.request(method, path, headers=headers, content=b"{")
        assert_error(response, 401, "unauthorized")
        assert response.headers["www-authenticate"] == "Bearer"


def test_two_authorization_headers_are_refused(guarded: AppClient) -> None:
    headers = [("Authorization", "Bearer key-a"), ("Authorization", "Bearer key-b")]
    assert_error(guarded.get("/v1/models", headers=headers), 401, "unauthorized")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_known_key_is_served(guarded: AppClient, scheme: str) -> None:
    assert guarded.suggest(prefix="a", headers={"Authorization": f"{scheme} key-a"}).status_code == 200


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/", "/openapi.json"])
def test_what_is_not_v1_needs_no_key(guarded: AppClient, path: str) -> None:
    assert guarded.get(path).status_code == 200


def test_metrics_need_a_key_where_the_setting_says_so(tmp_path: Path) -> None:
    with fake_client(api_keys=_key_file(tmp_path, _line("prometheus", "key-p")), metrics_key=True) as client:
        assert_error(client.get("/metrics"), 401, "unauthorized")
        assert client.request("HEAD", "/metrics").status_code == 401
        assert_error(client.get("/%6Detrics"), 401, "unauthorized")
        assert client.get("/metrics", headers=_as("key-p")).status_code == 200
        for path in ("/livez", "/readyz", "/", "/openapi.json"):
            assert client.get(path).status_code == 200


def test_equal_ids_of_two_owners_are_two_sessions(guarded: AppClient) -> None:
    guarded.suggest(prefix="one two three ", session_id="same", headers=_as("key-a"))
    assert_error(guarded.get("/v1/sessions/same", headers=_as("key-b")), 404, "not_found", "session_id")
    response = guarded.request("DELETE", "/v1/sessions/same", headers=_as("key-b"))
    assert_error(response, 404, "not_found", "session_id")
    body = guarded.suggest(prefix="one two three ", session_id="same", headers=_as("key-b")).json()
    assert body["session"]["cached_tokens"] == 0
    assert guarded.get("/v1/sessions/same", headers=_as("key-a")).status_code == 200
