"""Calls in turn: tenants share them, none fills all places, and what may not be refused is not."""

import asyncio

import pytest

from inkling.service.engine.errors import Overloaded
from inkling.service.engine.worker.turns import Turns


class Desk:
    """Calls that note in which order they are done; nothing is done before `open` is set."""

    def __init__(self, most: int = 128) -> None:
        self.turns, self.open = Turns(most), asyncio.Event()
        self.done: list[str] = []

    async def call(self, tenant: str, name: str, *, refusable: bool = True) -> None:
        async with self.turns.turn(tenant, refusable=refusable):
            await self.open.wait()
            self.done.append(f"{tenant} {name}")

    async def ask(self, tenant: str, name: str, *, refusable: bool = True) -> asyncio.Task[None]:
        asked = asyncio.create_task(self.call(tenant, name, refusable=refusable))
        await asyncio.sleep(0)
        return asked


def test_tenants_have_a_turn_each_and_calls_of_one_keep_their_order() -> None:
    async def scene() -> None:
        desk = Desk()
        asked = [await desk.ask("a", str(number)) for number in range(5)]
        asked += [await desk.ask("b", str(number)) for number in range(2)]
        desk.open.set()
        await asyncio.gather(*asked)
        assert desk.done == ["a 0", "b 0", "a 1", "b 1", "a 2", "a 3", "a 4"]

    asyncio.run(scene())


def test_a_tenant_that_asks_for_much_leaves_places_for_others() -> None:
    async def scene() -> None:
        desk = Desk()
        asked = [await desk.ask("a", str(number)) for number in range(200)]
        waiting = [one for one in asked if not one.done()]
        assert len(waiting) == 64
        for one in asked[64:]:
            with pytest.raises(Overloaded):
                await one
        waiting += [await desk.ask(tenant, "learn") for tenant in "bcdefgh"]
        waiting += [await desk.ask("a", "erase", refusable=False) for _ in range(100)]
        desk.open.set()
        await asyncio.gather(*waiting)
        assert {f"{tenant} learn" for tenant in "bcdefgh"} <= set(desk.done[:16])
        assert desk.done[-100:] == ["a erase"] * 100

    asyncio.run(scene())


def test_the_places_are_bounded_however_many_tenants_ask() -> None:
    async def scene() -> None:
        desk = Desk()
        asked = [await desk.ask(f"tenant {number % 50}", str(number)) for number in range(1000)]
        assert sum(not one.done() for one in asked) <= 128
        desk.open.set()
        await asyncio.gather(*asked, return_exceptions=True)

    asyncio.run(scene())


@pytest.mark.parametrize("given", [False, True], ids=["while it waits", "when its turn has come"])
def test_a_call_that_is_dropped_passes_its_turn_on(given: bool) -> None:
    async def scene() -> None:
        desk = Desk()
        desk.open.set()
        async with desk.turns.turn("a"):
            dropped, next_one = [await desk.ask("a", name) for name in "12"]
            if not given:
                dropped.cancel()
                await asyncio.sleep(0)
        dropped.cancel()  # where its turn has come, it has not run since
        await next_one
        assert desk.done == ["a 2"]
        await desk.call("b", "3")

    asyncio.run(scene())
