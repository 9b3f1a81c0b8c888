"""Who asks, and what they may do."""

from dataclasses import dataclass
from enum import StrEnum


class AccessScope(StrEnum):
    """What a key or a token is good for. None holds another."""

    SUGGEST = "suggest"
    """Suggestions, events, the caller's own sessions, the model's card."""
    LEARN = "learn"
    """Profiles: to add to them, to show, to erase."""
    ADMIN = "admin"
    """To change the service itself."""


ORDINARY_SCOPES = frozenset((AccessScope.SUGGEST, AccessScope.LEARN))
"""Those of a key that names none."""


@dataclass(frozen=True, slots=True)
class Caller:
    """`tenant` is the name in the key file, empty where no key was asked for.

    `of_token` tells a token from a key. `user_id` is the only user whose profile a token reaches; with
    None it reaches none. A key reaches all profiles of its tenant.
    """

    tenant: str
    scopes: frozenset[AccessScope]
    of_token: bool = False
    user_id: str | None = None

    @property
    def drafts_owner(self) -> str:
        """Whose sessions these are. A page that holds a token sees none but those of its user's tokens.

        A tenant's name has no slash, so no two callers meet by accident.
        """
        return f"{self.tenant}/{self.user_id or ''}" if self.of_token else self.tenant

    def reaches(self, user_id: str) -> bool:
        """Whether the profile of this user of the tenant is open to the caller."""
        return not self.of_token or self.user_id == user_id


ANYBODY = Caller("", ORDINARY_SCOPES)
"""Everybody, where the service asks for no keys."""
NOBODY = Caller("", frozenset())
"""Who shows no key to a path that needs none, where others need one."""
