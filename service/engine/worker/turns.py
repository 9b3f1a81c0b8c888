"""Calls that are done one after the other, tenants in turn."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext

from inkling.service.engine.errors import Overloaded
from inkling.service.engine.places import Places
from inkling.service.engine.worker.fair_share import FairShare

_RETRY_SECONDS = 2.0


class Turns:
    """Whose turn it is. Calls of one tenant are done in the order in which they came.

    Belongs to one event loop.
    """

    def __init__(self, most: int) -> None:
        """Of `most` places for calls that may be refused, a tenant alone has half."""
        self._places = Places(most, (1.0,))
        self._shares = FairShare()
        self._waiting: list[tuple[Sequence[str], asyncio.Future[None]]] = []
        self._taken = False

    @asynccontextmanager
    async def turn(self, *flow: str, refusable: bool = True) -> AsyncIterator[None]:
        """Wait for a turn of a flow and have it. Raises Overloaded where it has no place to wait.

        What is not `refusable` takes no place. No flow means the service itself: its turn is the next.
        """
        if refusable and not self._places.has_room(flow):
            raise Overloaded(_RETRY_SECONDS)
        with self._places.held(flow) if refusable else nullcontext():
            await self._take(flow)
            try:
                yield
            finally:
                self._pass_on()

    async def _take(self, flow: Sequence[str]) -> None:
        if not self._taken:
            self._taken = True
            self._shares.charge(flow, 1.0)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = (flow, turn)
        self._waiting.append(waiting)
        try:
            await turn
        except asyncio.CancelledError:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            else:  # the turn had come
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        if not self._waiting:
            self._taken = False
            return
        first = min(self._waiting, key=lambda waiting: self._shares.place(waiting[0]))
        self._waiting.remove(first)
        flow, turn = first
        self._shares.charge(flow, 1.0)
        turn.set_result(None)
