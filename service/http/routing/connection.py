"""Work for a client only as long as the client is there."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

T = TypeVar("T")


class ClientLeftError(Exception):
    """The client closed its connection before the answer was ready."""


async def answer_while_connected(work: Coroutine[Any, Any, T], receive: Receive) -> T:
    """Await `work` as long as the client is there.

    `receive` must have given the whole body already. The work is cancelled, and has ended, when this
    raises `ClientLeftError` or is itself cancelled.
    """
    answering = asyncio.current_task()
    assert answering is not None
    # As asyncio.timeout does it: the work stays in this task, and another may cancel it.
    watching = asyncio.create_task(_cancel_when_gone(receive, answering))
    try:
        return await work
    except asyncio.CancelledError:
        if watching.done() and answering.uncancel() == 0:
            raise ClientLeftError from None
        raise
    finally:
        watching.cancel()


async def _cancel_when_gone(receive: Receive, answering: asyncio.Task[Any]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    answering.cancel()
