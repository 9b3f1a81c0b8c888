"""Who asks for much is refused, and nobody else. Counted in requests over a model with simulated time."""

import asyncio

import pytest

from tests.rigs.crowd import Crowd, crowd
from tests.rigs.simulated_time import run_simulated

SECONDS = 3.0
TYPISTS = [f"typist {number}" for number in range(5)]


async def _type(people: Crowd, tenant: str = "", address: str = "") -> None:
    """Five people type, from addresses of their own or from one."""
    await asyncio.gather(
        *(
            people.typist(name, (tenant, address or name), late=0.037 * number)
            for number, name in enumerate(TYPISTS)
        )
    )


def _refused(people: Crowd) -> int:
    return sum(people.refused[name] for name in TYPISTS)


def _answered(people: Crowd) -> int:
    return sum(people.answered[name] for name in TYPISTS)


@pytest.mark.parametrize(
    ("tenant", "address"),
    [("", ""), ("another", ""), ("", "greedy")],
    ids=["another address", "another tenant", "the same address"],
)
def test_one_who_asks_for_much_shuts_out_nobody_else(tenant: str, address: str) -> None:
    async def scene() -> None:
        async with crowd(SECONDS) as people:
            await asyncio.gather(people.greedy("greedy", ("", "greedy"), 30), _type(people, tenant, address))
            assert _refused(people) == 0
            assert _answered(people) == 5 * 14
            assert people.refused["greedy"] > 0
            assert people.answered["greedy"] > _answered(people)  # what nobody else wants is not lost

    run_simulated(scene())


def test_full_places_go_to_those_who_have_fewest() -> None:
    """No wait is too long here: the number of places alone bounds what is taken."""

    async def scene() -> None:
        async with crowd(SECONDS, max_queue=8, max_wait=1e9) as people:
            greedy = (people.greedy(f"greedy {number}", ("", f"address {number}"), 40) for number in range(3))
            await asyncio.gather(*greedy, _type(people), _type(people, "another"))
            assert _refused(people) == 0
            assert all(people.refused[f"greedy {number}"] > 0 for number in range(3))
            assert people.most_at_once <= 2.5 * (16 + 8)

    run_simulated(scene())
