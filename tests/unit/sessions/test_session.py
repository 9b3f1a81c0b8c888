"""Checkpoints: where a changed text may resume, which ones are kept, and their size."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.text.chunks import chunks, split_prefix
from inkling.service.sessions.session import DENSE, Session, common_prefix

texts = st.text(alphabet="ab \n\t\u00a0\u3000é😀", max_size=40)
committed_texts = texts.map(lambda text: split_prefix(text)[0])


def session_of(committed: str, *, dense: int = DENSE, state_size: int = 4) -> Session:
    session = Session("key", np.zeros((1, state_size), np.float32), dense=dense)
    for number, chunk in enumerate(chunks(committed), start=1):
        session.advance(chunk, list(map(ord, chunk)), np.full((1, state_size), float(number), np.float32))
    return session


def chunk_ends(committed: str) -> list[int]:
    ends = [0]
    for chunk in chunks(committed):
        ends.append(ends[-1] + len(chunk))
    return ends


@given(committed_texts, committed_texts, st.integers(1, 40))
def test_resume_is_the_furthest_shared_chunk_boundary(old: str, new: str, dense: int) -> None:
    session = session_of(old, dense=dense)
    found = session.resume(new)
    valid = [
        checkpoint.offset
        for checkpoint in session.checkpoints
        if old[: checkpoint.offset] == new[: checkpoint.offset] and checkpoint.offset in chunk_ends(new)
    ]
    assert found.offset == max(valid)
    assert found.state[0, 0] == found.words


@given(texts, texts, texts)
def test_common_prefix(shared: str, left: str, right: str) -> None:
    left, right = shared + left, shared + right
    differing = (at for at, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1])
    assert common_prefix(left, right) == next(differing, min(len(left), len(right)))


@pytest.mark.parametrize(
    ("old", "new", "resumed"),
    [
        ("see you", "see you soon", "see you"),
        ("see you", "see your", "see"),
        ("see you soon", "see you", "see you"),
        ("see you", "see  you", "see"),
        ("see you", "I see you", ""),
        ("see you", "", ""),
        ("see", "se", ""),
    ],
)
def test_resume_by_example(old: str, new: str, resumed: str) -> None:
    assert session_of(old).resume(new).offset == len(resumed)


@given(committed_texts, committed_texts)
def test_rewind_copies_and_leaves_the_original_alone(old: str, new: str) -> None:
    session = session_of(old)
    before = session.checkpoints
    checkpoint = session.resume(new)
    copy = session.rewind(checkpoint)
    assert copy.text == old[: checkpoint.offset]
    assert copy.last == checkpoint
    copy.advance(" more", [7, 7], np.ones((1, 4), np.float32))
    assert copy.last.tokens == checkpoint.tokens + 2
    assert session.checkpoints == before
    assert session.text == old


@pytest.mark.parametrize("dense", [1, 3, 16, DENSE])
def test_thinning_keeps_the_near_ones_and_few_of_the_far(dense: int) -> None:
    session = Session("key", np.zeros((1, 4), np.float32), dense=dense)
    for words in range(1, 5001):
        session.advance(" w", [7], np.zeros((1, 4), np.float32))
        if words % 97 and words < 4990:
            continue
        kept = [checkpoint.words for checkpoint in session.checkpoints]
        assert kept[0] == 0
        assert set(range(max(0, words - dense + 1), words + 1)) <= set(kept)
        assert len(kept) <= dense + 5 * words.bit_length() + 2
        # An edit recomputes at most a fraction of the words behind which it was made.
        for far, near in pairwise(kept):
            assert near - far <= max(1, (words - far) // min(dense, 4))
    assert [checkpoint.offset for checkpoint in session.checkpoints] == [2 * word for word in kept]


def test_a_session_thinned_in_the_middle_is_dense_again_after_an_edit_there() -> None:
    session = session_of(" word" * 500)
    session = session.rewind(session.resume(" word" * 250))
    while session.last.words < 250:
        session.advance(" word", [7], np.zeros((1, 4), np.float32))
    words = [checkpoint.words for checkpoint in session.checkpoints]
    assert words[-1] == 250
    assert len(words) < 100


def test_size_counts_the_states_and_no_more_than_them() -> None:
    batch = np.zeros((64, 1000), np.float32)
    session = Session("key", batch[:1])
    small = session.size
    session.advance("word", [7], batch[1:2])
    assert 4000 <= session.size - small < 6000
    batch += 1
    assert session.last.state.sum() == 0


@given(committed_texts, st.integers(0, 20_000))
def test_shrink_fits_and_keeps_both_ends(text: str, max_bytes: int) -> None:
    session = session_of(text, state_size=100)
    shrunk = session.shrink(max_bytes)
    if shrunk is None:
        ends = {checkpoint.words for checkpoint in (session.checkpoints[0], session.last)}
        assert len(session.checkpoints) * 1500 + 1000 > max_bytes or len(ends) == 1
        return
    assert shrunk.size <= max_bytes
    assert shrunk.text == text
    assert shrunk.checkpoints[0].offset == 0
    assert shrunk.last == session.last
    assert set(shrunk.checkpoints) <= set(session.checkpoints)


def test_sizes_and_repr_say_nothing_of_the_text() -> None:
    session = session_of("Sehr geheim")
    assert "geheim" not in repr(session)
    assert "geheim" not in repr(session.last)
    sizes = session.sizes()
    assert (sizes.characters, sizes.words, sizes.tokens, sizes.checkpoints) == (11, 2, 11, 3)
    assert sizes.bytes == session.size


def test_a_session_without_dense_checkpoints_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Session("key", np.zeros((1, 4), np.float32), dense=0)


@given(committed_texts, committed_texts, committed_texts)
def test_joined_is_the_same_session_with_what_another_knows_of_it(shared: str, mine: str, its: str) -> None:
    mine, its = (split_prefix(shared + rest + " ")[0] for rest in (mine, its))
    whole, other = session_of(mine), session_of(its)
    last = whole.last
    ends = Session.restored("key", whole.checkpoints[0].state, mine, whole.tokens, last.words, last.state)
    joined = ends.joined(other)
    assert (joined.text, list(joined.tokens), joined.last) == (mine, list(whole.tokens), whole.last)
    assert {one.offset for one in joined.checkpoints} == {0, len(mine)} | {
        one.offset
        for one in other.checkpoints
        if mine[: one.offset] == its[: one.offset] and one.offset in chunk_ends(mine)
    }
    for one in joined.checkpoints:
        assert one.state[0, 0] == one.words
    assert [one.offset for one in joined.checkpoints] == sorted({one.offset for one in joined.checkpoints})
    assert len(ends.checkpoints) <= 2


def test_joined_does_without_a_session_that_read_other_tokens() -> None:
    one, other = session_of("a b c"), session_of("a b c")
    other.tokens[0] += 1  # type: ignore[index]  # it is an array
    assert one.joined(other) is one
