"""Sentences that a user has sent twice are suggested whole, to them alone, until they are erased."""

import asyncio

import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.search.suggestion import FinishReason, SearchOptions, Suggestion
from inkling.models.text.context import Context
from inkling.service.engine.job import Job
from inkling.service.profiles.profile_store import SAME_SENDING_SECONDS, UserKey
from inkling.service.sessions.session_store import SessionKey
from tests.materials.bundles import make_bundle
from tests.unit.profiles.test_learning import ADA, BOB, Room

SENTENCE = "Please find the lapwing survey attached."
REST = "the lapwing survey attached."


@pytest.fixture(scope="module")
def completer(tmp_path_factory: pytest.TempPathFactory) -> Completer:
    return load_completer(load_bundle(make_bundle(tmp_path_factory.mktemp("bundles") / "tiny")), "cpu")


def send(room: Room, text: str, recipient: str | None = None) -> None:
    room.now += SAME_SENDING_SECONDS
    asyncio.run(room.learning.learn(ADA, text, recipient))


def suggested(
    room: Room, prefix: str, user: UserKey | None = ADA, context: Context | None = None, words: int = 8
) -> list[Suggestion]:
    options = SearchOptions(max_words=words, interruption_ms=0.0)
    job = Job(prefix, context or Context(), options, user=user)
    return list(room.answer(job).suggestions)


def test_the_second_sending_makes_a_sentence_come_back(completer: Completer) -> None:
    room = Room(completer)
    send(room, f"Hello,\n\n{SENTENCE}")
    assert all(REST not in one.text for one in suggested(room, "Please find "))
    send(room, f"Dear all,\n\n{SENTENCE}")
    first = suggested(room, "Please find ")[0]
    assert (first.text, first.finish_reason) == (REST, FinishReason.SENTENCE_END)
    assert first.confidence >= completer.threshold
    assert suggested(room, "All is done. Please find the lap")[0].text == "wing survey attached."
    for user in (BOB, None):
        assert all(REST not in one.text for one in suggested(room, "Please find ", user))
    assert asyncio.run(room.learning.erase(ADA))
    assert all(REST not in one.text for one in suggested(room, "Please find "))


def test_a_message_of_one_sentence_counts_each_time_it_is_sent(completer: Completer) -> None:
    room = Room(completer)
    asyncio.run(room.learning.learn(ADA, SENTENCE, None))
    asyncio.run(room.learning.learn(ADA, SENTENCE, None))  # the client tries again
    assert all(REST not in one.text for one in suggested(room, "Please find "))
    send(room, SENTENCE)
    assert suggested(room, "Please find ")[0].text == REST
    exported = asyncio.run(room.learning.export(ADA))
    assert exported is not None
    assert [(text, times) for _, text, times in exported.messages] == [(SENTENCE, 2)]


def test_it_keeps_to_the_words_that_were_asked_for_and_to_what_is_forbidden(completer: Completer) -> None:
    room = Room(completer)
    send(room, f"One. {SENTENCE} {SENTENCE}")
    cut = suggested(room, "Please find ", words=2)[0]
    assert (cut.text, cut.finish_reason) == ("the lapwing", FinishReason.MAX_WORDS)
    asyncio.run(room.learning.forbid(ADA, ["Survey Attached"]))
    assert all("attached" not in one.text for one in suggested(room, "Please find "))


def test_slots_are_filled_from_the_context(completer: Completer) -> None:
    room = Room(completer)
    send(room, "Could we meet at 3 pm on Friday, Sam?", "Sam Example")
    send(room, "Could we meet at noon on Monday, Ines?", "Ines Example")
    context = Context(previous_message="Tuesday at 10:30 is free.", recipient_name="Noor Example")
    assert suggested(room, "Could we", context=context)[0].text == " meet at 10:30 on Tuesday, Noor?"
    assert suggested(room, "Could we")[0].text == " meet at"


def test_an_answer_with_a_session_is_the_one_without(completer: Completer) -> None:
    room = Room(completer)
    send(room, SENTENCE)
    draft = "Hello,\n\nPlease find the lapwing survey "
    for end in range(len(draft) + 1):
        if end == 20:
            send(room, SENTENCE)  # while the draft is open
        job = Job(draft[:end], options=SearchOptions(interruption_ms=0.0), user=ADA)
        warm = Job(draft[:end], options=job.options, user=ADA, session=SessionKey("", "draft"))
        assert room.answer(warm).suggestions == room.answer(job).suggestions
