"""The scope that a route asks of its caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute

from inkling.service.http.access.caller import AccessScope, Caller
from inkling.service.http.answers.error_answers import ApiError


@dataclass(frozen=True, slots=True)
class Needs:
    """A dependency that lets through who has the scope."""

    scope: AccessScope

    async def __call__(self, request: Request) -> None:
        """See `check`."""
        self.check(request)

    def check(self, request: Request) -> None:
        """Raise the `ApiError` 403 for a caller without the scope."""
        caller = caller_of(request)
        if self.scope not in caller.scopes:
            raise ApiError(
                403,
                "forbidden",
                f"this asks for {'a token' if caller.of_token else 'an API key'} with the scope {self.scope}",
                headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{self.scope}"'},
            )


def needs(scope: AccessScope) -> Any:
    """For `dependencies=[...]` of a router or a route: every /v1 route has one.

    A route that changes the service itself is guarded by `needs(AccessScope.ADMIN)`. Without API keys nobody
    has that scope.
    """
    return Depends(Needs(scope))


def needed_by(route: APIRoute) -> Sequence[Needs]:
    """What a route needs."""
    return [one.dependency for one in route.dependencies if isinstance(one.dependency, Needs)]


def caller_of(request: Request) -> Caller:
    """Who asks."""
    caller = request.state.caller
    assert isinstance(caller, Caller)
    return caller
