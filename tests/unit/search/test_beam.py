"""The beam against exhaustive search, and what it must never do."""

import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkling.models.runtime.batch import Stepper, finish, finish_all
from inkling.models.search.beam import BeamOptions, BeamSearch, new_tree
from inkling.models.search.choice import NetTime, choose, why_none
from inkling.models.search.confidence import Confidence, Curve
from inkling.models.search.suggestion import EmptyReason, FinishReason, Suggestion
from inkling.models.search.tail_spelling import Spelling
from inkling.models.text.chunks import continues_word
from inkling.models.text.tokenizer import spell, unspell
from tests.rigs.tables import TableModel, TinyTokens

TOKENS = TinyTokens([b" a", b" ab", b"a", b"b", b".", b" b"])
FULL = BeamOptions(beam_width=100_000, max_words=1, tail_paths=100_000, tail_share=0.0, path_floor=0.0)


FREE = NetTime(interruption=0.0)


def search(
    model: TableModel, tail: str, options: BeamOptions = FULL, *, line_start: bool = False
) -> list[Suggestion]:
    spelling = Spelling(TOKENS)
    tree = new_tree(model.initial_state(), options.path_floor)
    searching = BeamSearch(spelling).search(tree, tail, options, line_start=line_start)
    found, steps = finish(Stepper(model, spelling.groups).run, searching)
    assert steps == model.calls
    return found


