"""Places of flows: a bounded number, of which no flow holds all, and whose turn it is."""

from contextlib import ExitStack
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from inkling.service.engine.places import Places

NAMES = st.sampled_from("abc")
FLOWS = st.tuples(NAMES, NAMES, NAMES)


def in_turn(flows: list[tuple[str, ...]], last: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The order of requests that take turns at each level; `last` is always the last of its level."""
    if not last:
        return flows
    groups: dict[str, list[tuple[str, ...]]] = {}
    for flow in flows:
        groups.setdefault(flow[0], []).append(flow[1:])
    names = sorted(groups, key=lambda name: name == last[0])
    lines = {name: in_turn(groups[name], last[1:] if name == last[0] else groups[name][0]) for name in names}
    return [
        (name, *lines[name][turn])
        for turn in range(max(map(len, lines.values())))
        for name in names
        if turn < len(lines[name])
    ]


@given(st.lists(FLOWS, max_size=25), FLOWS)
def test_what_goes_ahead_is_what_taking_turns_puts_ahead(
    others: list[tuple[str, ...]], own: tuple[str, ...]
) -> None:
    places = Places(100, (1.0,))
    with ExitStack() as held:
        for flow in others:
            held.enter_context(places.held(flow))
        order = in_turn([*others, own], own)
        assert places.ahead(own) == max(turn for turn, flow in enumerate(order) if flow == own)
    assert (places.count, places._held[own], places._beneath) == (0, 0, {})


@given(st.lists(FLOWS, max_size=60), st.integers(1, 30))
def test_the_places_are_never_more_than_there_are(flows: list[tuple[str, ...]], most: int) -> None:
    places = Places(most, (4.0, 1.0))
    with ExitStack() as held:
        for flow in flows:
            if places.has_room(flow):
                held.enter_context(places.held(flow))
            assert places.count <= most


def test_flows_that_want_all_places_leave_some_for_the_next() -> None:
    places = Places(200, (4.0, 1.0))
    with ExitStack() as held:

        def take_all(*flow: str) -> int:
            for taken in count():
                if not places.has_room(flow):
                    return taken
                held.enter_context(places.held(flow))
            raise AssertionError

        # Each takes half of what is left to its tenant, and the tenant may have four fifths of all.
        assert [take_all("", f"client {number}") for number in range(4)] == [80, 40, 20, 10]
        assert places.has_room(("", "client 4"))
        assert not places.has_room(("", "client 0"))
        assert take_all("another", "client 0") == 20


@given(st.integers(2, 200))
def test_a_flow_alone_has_two_fifths(places: int) -> None:
    all_places = Places(int(2.5 * places), (4.0, 1.0))
    with ExitStack() as held:
        while all_places.has_room(("", "client")):
            held.enter_context(all_places.held(("", "client")))
        assert all_places.count == places


def test_who_names_no_client_is_one_client() -> None:
    places = Places(5, (4.0, 1.0))
    with places.held(("",)), places.held(("",)):
        assert not places.has_room(("",))
        assert places.has_room(("", "other"))
