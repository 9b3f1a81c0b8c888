"""Law 1 in a crowd: who shares a step with whom changes no answer.

Cold drafts, wide searches and keystrokes are asked at the same time, so that requests grow long while others
wait. Every answer is compared with that of an engine that has nobody else.
"""

import asyncio
from random import Random

import pytest

from inkling.models.search.suggestion import SearchOptions
from inkling.models.text.context import Context
from inkling.service.engine.job import Job
from inkling.service.engine.work import QUANTUM
from inkling.service.sessions.session_store import SessionKey
from tests.contract.engine.edit_scripts import paragraph
from tests.rigs.engine_rig import Asked, running
from tests.rigs.fakes import FakeModel
from tests.rigs.naive_engine import NaiveEngine

WIDE = SearchOptions(beam_width=16, max_words=12, min_confidence=0.0, interruption_ms=0.0)
JOBS = 150
USUAL = SearchOptions(min_confidence=0.0)


def some_job(random: Random, number: int) -> Job:
    """A cold draft of any length, half of the time with a wide search."""
    return Job(
        paragraph(random, random.choice((2, 40, 300))),
        Context(),
        random.choice((WIDE, USUAL)),
        SessionKey("owner", f"draft {number}"),
        flow=("", f"client {number % 5}", str(number)),
    )


@pytest.mark.lengthy
@pytest.mark.parametrize("seed", range(4))
def test_everybody_gets_the_answer_that_they_would_get_alone(seed: int) -> None:
    random = Random(seed)

    async def scene() -> int:
        grown = 0
        async with running() as rig:
            asked: list[tuple[Job, Asked]] = []
            for number in range(JOBS):
                job = some_job(random, number)
                asked.append((job, Asked(rig.engine, job)))
                most = random.choice((3, 5, 20))
                while sum(not one.outcome.done() for _, one in asked) > most:
                    await asyncio.sleep(0)
            for job, one in asked:
                answer = await one.outcome
                assert answer.suggestions == NaiveEngine(FakeModel()).answer(job)[0]
                grown += answer.work > QUANTUM
        return grown

    assert asyncio.run(scene()) > 20  # or hardly anybody grew long
