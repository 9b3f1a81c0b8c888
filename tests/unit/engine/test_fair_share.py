"""Equal shares of work, one level inside the other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.service.engine.worker.fair_share import FairShare


def serve(shares: FairShare, flows: list[tuple[str, ...]], work: list[float]) -> dict[tuple[str, ...], float]:
    """What each of these flows gets, all of which always want more, in so many turns of so much work."""
    had = dict.fromkeys(flows, 0.0)
    for one in work:
        flow = min(flows, key=shares.place)
        shares.charge(flow, one)
        had[flow] += one
    return had


@given(st.lists(st.floats(1, 50), min_size=50, max_size=200), st.integers(2, 6))
def test_flows_differ_by_no_more_than_two_turns(work: list[float], count: int) -> None:
    had = serve(FairShare(), [(str(number),) for number in range(count)], work)
    assert max(had.values()) - min(had.values()) <= 2 * max(work)


@pytest.mark.lengthy
@given(st.integers(1, 20), st.integers(1, 20))
def test_a_tenant_with_more_clients_has_no_more(first: int, second: int) -> None:
    flows: list[tuple[str, ...]] = [("a", str(number)) for number in range(first)]
    flows += [("b", str(number)) for number in range(second)]
    had = serve(FairShare(), flows, [1.0] * 400)
    of_first = sum(work for flow, work in had.items() if flow[0] == "a")
    assert abs(of_first - 200) <= 1


def test_names_that_come_once_and_never_again_take_no_memory_for_good() -> None:
    shares = FairShare()
    for number in range(50_000):
        shares.charge((f"tenant {number % 7}", f"client {number}", f"draft {number}"), 1.0)
    assert len(shares._had) + len(shares._now) < 20_000
