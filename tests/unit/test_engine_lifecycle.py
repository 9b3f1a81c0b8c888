"""The model thread from start to stop: it drains, it outlives errors, it serves any event loop."""

import asyncio
import gc
import threading
from collections.abc import Callable, Coroutine

import pytest

from models.text.masking import NO_NAMES
from service.engine.errors import Stopping, Superseded
from service.engine.observer import Outcome
from service.engine.worker.drafting import Drafter
from service.engine.worker.engine import Engine
from service.sessions.memory_sessions import MemorySessionStore
from service.sessions.session_store import SessionKey
from tests.engine_rig import ADA, BOB, PATIENCE, Rig, job, right, running
from tests.fakes import FakeModel


def test_stop_finishes_what_was_taken_and_refuses_the_rest() -> None:
    async def scene() -> None:
        async with running() as rig:
            taken = [await rig.block(), *await rig.submit(job(ADA, "a "), job(BOB, "b "))]
            stopping = asyncio.create_task(rig.engine.stop(PATIENCE))
            await asyncio.sleep(0)
            assert not rig.engine.ready
            for refused in (
                rig.engine.suggest(job(None, "c ")),
                rig.engine.describe_session(ADA),
                rig.engine.delete_session(ADA),
            ):
                with pytest.raises(Stopping):
                    await refused
            rig.gate.open()
            await stopping
            await asyncio.gather(*taken)
            assert rig.tally.outcomes == {Outcome.ANSWERED: 3, Outcome.STOPPING: 1}

    asyncio.run(scene())


def test_stop_abandons_what_does_not_finish_in_time() -> None:
    async def scene() -> None:
        async with running() as rig:
            blocked = await rig.block()
            (waiting,) = await rig.submit(job(ADA, "a "))
            errand = asyncio.create_task(rig.engine.describe_session(ADA))
            await asyncio.sleep(0)
            stopping = asyncio.create_task(rig.engine.stop(0.0))
            with pytest.raises(Stopping):
                await waiting
            with pytest.raises(Stopping):
                await errand
            rig.gate.open()
            with pytest.raises(Stopping):
                await blocked
            await stopping

    asyncio.run(scene())


def test_an_engine_that_never_started_or_has_stopped_says_so() -> None:
    async def scene() -> None:
        rig = Rig()
        with pytest.raises(Stopping):
            await rig.engine.suggest(job(None, ""))
        await rig.engine.stop(1.0)
        rig = Rig()
        rig.engine.start()
        with pytest.raises(RuntimeError, match="once"):
            rig.engine.start()
        await rig.engine.stop(1.0)
        await rig.engine.stop(1.0)
        with pytest.raises(Stopping):
            await rig.engine.suggest(job(None, ""))

    asyncio.run(scene())


class Unruly(BaseException):
    """Not an Exception, as a thread may meet."""


@pytest.mark.parametrize(
    ("raised", "delivered"),
    [
        (ValueError("boom"), ValueError),
        (StopIteration(), RuntimeError),
        (SystemExit(1), RuntimeError),
        (asyncio.CancelledError(), RuntimeError),
        (Unruly(), RuntimeError),
    ],
)
def test_an_error_of_the_model_goes_to_its_caller_only(
    raised: BaseException, delivered: type[Exception]
) -> None:
    async def scene() -> None:
        async with running() as rig:
            first = await rig.block()
            bad, good = await rig.submit(job(ADA, "bad "), job(BOB, "good "))

            # The first token stands for the line's start and is in both jobs.
            rig.model.poison[rig.model.encode("bad", line_start=True, names=NO_NAMES)[1]] = raised
            rig.gate.open()
            with pytest.raises(delivered):
                await bad
            await asyncio.gather(first, good)
            assert rig.tally.outcomes == {Outcome.ANSWERED: 2, Outcome.FAILED: 1}

    asyncio.run(scene())


