"""Learned text is suggested to its writer alone, and never after it was erased."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random

import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.runtime.batch import StepRequest, StepResult, finish
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions
from inkling.models.search.writer import NOBODY, Writer
from inkling.models.text.context import Context
from inkling.service.engine.errors import Overloaded
from inkling.service.engine.job import Answer, Job
from inkling.service.engine.worker.engine import Engine
from inkling.service.engine.worker.learning import Learning
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.engine.worker.reading import MessageReader
from inkling.service.engine.worker.writers import Writers
from inkling.service.profiles.memory_profiles import MemoryProfileStore
from inkling.service.profiles.profile_store import LearnedMessage, UserKey
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.session_store import SessionKey
from tests.materials.bundles import make_bundle
from tests.rigs.engine_rig import Asked

pytestmark = pytest.mark.lengthy

ADA, BOB = UserKey("", "ada"), UserKey("", "bob")
PHRASE = "The quarterly survey of lapwings was posted for you."
SEALS = "Thank you for the seal list to us."
OPTIONS = SearchOptions(max_suggestions=3, min_confidence=0.05, interruption_ms=0.0)


@pytest.fixture(scope="module")
def completer(tmp_path_factory: pytest.TempPathFactory) -> Completer:
    folder = make_bundle(
        tmp_path_factory.mktemp("bundles") / "tiny",
        phrases=True,
    )
    return load_completer(load_bundle(folder), "cpu", runtime="onnx", threads=1)


class Room:
    """A running engine that learns; `now` is the clock of learning, in seconds."""

    def __init__(self, completer: Completer, **options: int) -> None:
        self.completer = completer
        self.now = 1000.0
        self.store = MemoryProfileStore(max_words=options.get("max_words", 1000))
        self.writers = Writers(self.store, completer, max_bytes=options.get("max_bytes", 10**9))
        self.runner = ModelRunner(completer, MemorySessionStore(10**7, 60))
        self.engine = Engine(self.runner, self.writers)
        self.learning = Learning(
            self.store,
            self.writers,
            MessageReader(completer),
            max_age_seconds=100.0,
            clock=lambda: self.now,
        )

    async def texts(
        self, prefix: str, user: UserKey | None, session: str | None = None, context: Context | None = None
    ) -> list[str]:
        key = None if session is None else SessionKey("", session)
        job = Job(prefix, context or Context(), OPTIONS, key, user=user)
        return [one.text for one in (await Asked(self.engine, job).outcome).suggestions]

    def writer(self, user: UserKey | None) -> Writer:
        """A user as the model knows them, after a look at the store."""
        if user is None:
            return NOBODY
        if (known := self.writers.find(user)) is None:
            assert asyncio.run(self.writers.load(user))
            known = self.writers.find(user)
        assert known is not None
        return known

    def answer(self, job: Job) -> Answer:
        """The answer to a job without a running engine."""
        return finish(self.runner.run, self.runner.answer(job, self.writer(job.user)))

    async def write(self, user: UserKey, text: str = PHRASE, times: int = 12) -> None:
        for number in range(times):
            await self.learning.learn(user, f"{text}\n\nUntil then, number {number}.", None)


@asynccontextmanager
async def room(completer: Completer, **options: int) -> AsyncIterator[Room]:
    made = Room(completer, **options)
    driving = asyncio.create_task(made.engine.run())
    yield made
    made.engine.stop()
    await driving


def test_what_is_learned_is_suggested_to_its_writer_alone(completer: Completer) -> None:
    async def scene() -> None:
        async with room(completer) as here:
            nobody = await here.texts("The quarterly survey", None)
            await here.write(ADA)
            assert (await here.texts("The quarterly survey", ADA, "draft"))[0].startswith(" of lapwings")
            for stranger in (None, BOB, UserKey("elsewhere", "ada")):
                for session in (None, "draft"):  # the very draft that was answered with the profile
                    assert await here.texts("The quarterly survey", stranger, session) == nobody

    asyncio.run(scene())


def test_learning_counts_at_once_in_an_open_draft_and_erasing_too(completer: Completer) -> None:
    async def scene() -> None:
        async with room(completer) as here:
            before = await here.texts("The quarterly survey", ADA, "draft")
            await here.write(ADA)
            assert await here.texts("The quarterly survey", ADA, "draft") != before
            assert await here.learning.erase(ADA)
            assert await here.texts("The quarterly survey", ADA, "draft") == before
            assert not await here.learning.erase(ADA)
            assert await here.learning.export(ADA) is None

    asyncio.run(scene())


def test_a_profile_survives_what_the_model_forgets(completer: Completer) -> None:
    async def scene() -> None:
        async with room(completer, max_bytes=1) as here:  # room for one writer at a time
            await here.write(ADA)
            await here.write(BOB, SEALS)
            for _ in range(3):
                assert (await here.texts("The quarterly survey", ADA, "a"))[0].startswith(" of lapwings")
                assert (await here.texts("Thank you for the", BOB, "b"))[0].startswith(" seal")
                here.engine.expire()

    asyncio.run(scene())


def test_a_job_in_progress_keeps_the_profile_it_began_with(
    completer: Completer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Room(completer)
    reader = MessageReader(completer)
    for number in range(12):
        message = reader(f"{PHRASE} Number {number}.", None, 0.0)
        assert message is not None
        made.store.learn(ADA, message)
    job = Job("The quarterly survey", Context(), OPTIONS, user=ADA)
    wanted = made.answer(job).suggestions
    steps, run = 0, completer.run

    def counted(requests: Sequence[StepRequest]) -> list[StepResult]:
        nonlocal steps
        steps += 1
        return run(requests)

    async def scene() -> None:
        monkeypatch.setattr(completer, "run", counted)
        driving = asyncio.create_task(made.engine.run())
        asked = Asked(made.engine, job)
        while not steps:
            await asyncio.sleep(0)
        made.writers.forget(ADA)
        made.engine.expire()
        assert not asked.outcome.done()
        assert (await asked.outcome).suggestions == wanted
        made.engine.stop()
        await driving

    asyncio.run(scene())


def test_forbidden_phrases_are_not_suggested(completer: Completer) -> None:
    async def scene() -> None:
        async with room(completer) as here:
            await here.write(ADA)
            assert (await here.texts("The quarterly", ADA))[0].startswith(" survey of")
            await here.learning.forbid(ADA, ["Survey OF"])
            for prefix in ("The quarterly", "The quarterly survey", "The quarterly survey o"):
                for text in await here.texts(prefix, ADA):
                    assert "survey of" not in (prefix + text).lower()
            await here.learning.forbid(ADA, [])
            assert (await here.texts("The quarterly", ADA))[0].startswith(" survey of")

    asyncio.run(scene())


def test_what_is_kept_is_masked_and_without_quotes(completer: Completer) -> None:
    sent = (
        "Hi Robin,\n\nPlease call Dana at 555-123-4567 or write to dana@example.org about order 1234567.\n\n"
        "-----Original Message-----\nFrom: Robin\nTo: Me\nSubject: Order\n\nWhat I wrote is not yours."
    )

    async def scene() -> None:
        async with room(completer) as here:
            sizes = await here.learning.learn(ADA, sent, "Robin Vale")
            assert (sizes.messages, sizes.words) == (1, 14)
            kept = await here.learning.export(ADA)
            assert kept is not None
            ((moment, text, times),) = kept.messages
            assert (moment, times) == (here.now, 1)
            assert text == (
                "Hi [recipient],\n\nPlease call [name] at [phone] or write to [email] about order [number]."
            )
            nothing = "-----Original Message-----\nFrom: Robin\nTo: Me\nSubject: Order\n\nNot yours either."
            assert await here.learning.learn(ADA, nothing, None) == sizes

    asyncio.run(scene())


def test_the_recipients_name_is_learned_as_anybodys(completer: Completer) -> None:
    async def scene() -> None:
        async with room(completer) as here:
            for number in range(20):
                text = f"Hi Robin,\n\nAll is well, number {number}."
                await here.learning.learn(ADA, text, "Robin Vale")
            dagny = Context(recipient_name="Dagny Aune")
            assert (await here.texts("Hi", ADA, context=dagny))[0].startswith(" Dagny,")
            for text in await here.texts("Hi", ADA):
                assert "Robin" not in text
                assert "Dagny" not in text

    asyncio.run(scene())


def test_the_stale_is_forgotten(completer: Completer) -> None:
    async def scene() -> None:
        async with room(completer) as here:
            before = await here.texts("The quarterly survey", ADA)
            await here.write(ADA)
            here.now += 101.0
            await here.learning.forget_stale()
            assert await here.texts("The quarterly survey", ADA) == before
            assert await here.learning.export(ADA) is None

    asyncio.run(scene())


def test_messages_of_another_tokenizer_are_read_again(completer: Completer) -> None:
    reader = MessageReader(completer)
    ours, theirs = Room(completer), Room(completer)
    for number in range(5):
        message = reader(f"{PHRASE} Number {number}.", None, 0.0)
        assert message is not None
        ours.store.learn(ADA, message)
        foreign = LearnedMessage(message.text, b"\x01\x00", message.hashes, "another", message.words, 0.0)
        theirs.store.learn(ADA, foreign)
    job = Job("The quarterly survey", Context(), OPTIONS, user=ADA)
    answers = [one.answer(job).suggestions for one in (ours, theirs)]
    assert answers[0] == answers[1]


def test_edit_scripts_of_writers_with_profiles_equal_cold_starts(completer: Completer) -> None:
    """Law 1 with profiles that grow, vanish and are evicted on the way."""
    made = Room(completer, max_bytes=200_000)
    reader, random = MessageReader(completer), Random(5)
    words = [*PHRASE.split(), "we", "can", "meet", "on", "Monday", "to", "talk", "about", "it"]
    drafts = dict.fromkeys((ADA, BOB, None), "")
    for _ in range(250):
        user: UserKey | None = random.choice((ADA, BOB, None))
        act = random.random()
        if user is not None and act < 0.06:
            message = reader(" ".join(random.choices(words, k=40)), None, 0.0)
            assert message is not None
            made.store.learn(user, message)
            made.writers.install(user, made.writers.prepare(user))
        elif user is not None and act < 0.08:
            made.store.erase(user)
            made.writers.forget(user)
        elif act < 0.12:
            made.engine.expire()
        text = drafts[user]
        text = text[: random.randrange(len(text) + 1)] if random.random() < 0.1 else text
        drafts[user] = text = text + random.choice((" ", "")) + random.choice(words)[: random.randrange(1, 9)]
        session = SessionKey("", "a" if user is None else user.user_id)
        answer = made.answer(Job(text, Context(), OPTIONS, session, user=user))
        assert answer.suggestions == _cold(completer, made, text, user)


def _cold(completer: Completer, made: Room, text: str, user: UserKey | None) -> object:
    draft = Draft(text, writer=made.writer(user))
    return finish(completer.run, completer.complete(draft, OPTIONS)).suggestions


def test_a_profile_that_cannot_be_read_keeps_nobody_from_writing(
    completer: Completer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with room(completer) as here:
            nobody = await here.texts("The quarterly survey", None)
            await here.write(ADA)
            here.writers.forget(ADA)
            monkeypatch.setattr(here.store, "read", lambda _: 1 / 0)
            assert await here.texts("The quarterly survey", ADA) == nobody

    asyncio.run(scene())
    assert "could not be read" in caplog.text


def test_too_many_who_wait_are_told_to_come_again(completer: Completer) -> None:
    async def scene() -> None:
        async with room(completer) as here:
            waiting = [
                asyncio.create_task(here.learning.learn(ADA, f"We met at noon, number {number}.", None))
                for number in range(80)
            ]
            results = await asyncio.gather(*waiting, return_exceptions=True)
            assert sum(isinstance(one, Overloaded) for one in results) == 80 - 64

    asyncio.run(scene())


def test_a_tenant_that_learns_much_keeps_no_other_from_learning_or_anybody_from_erasing(
    completer: Completer,
) -> None:
    other = UserKey("elsewhere", "ada")

    async def scene() -> None:
        async with room(completer) as here:
            much = [
                asyncio.create_task(here.learning.learn(BOB, f"We met at noon, number {number}.", None))
                for number in range(80)
            ]
            await asyncio.sleep(0)
            with pytest.raises(Overloaded):
                await here.learning.forbid(BOB, ["at noon"])
            assert (await here.learning.learn(other, "We met at one.", None)).messages == 1
            await here.learning.forbid(other, ["at one"])
            assert await here.learning.erase(other)
            assert sum(not one.done() for one in much) > 50
            assert await here.learning.erase(BOB)  # after what its tenant asked before
            await asyncio.gather(*much, return_exceptions=True)
            assert await here.learning.export(BOB) is None

    asyncio.run(scene())


def test_a_replaced_profile_is_let_go(completer: Completer) -> None:
    async def scene() -> None:
        async with room(completer) as here:
            gone = []
            for number in range(4):
                await here.write(ADA, f"Round {number}: {PHRASE}", times=1)
                await here.texts("The quarterly survey", ADA)
                profile = completer.model._profiles.get(here.writer(ADA).number)  # type: ignore[attr-defined]
                gone.append(weakref.ref(profile))
                del profile
            here.engine.expire()
            gc.disable()  # without waiting for a collection
            assert [one() is None for one in gone] == [True, True, True, False]
            gc.enable()

    asyncio.run(scene())
