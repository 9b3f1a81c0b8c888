"""What `Learning` is, with the work done by the model's process."""

from collections.abc import Sequence

from service.engine.client.remote_engine import RemoteEngine
from service.engine.wire import user_to_json
from service.engine.worker.learning import ProfileExport, ProfileSizes
from service.profiles.profile_store import UserKey


class RemoteLearning:
    """See `Learning`. Raises Lost or Stopping besides."""

    def __init__(self, engine: RemoteEngine) -> None:
        self._engine = engine

    async def learn(self, user: UserKey, text: str, recipient: str | None) -> ProfileSizes:
        """See `Learning.learn`."""
        return ProfileSizes(*await self._engine.ask("learn", [user_to_json(user), text, recipient]))

    async def forbid(self, user: UserKey, phrases: Sequence[str]) -> None:
        """See `Learning.forbid`."""
        await self._engine.ask("forbid", [user_to_json(user), list(phrases)])

    async def export(self, user: UserKey) -> ProfileExport | None:
        """See `Learning.export`."""
        values = await self._engine.ask("export", [user_to_json(user)])
        if values is None:
            return None
        messages, words, forbidden = values
        return ProfileExport([(moment, text) for moment, text in messages], words, forbidden)

    async def erase(self, user: UserKey) -> bool:
        """See `Learning.erase`."""
        return bool(await self._engine.ask("erase", [user_to_json(user)]))