def exhaustive(model: TableModel, tail: str, max_words: int, *, line_start: bool) -> dict[str, float]:
    """Log-probability of every text, by walking every token sequence; shares no code with the beam."""
    required = spell(tail, line_start=line_start).encode()
    at_line_start = tail.endswith("\n") or (line_start and not tail)
    tail_mass = 0.0
    texts: dict[bytes, float] = defaultdict(float)

    def continues(token: int) -> bool:
        data = TOKENS.piece_bytes[token].decode()
        return token != TOKENS.end_id and continues_word(data[0])

    def walk(run: tuple[int, ...], spelled: bytes, probability: float, beyond_depth: int) -> None:
        nonlocal tail_mass
        last_two = (0, 0, *run)[-2:]
        following = np.exp(model.table[last_two[0], last_two[1]].astype(np.float64)).tolist()
        if beyond_depth:
            texts[spelled[len(required) :]] += probability * sum(
                p for token, p in enumerate(following) if not continues(token)
            )
            if beyond_depth > max_words * 4 - 1 or spelled.endswith(b"."):
                return
        for token, p in enumerate(following):
            data = TOKENS.piece_bytes[token]
            longer = spelled + data
            if not data:
                continue
            if beyond_depth:
                if data in (b" ", b"\n") or len(longer[len(required) :].split()) > max_words:
                    continue
                if at_line_start and spelled == required and not data.startswith(b" "):
                    continue
                walk((*run, token), longer, probability * p, beyond_depth + 1)
            elif longer.startswith(required) and len(spelled) < max(len(required), 1):
                tail_mass += probability * p
                exact = longer == required
                if (data in (b" ", b"\n") and not exact) or (exact and data == b" "):
                    continue
                if not required and (data in (b" ", b"\n") or not data.startswith(b" ")):
                    continue
                walk((*run, token), longer, probability * p, 1)
            elif required.startswith(longer):
                walk((*run, token), longer, probability * p, 0)

    walk((), b"", 1.0, 0)
    tail_mass = tail_mass if required else 1.0
    results = {}
    for data, mass in texts.items():
        text = unspell(data.decode(), line_start=at_line_start)
        if text.strip() and not text[-1].isspace() and mass > 0:
            results[text] = math.log(mass / tail_mass)
    return results


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("tail", [" ", " a", " ab", " aba", "\n", "\n a", "  b", " a.b"])
def test_a_wide_beam_is_exhaustive(seed: int, tail: str) -> None:
    model = TableModel(TOKENS.vocabulary_size, seed)
    expected = exhaustive(model, tail, 1, line_start=False)
    found = {candidate.text: candidate.log_prob for candidate in search(model, tail)}
    assert found.keys() == expected.keys()
    for text, log_prob in expected.items():
        assert found[text] == pytest.approx(log_prob, abs=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_at_the_start_of_a_draft(seed: int) -> None:
    model = TableModel(TOKENS.vocabulary_size, seed)
    expected = exhaustive(model, "", 1, line_start=True)
    found = {candidate.text: candidate.log_prob for candidate in search(model, "", line_start=True)}
    assert found == pytest.approx(expected, abs=1e-4)
    assert not any(text.startswith(" ") for text in found)


@pytest.mark.parametrize("seed", range(20))
def test_a_narrow_beam_finds_only_true_texts_and_usually_the_best(seed: int) -> None:
    model = TableModel(TOKENS.vocabulary_size, seed, sharpness=3.0)
    expected = exhaustive(model, " a", 1, line_start=False)
    narrow = search(model, " a", BeamOptions(beam_width=8, max_words=1))
    for candidate in narrow:
        # The least likely runs inside the tail are not followed, a thousandth of it each.
        assert candidate.log_prob <= expected[candidate.text] + 2e-3
    assert narrow[0].text == max(expected, key=lambda text: expected[text])


def test_probabilities_of_whole_words_stay_below_one() -> None:
    model = TableModel(TOKENS.vocabulary_size, 3)
    one_word = exhaustive(model, " a", 1, line_start=False)
    found = search(model, " a")
    disjoint = [c for c in found if c.text.endswith(".")]
    assert sum(math.exp(c.log_prob) for c in disjoint) <= 1.0
    assert all(c.log_prob <= 0 for c in found)
    assert one_word


@given(seed=st.integers(0, 10_000), tail=st.sampled_from([" ", " a", "\n", " ab", "\n\n", " b.", ""]))
@settings(max_examples=60, deadline=None)
def test_invariants(seed: int, tail: str) -> None:
    model = TableModel(TOKENS.vocabulary_size, seed)
    options = BeamOptions(beam_width=4, max_words=3)
    found = search(model, tail, options, line_start=not tail)
    texts = [candidate.text for candidate in found]
    assert len(set(texts)) == len(texts)
    assert all(text.strip() and not text[-1].isspace() and "\n" not in text for text in texts)
    assert all(len(text.split()) <= 3 for text in texts)
    assert all("." not in text[:-1] for text in texts)
    assert not tail.endswith(" ") or not any(text.startswith(" ") for text in texts)
    ranks = [(-round(c.log_prob, 4), c.text) for c in found]
    assert ranks == sorted(ranks)
    model.calls = 0
    assert search(model, tail, options, line_start=not tail) == found


CURVES = st.builds(
    Curve, slope=st.floats(0.3, 3.0), intercept=st.floats(-2.0, 2.0), per_character=st.floats(0.0, 0.5)
)
CONFIDENCES = st.one_of(
    st.builds(Confidence),
    st.builds(Confidence, st.tuples(*3 * [CURVES])),
    st.builds(Confidence, st.tuples(CURVES), st.tuples(CURVES)),
)


@pytest.mark.lengthy
@given(
    seed=st.integers(0, 10_000),
    tail=st.sampled_from([" ", " a", "\n", " ab", " b"]),
    least=st.floats(0.01, 0.9),
    sharpness=st.floats(0.5, 5.0),
    suggestions=st.sampled_from([None, 1, 2, 3, 5]),
    refused=st.sampled_from(["", "a", "b", "b b"]),
    confidence=CONFIDENCES,
    interruption=st.sampled_from([0.0, 100.0, 300.0]),
)
@settings(max_examples=900, deadline=None)
def test_ending_early_never_changes_what_is_shown(
    seed: int,
    tail: str,
    least: float,
    sharpness: float,
    suggestions: int | None,
    refused: str,
    confidence: Confidence,
    interruption: float,
) -> None:
    """Compared with the full search: the same choice and confidence, at every number of alternatives."""
    spelling = Spelling(TOKENS)
    worth = NetTime(interruption=interruption)
    shown, calls = [], []
    for options in (
        BeamOptions(max_words=3, confidence=confidence, worth=worth),
        BeamOptions(max_words=3, confidence=confidence, least=least, suggestions=suggestions, worth=worth),
    ):
        model = TableModel(TOKENS.vocabulary_size, seed, sharpness)
        searching = BeamSearch(spelling).search(
            new_tree(model.initial_state()),
            tail,
            options,
            line_start=False,
            accepts=lambda text: not refused or refused not in text,
        )
        found, _ = finish(Stepper(model, spelling.groups).run, searching)
        shown.append(choose(found, min_confidence=least, max_suggestions=suggestions or 3, worth=worth))
        calls.append(model.calls)
    assert shown[0] == shown[1]
    assert calls[1] <= calls[0]


def test_a_settled_search_ends_early() -> None:
    """The choice is known long before every path is followed to its end."""
    total = {None: 0, 3: 0, 1: 0}
    for seed in range(40):
        for suggestions in total:
            model = TableModel(TOKENS.vocabulary_size, seed, 4.0)
            search(model, " a", BeamOptions(least=0.3, suggestions=suggestions))
            total[suggestions] += model.calls
    assert total[1] < total[3] < total[None]


def test_a_hopeless_search_ends_early() -> None:
    full, early = TableModel(TOKENS.vocabulary_size, 5, 0.1), TableModel(TOKENS.vocabulary_size, 5, 0.1)
    search(full, " ", BeamOptions(path_floor=0.0))
    search(early, " ", BeamOptions(path_floor=0.0, least=0.9))
    assert early.calls < full.calls / 2


def test_what_is_refused_keeps_no_place_from_others() -> None:
    """Nothing is looked for behind a word that may not be suggested, however likely it is."""
    spelling, others = Spelling(TOKENS), 0
    for seed in range(20):
        first = search(TableModel(TOKENS.vocabulary_size, seed, 2.0), " ")[0].text
        model, asked = TableModel(TOKENS.vocabulary_size, seed, 2.0), set[str]()

        def accepts(text: str, first: str = first, asked: set[str] = asked) -> bool:
            asked.add(text)
            return text.split()[0] != first

        searching = BeamSearch(spelling).search(
            new_tree(model.initial_state()), " ", BeamOptions(max_words=3), line_start=False, accepts=accepts
        )
        found, _ = finish(Stepper(model, spelling.groups).run, searching)
        others += any(" " in one.text for one in found)
        assert not any(text.startswith(f"{first} ") for text in asked)
    assert others > 10


@pytest.mark.parametrize("width", [1, 2])
def test_what_is_refused_does_not_hide_the_next_best(width: int) -> None:
    """As many as the beam is wide may be refused: those behind them are found."""
    spelling = Spelling(TOKENS)
    for seed in range(20):
        words = [
            one.text for one in search(TableModel(TOKENS.vocabulary_size, seed, 2.0), " ") if one.text in "ab"
        ]
        model = TableModel(TOKENS.vocabulary_size, seed, 2.0)
        searching = BeamSearch(spelling).search(
            new_tree(model.initial_state(), 0.0),
            " ",
            BeamOptions(beam_width=width, max_words=2, path_floor=0.0),
            line_start=False,
            accepts=lambda text, refused=words[0]: not text.startswith(refused),  # type: ignore[misc]
        )
        found, _ = finish(Stepper(model, spelling.groups).run, searching)
        assert found


def test_finish_reasons() -> None:
    model = TableModel(TOKENS.vocabulary_size, 1)
    reasons = {c.text: c.finish_reason for c in search(model, " ", BeamOptions(beam_width=50, max_words=2))}
    assert all(
        (reason is FinishReason.SENTENCE_END) == text.endswith(".") for text, reason in reasons.items()
    )
    assert any(reason is FinishReason.MAX_WORDS for reason in reasons.values())
    forced = TableModel(TOKENS.vocabulary_size, 1)
    forced.table[:, :, :] = -20.0
    forced.table[:, :, 3] = math.log(0.4)
    forced.table[:, :, TOKENS.newline_id] = math.log(0.6)
    best = search(forced, " ", BeamOptions(max_words=3))[0]
    assert (best.text, best.finish_reason) == ("a", FinishReason.LINE_END)


@pytest.mark.lengthy
@given(
    seed=st.integers(0, 10_000),
    tails=st.lists(st.sampled_from([" ", " a", " ab", " aba", "\n", "  b", " b."]), min_size=2, max_size=5),
    floor=st.sampled_from([0.0, 1e-3]),
)
@settings(max_examples=60, deadline=None)
def test_a_grown_tree_changes_no_answer_and_saves_steps(seed: int, tails: list[str], floor: float) -> None:
    model = TableModel(TOKENS.vocabulary_size, seed)
    spelling = Spelling(TOKENS)
    beam, run = BeamSearch(spelling), Stepper(model, spelling.groups).run
    tree = new_tree(model.initial_state(), floor)
    options = BeamOptions(beam_width=4, max_words=3, path_floor=floor)
    for tail in tails:
        fresh = search(TableModel(TOKENS.vocabulary_size, seed), tail, options)
        assert finish(run, beam.search(tree, tail, options, line_start=False))[0] == fresh
        again, steps = finish(run, beam.search(tree, tail, options, line_start=False))
        assert again == fresh
        assert steps == 0


def test_searches_that_share_steps_find_what_each_finds_alone() -> None:
    model = TableModel(TOKENS.vocabulary_size, 3)
    spelling = Spelling(TOKENS)
    beam, run = BeamSearch(spelling), Stepper(model, spelling.groups).run
    options = BeamOptions(max_words=3)
    tails = [" ", " a", "\n a", " ab", " b"]
    alone = [search(TableModel(TOKENS.vocabulary_size, 3), tail, options) for tail in tails]
    together = finish_all(
        run,
        [beam.search(new_tree(model.initial_state()), tail, options, line_start=False) for tail in tails],
    )
    assert [found for found, _ in together] == alone
    assert model.calls == max(steps for _, steps in together)


def test_bytes_of_unfinished_characters_are_not_suggested() -> None:
    tokens = TinyTokens([b"\xc3", b"\xa9", b" e"])
    model = TableModel(tokens.vocabulary_size, 4)
    spelling = Spelling(tokens)
    options = BeamOptions(beam_width=50, max_words=1, path_floor=0.0)
    searching = BeamSearch(spelling).search(
        new_tree(model.initial_state(), 0.0), " e", options, line_start=False
    )
    found, _ = finish(Stepper(model, spelling.groups).run, searching)
    texts = [candidate.text for candidate in found]
    assert "é" in texts
    assert set("".join(texts)) <= {"é", " ", "e"}


def candidate(text: str, confidence: float) -> Suggestion:
    return Suggestion(text, confidence, math.log(confidence), FinishReason.BEST_LENGTH)


def test_choice_maximises_expected_characters_among_the_confident() -> None:
    found = [candidate(" for", 0.9), candidate(" for next", 0.6), candidate(" for next week", 0.2)]
    assert [s.text for s in choose(found, min_confidence=0.5, max_suggestions=3, worth=FREE)] == [" for next"]
    assert [s.text for s in choose(found, min_confidence=0.7, max_suggestions=3, worth=FREE)] == [" for"]
    assert choose(found, min_confidence=0.95, max_suggestions=3, worth=FREE) == []


def test_alternatives_follow_whatever_their_confidence_and_differ() -> None:
    found = [
        candidate(" with", 0.5),
        candidate(" with you", 0.3),
        candidate(" on Friday", 0.05),
        candidate("s", 0.4),
    ]
    texts = [s.text for s in choose(found, min_confidence=0.4, max_suggestions=3, worth=FREE)]
    assert texts == [" with", " on Friday"]


@pytest.mark.parametrize(
    ("found", "refused", "reason"),
    [
        ([], [], EmptyReason.NOTHING_LIKELY),
        ([(" with you", 0.3)], [(" for the meeting", 0.3)], EmptyReason.NOTHING_LIKELY),
        ([], [(".", 0.9)], EmptyReason.NOTHING_LIKELY),
        ([(" a", 0.9)], [(" for the meeting", 0.3)], EmptyReason.NOT_WORTH_INTERRUPTION),
        ([], [(" a", 0.9)], EmptyReason.NOT_WORTH_INTERRUPTION),
        ([(" a", 0.9)], [(" for the meeting", 0.9)], EmptyReason.FILTERED),
    ],
)
def test_why_nothing_is_chosen(
    found: list[tuple[str, float]], refused: list[tuple[str, float]], reason: EmptyReason
) -> None:
    worth = NetTime(interruption=300.0)
    accepted, others = ([candidate(*one) for one in group] for group in (found, refused))
    assert choose(accepted, min_confidence=0.5, max_suggestions=3, worth=worth) == []
    assert why_none(accepted, others, min_confidence=0.5, worth=worth) is reason
