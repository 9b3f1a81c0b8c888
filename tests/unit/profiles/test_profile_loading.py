"""Another thread loads profiles that are not in memory. Only the requests that need one wait for it."""

import asyncio
import threading
from dataclasses import replace
from itertools import count

import pytest

from inkling.models.completer.completer import Completer
from inkling.models.text.context import Context
from inkling.service.engine.errors import Superseded
from inkling.service.engine.job import Job
from inkling.service.engine.worker.reading import MessageReader
from inkling.service.engine.worker.writers import Prepared
from inkling.service.profiles.profile_store import UserKey
from inkling.service.sessions.session_store import SessionKey
from tests.rigs.engine_rig import Asked
from tests.unit.profiles.test_learning import ADA, BOB, OPTIONS, SEALS, completer, room

__all__ = ["completer"]


def test_a_profile_that_is_not_in_memory_is_loaded_by_another_thread_while_others_are_answered(
    completer: Completer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        async with room(completer) as here:
            await here.write(ADA)
            nobody = await here.texts("The quarterly survey", None)
            here.writers.forget(ADA)
            threads: list[int] = []
            gate = threading.Event()
            prepare = here.writers.prepare

            def slow(user: UserKey) -> Prepared:
                threads.append(threading.get_ident())
                assert gate.wait(30)
                return prepare(user)

            monkeypatch.setattr(here.writers, "prepare", slow)
            job = Job("The quarterly survey", Context(), OPTIONS, SessionKey("", "a"), user=ADA)
            first, other = Asked(here.engine, job), Asked(here.engine, replace(job, session=None))
            while not threads:
                await asyncio.sleep(0.001)
            # A writer without a profile does not wait.
            assert await here.texts("The quarterly survey", None) == nobody
            assert not first.outcome.done()
            newer = Asked(here.engine, job)
            with pytest.raises(Superseded):
                await first.outcome
            gate.set()
            for asked in (newer, other):
                assert (await asked.outcome).suggestions[0].text.startswith(" of lapwings")
            assert len(threads) == 1
            assert threading.get_ident() not in threads

    asyncio.run(scene())


def test_only_the_profiles_that_another_program_changed_are_loaded_again(
    completer: Completer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        async with room(completer) as here:
            reader = MessageReader(completer)
            await here.write(ADA)
            await here.write(BOB, SEALS)
            loaded: list[UserKey] = []
            prepare = here.writers.prepare

            def noted(user: UserKey) -> Prepared:
                loaded.append(user)
                return prepare(user)

            monkeypatch.setattr(here.writers, "prepare", noted)
            for _ in range(2):
                message = reader(f"{SEALS} Again, and again.", None, 0.0)
                assert message is not None
                here.store.learn(BOB, message)  # as another program does, which tells nobody
                for user in (ADA, BOB, ADA, BOB):
                    await here.texts("Thank you for the", user)
            assert loaded == [BOB, BOB]

    asyncio.run(scene())


def test_a_store_that_changes_faster_than_it_is_read_keeps_nobody_waiting(
    completer: Completer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        async with room(completer) as here:
            await here.write(ADA)
            known = await here.texts("The quarterly survey", ADA)
            versions = count()
            monkeypatch.setattr(here.store, "version", lambda: (next(versions),))
            assert await asyncio.wait_for(here.texts("The quarterly survey", ADA), 120) == known

    asyncio.run(scene())
