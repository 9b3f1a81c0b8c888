"""Work that is reserved while requests are answered, and counted when they end."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from inkling.service.engine.errors import Overloaded, Superseded
from inkling.service.http.answers.error_answers import ApiError
from inkling.service.http.routing.work_limits import WorkLimits
from inkling.service.monitoring.metrics import Metrics
from tests.programs.serving import settings

ADA, BOB = ("tenant", "ada", ""), ("tenant", "bob", "")


async def answer(limits: WorkLimits, predicted: int, took: int, flow: tuple[str, ...] = ADA) -> None:
    async with limits.reserved(flow, predicted) as work:
        work.done(took)


async def _left(limits: WorkLimits, flow: tuple[str, ...] = ADA) -> int:
    """How much small work a client may still have."""
    done = 0
    while True:
        try:
            await answer(limits, 1, 1, flow)
        except ApiError:
            return done
        done += 1


def _scene(scene: Callable[[WorkLimits], Awaitable[None]], **limits: int) -> None:
    async def run() -> None:
        await scene(WorkLimits(settings(**limits), Metrics()))

    asyncio.run(run())


@pytest.mark.parametrize("limit", ["key_work_per_minute", "client_work_per_minute"])
def test_many_at_once_get_no_more_than_many_in_a_row(limit: str) -> None:
    async def scene(limits: WorkLimits) -> None:
        end, begun = asyncio.Event(), 0

        async def ask() -> None:
            nonlocal begun
            async with limits.reserved(ADA, 100) as work:
                begun += 1
                await end.wait()
                work.done(90)

        asked = [asyncio.create_task(ask()) for _ in range(60)]
        await asyncio.sleep(0.05)
        assert begun == 4
        end.set()
        refused = [one for one in await asyncio.gather(*asked, return_exceptions=True) if one is not None]
        assert len(refused) == 56
        assert all(isinstance(one, ApiError) and one.status == 429 for one in refused)
        assert await _left(limits) == 400 - 4 * 90

    _scene(scene, **{limit: 400})


def test_what_a_request_took_counts_in_place_of_what_it_was_predicted() -> None:
    async def scene(limits: WorkLimits) -> None:
        await answer(limits, 1000, 30)
        await answer(limits, 1, 300)
        assert await _left(limits) == 70
        assert await _left(limits, BOB) == 400

    _scene(scene, client_work_per_minute=400)


def test_a_request_that_is_refused_for_load_costs_nothing() -> None:
    async def scene(limits: WorkLimits) -> None:
        for _ in range(20):
            with pytest.raises(Overloaded):
                async with limits.reserved(ADA, 100):
                    raise Overloaded(1.0)
        assert await _left(limits) == 400

    _scene(scene, client_work_per_minute=400)


def test_of_a_request_in_parts_those_count_that_were_begun() -> None:
    async def ask(limits: WorkLimits, error: Exception) -> None:
        async with limits.reserved(ADA, 300) as work:
            work.begin(100)
            work.done(40)
            work.begin(100)
            raise error

    async def scene(limits: WorkLimits) -> None:
        for error in (Overloaded(1.0), Superseded()):
            with pytest.raises(type(error)):
                await ask(limits, error)
        assert await _left(limits) == 400 - 40 - 140

    _scene(scene, client_work_per_minute=400)