def test_idle_sessions_are_dropped_while_nobody_asks() -> None:
    swept = threading.Event()

    class Watched(MemorySessionStore):
        def expire(self) -> int:
            swept.set()
            return super().expire()

    async def scene() -> None:
        engine = Engine(Drafter(FakeModel(), Watched(10**6, 60)), max_queue=1, housekeeping_seconds=0.001)
        engine.start()
        assert await asyncio.to_thread(swept.wait, PATIENCE)
        await engine.stop(PATIENCE)

    asyncio.run(scene())


def test_a_store_that_fails_to_expire_does_not_end_the_thread(caplog: pytest.LogCaptureFixture) -> None:
    failed = threading.Event()

    class Broken(MemorySessionStore):
        def expire(self) -> int:
            failed.set()
            raise OSError("no store")

    async def scene() -> None:
        engine = Engine(Drafter(FakeModel(), Broken(10**6, 60)), max_queue=1, housekeeping_seconds=0.001)
        engine.start()
        assert await asyncio.to_thread(failed.wait, PATIENCE)
        assert (await engine.suggest(job(ADA, "Can we "))).prefix_tokens > 0
        await engine.stop(PATIENCE)

    asyncio.run(scene())
    assert "could not be dropped" in caplog.text
    assert "Can we" not in caplog.text


def test_several_event_loops_share_an_engine() -> None:
    rig = Rig()
    rig.gate.open()
    rig.engine.start()
    results: list[bool] = []

    def client(number: int) -> None:
        async def scene() -> None:
            asked = job(SessionKey("owner", str(number)), f"client {number} says ")
            for _ in range(10):
                results.append(right(await rig.engine.suggest(asked), asked))

        asyncio.run(scene())

    threads = [threading.Thread(target=client, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    asyncio.run(rig.engine.stop(PATIENCE))
    assert results == [True] * 30


def test_a_closed_loop_does_not_end_the_thread() -> None:
    rig = Rig()
    rig.engine.start()
    loop = asyncio.new_event_loop()
    task = loop.create_task(rig.engine.suggest(job(ADA, "gone ")))
    loop.run_until_complete(rig.gate.reached())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    rig.gate.open()

    async def scene() -> None:
        asked = job(BOB, "still here ")
        assert right(await rig.engine.suggest(asked), asked)
        await rig.engine.stop(PATIENCE)

    asyncio.run(scene())
    task._log_destroy_pending = False  # type: ignore[attr-defined]  # the loop was closed on purpose
    del task
    gc.collect()


@pytest.mark.parametrize(("max_queue", "together", "housekeeping"), [(0, 1, 1.0), (1, 0, 1.0), (1, 1, 0.0)])
def test_senseless_sizes_are_refused(max_queue: int, together: int, housekeeping: float) -> None:
    drafter = Drafter(FakeModel(), MemorySessionStore(10**6, 60))
    with pytest.raises(ValueError, match=r"at least 1|positive"):
        Engine(drafter, max_queue=max_queue, together=together, housekeeping_seconds=housekeeping)


def test_a_session_deleted_while_its_job_leaves_stays_deleted() -> None:
    """The errand comes after the engine has looked who is abandoned and before it runs errands."""

    async def scene() -> None:
        async with running() as rig:
            rig.gate.let(5)
            (current,) = await rig.submit(job(ADA, "one two three "))
            await rig.gate.reached()
            deleting: list[asyncio.Task[bool]] = []
            loop, looked = asyncio.get_running_loop(), threading.Event()
            leave = rig.engine._leave

            def leave_then_be_told() -> None:
                leave()
                if not looked.is_set():
                    looked.set()

                    async def delete() -> bool:
                        return await rig.engine.delete_session(ADA)

                    sent = asyncio.run_coroutine_threadsafe(_started(delete, deleting), loop)
                    sent.result(PATIENCE)

            rig.engine._leave = leave_then_be_told  # type: ignore[method-assign]
            rig.gate.open()
            with pytest.raises(Superseded):
                await current
            assert await deleting[0]
            assert rig.store.describe(ADA) is None

    asyncio.run(scene())


async def _started(work: Callable[[], Coroutine[None, None, bool]], tasks: list[asyncio.Task[bool]]) -> None:
    tasks.append(asyncio.create_task(work()))
    await asyncio.sleep(0)
