"""Scopes: what a key is good for, told by each route."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inkling.service.http.access.caller import AccessScope
from inkling.service.http.routing.needs import needs
from tests.materials.key_files import bearer, key_file, key_line
from tests.programs.serving import AppClient, app_client, assert_error, fake_app, fake_client, settings

_USER_CALLS = [
    ("POST", "/v1/users/ada/messages"),
    ("GET", "/v1/users/ada"),
    ("DELETE", "/v1/users/ada"),
    ("PUT", "/v1/users/ada/forbidden-phrases"),
    ("GET", "/v1/users/ada/forbidden-phrases"),
    ("PATCH", "/v1/users/ada/forbidden-phrases"),
]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[AppClient]:
    path = key_file(
        tmp_path,
        key_line("acme", "key-plain"),
        key_line("acme", "key-suggest", "suggest"),
        key_line("acme", "key-learn", "learn"),
        key_line("acme", "key-admin", "admin"),
    )
    with fake_client(api_keys=path) as client:
        yield client


def test_every_route_names_the_scope_that_is_missing_before_it_reads_anything(client: AppClient) -> None:
    document = client.get("/openapi.json").json()
    calls = [
        (method.upper(), path.replace("{", "").replace("}", ""))
        for path, operations in document["paths"].items()
        for method in operations
        if path.startswith("/v1/") and not path.startswith("/v1/admin/")
    ]
    assert len(calls) >= 10
    for method, path in calls:
        # Were the body read, or the path, it would be a 400, 404 or 422.
        response = client.request(
            method,
            path,
            headers={**bearer("key-admin"), "Content-Type": "application/json"},
            content=b'{"private',
        )
        message = assert_error(response, 403, "forbidden")
        missing = "learn" if path.startswith("/v1/users/") else "suggest"
        assert f"scope {missing}" in message, (method, path)
        assert f'scope="{missing}"' in response.headers["www-authenticate"]


def test_a_key_without_scopes_suggests_and_learns_as_before(client: AppClient) -> None:
    assert client.suggest(prefix="a", headers=bearer("key-plain")).status_code == 200
    for method, path in _USER_CALLS:
        response = client.request(method, path, headers=bearer("key-plain"), content=b"{")
        # The fake model keeps no profiles. Its refusal comes after that of scopes.
        assert "scope" not in response.text, (method, path)


def test_a_key_that_only_suggests_learns_nothing_and_the_other_way_round(client: AppClient) -> None:
    assert client.suggest(prefix="a", headers=bearer("key-suggest")).status_code == 200
    for method, path in _USER_CALLS:
        assert "scope learn" in assert_error(
            client.request(method, path, headers=bearer("key-suggest"), content=b"{"), 403, "forbidden"
        )
    assert_error(client.suggest(prefix="a", headers=bearer("key-learn")), 403, "forbidden")


async def _change() -> dict[str, str]:
    return {}


@pytest.mark.parametrize(
    ("credential", "status"), [("key-admin", 200), ("key-plain", 403), ("key-suggest", 403), (None, 401)]
)
def test_an_admin_route_is_for_holders_of_that_scope(
    tmp_path: Path, credential: str | None, status: int
) -> None:
    path = key_file(
        tmp_path,
        key_line("acme", "key-plain"),
        key_line("acme", "key-suggest", "suggest"),
        key_line("ops", "key-admin", "admin"),
    )
    app = fake_app(settings(api_keys=path))
    app.add_api_route("/v1/admin/test", _change, methods=["POST"], dependencies=[needs(AccessScope.ADMIN)])
    with app_client(app) as client:
        headers = {} if credential is None else bearer(credential)
        assert client.request("POST", "/v1/admin/test", headers=headers).status_code == status


def test_without_keys_nobody_is_an_administrator() -> None:
    app = fake_app(settings())
    for path in ("/v1/admin/test", "/admin/test"):
        app.add_api_route(path, _change, methods=["POST"], dependencies=[needs(AccessScope.ADMIN)])
    with app_client(app) as client:
        for path in ("/v1/admin/test", "/admin/test"):
            assert "scope admin" in assert_error(client.request("POST", path), 403, "forbidden")
