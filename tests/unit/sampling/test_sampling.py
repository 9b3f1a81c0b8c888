"""Texts drawn from a model, against a naive sampler over its full distribution."""

import math
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from inkling.models.runtime.batch import Stepper, finish
from inkling.models.sampling.beginnings import spell_tail
from inkling.models.sampling.suggestion_draws import draw_candidates
from inkling.models.sampling.text_draws import END_NAME, draw_texts
from inkling.models.sampling.writing import WritingEnd, WritingOptions, Written, WrittenPart
from inkling.models.search.beam import BeamOptions, BeamSearch, new_tree
from inkling.models.search.expansion import Expansion
from inkling.models.search.suggestion import FinishReason, Sampling, Suggestion
from inkling.models.search.tail_spelling import Spelling
from tests.rigs.tables import TableModel, TinyTokens

TOKENS = TinyTokens([b" a", b" ab", b"a", b"b", b".", b" b"])
END, SPACE = TOKENS.end_id, TOKENS.space_id
MOST = 12


def draw(
    seed: int,
    tail: str = "",
    *,
    temperature: float = 1.0,
    top_p: float = 1.0,
    accepts: Callable[[str], bool] = lambda _: True,
    told: list[WrittenPart] | None = None,
    model: TableModel | None = None,
    **given: object,
) -> Written:
    spelling = Spelling(TOKENS)
    model = model or TableModel(TOKENS.vocabulary_size, 1)
    options = WritingOptions(Sampling(temperature, top_p, seed), **{"max_tokens": MOST, **given})  # type: ignore[arg-type]
    steps = draw_texts(
        new_tree(model.initial_state()),
        tail,
        options,
        spelling,
        line_start=False,
        accepts_after=lambda before: lambda text: accepts(before + text),
        tell=None if told is None else told.append,
    )
    return finish(Stepper(model, spelling.groups).run, steps)


def naive(seed: int, number: int, temperature: float, top_p: float) -> tuple[str, WritingEnd]:
    """One text, from the table itself: no arrays, no batches, no words."""
    table = TableModel(TOKENS.vocabulary_size, 1).table
    random = np.random.Generator(np.random.PCG64((seed, number)))
    last, text = (0, 0), ""
    for _ in range(MOST):
        weights = {
            token: math.exp(float(table[last][token]) / temperature)
            for token in range(TOKENS.vocabulary_size)
            if token != SPACE
        }
        nucleus, mass = {}, 0.0
        for token in sorted(weights, key=lambda token: (-weights[token], token)):
            if mass >= top_p * sum(weights.values()):
                break
            nucleus[token] = weights[token]
            mass += weights[token]
        order = sorted(nucleus) if top_p == 1.0 else list(nucleus)
        left = random.random() * mass
        for token in order:
            left -= nucleus[token]
            if left < 0:
                break
        if token == END:
            return text, WritingEnd.STOP
        text += TOKENS.piece_bytes[token].decode()
        last = (last[1], token)
    return text, WritingEnd.LENGTH


def spaced(text: str) -> str:
    """The text that pieces spell: a space that begins a line is none."""
    return text.replace("\n ", "\n")


@pytest.mark.parametrize(
    ("temperature", "top_p"), [(1.0, 1.0), (0.5, 1.0), (1.8, 1.0), (1.0, 0.7), (1.5, 0.4)]
)
def test_texts_are_those_of_a_naive_sampler(temperature: float, top_p: float) -> None:
    for seed in range(40):
        written = draw(seed, temperature=temperature, top_p=top_p, texts=3)
        expected = [naive(seed, number, temperature, top_p) for number in range(3)]
        assert [(one.text, one.end) for one in written.texts] == [
            (spaced(text), end) for text, end in expected
        ]


def test_the_ways_through_a_tail_have_the_models_probabilities() -> None:
    model, spelling = TableModel(TOKENS.vocabulary_size, 4, sharpness=0.5), Spelling(TOKENS)
    expansion = Expansion(new_tree(model.initial_state()), spelling.groups)
    steps = spell_tail(expansion, spelling, b" ab", spelling.within_line | spelling.groups[:, 1])
    place = finish(Stepper(model, spelling.groups).run, steps)
    found = {place.move(way, spelling).run: float(score) for way, score in enumerate(place.scores)}
    log_of = model.table
    # " ab" | " a" + "b" | " " + "a" + "b"
    expected = {
        (4,): log_of[0, 0, 4],
        (3, 6): log_of[0, 0, 3] + log_of[0, 3, 6],
        (2, 5, 6): log_of[0, 0, 2] + log_of[0, 2, 5] + log_of[2, 5, 6],
    }
    assert found == pytest.approx(expected, abs=1e-5)
    assert place.beginnings is not None
    assert place.beginnings.log_tail == pytest.approx(
        math.log(sum(map(math.exp, expected.values()))), abs=1e-5
    )


@pytest.mark.lengthy
def test_what_may_not_be_suggested_is_drawn_again_and_the_rest_keeps_its_shares() -> None:
    def fine(text: str) -> bool:
        return "ab" not in text

    def first_words(accepts: Callable[[str], bool], wanted: Callable[[str], bool]) -> Counter[str]:
        texts = [one.text for seed in range(3) for one in draw(seed, texts=700, accepts=accepts).texts]
        words = (text.lstrip().partition(" ")[0].partition("\n")[0].partition(".")[0] for text in texts)
        return Counter(word for word in words if wanted(word))

    filtered, free = first_words(fine, lambda _: True), first_words(lambda _: True, fine)
    assert all(map(fine, filtered))
    total, whole = sum(filtered.values()), sum(free.values())
    assert whole > 300
    distance = sum(abs(filtered[word] / total - free[word] / whole) for word in filtered | free) / 2
    assert distance < 0.08


def test_a_text_ends_where_nothing_may_be_suggested() -> None:
    model = TableModel(TOKENS.vocabulary_size, 1)
    model.table[:, :, END] = -50.0
    (one,) = draw(3, accepts=lambda _: False, model=model, max_tokens=500).texts
    assert (one.text.strip(), one.end) == ("", WritingEnd.CONTENT_FILTER)
    assert model.calls < 200
    (one,) = draw(3, temperature=0.0, accepts=lambda _: False, max_tokens=500).texts
    assert not one.text.strip()


def test_without_chance_the_next_probable_word_follows_a_refused_one() -> None:
    (free,) = draw(0, temperature=0.0).texts
    word = free.text.split()[0]
    (one,) = draw(0, temperature=0.0, accepts=lambda text: word not in text.split()).texts
    assert one.text
    assert word not in one.text.split()


@pytest.mark.parametrize("stop", [["a"], ["."], ["\n", "b a"], ["ab", " b"], ["a b a", "zz"]])
def test_a_text_ends_before_a_stop_string(stop: list[str]) -> None:
    stopped = 0
    for seed in range(40):
        told: list[WrittenPart] = []
        (whole,) = draw(seed).texts
        (one,) = draw(seed, stop=stop, told=told, logprobs=0).texts
        at = min((place for some in stop if (place := whole.text.find(some)) >= 0), default=None)
        assert one.text == whole.text[:at]
        assert one.end == (whole.end if at is None else WritingEnd.STOP)
        assert "".join(part.text for part in told) == one.text
        stopped += at is not None
    assert stopped


def test_what_is_told_as_it_grows_is_the_text() -> None:
    for seed in range(40):
        told: list[WrittenPart] = []
        written = draw(seed, texts=3, told=told, logprobs=2, accepts=lambda text: "ab" not in text)
        for one in written.texts:
            parts = [part for part in told if part.number == one.number]
            assert "".join(part.text for part in parts) == one.text
            assert [token for part in parts for token in part.tokens] == list(one.tokens)
            assert [part.end for part in parts[:-1]] == [None] * (len(parts) - 1)
            assert parts[-1].end is one.end is not None


def test_a_text_does_not_depend_on_how_many_there_are() -> None:
    assert draw(5, texts=1).texts == draw(5, texts=8).texts[:1]


def test_a_text_has_its_most_tokens_and_says_so() -> None:
    for most in (1, 2, 5):
        for one in draw(1, texts=20, max_tokens=most, logprobs=0).texts:
            assert len(one.tokens) <= most
            assert len(one.tokens) == most or one.end is WritingEnd.STOP


def test_log_probabilities_are_the_models_whatever_the_temperature() -> None:
    table = TableModel(TOKENS.vocabulary_size, 1).table
    (one,) = draw(2, temperature=1.9, logprobs=9).texts
    last = (0, 0)
    assert len(one.tokens) > 3
    for token in one.tokens:
        weights = np.exp(table[last].astype(np.float64))
        weights[SPACE] = 0.0  # no text holds it alone
        assert sum(math.exp(log_prob) for _, log_prob in token.likely) == pytest.approx(1.0, abs=1e-5)
        assert dict(token.likely)[END_NAME] == pytest.approx(math.log(weights[END] / weights.sum()), abs=1e-5)
        assert (token.text, token.log_prob) in token.likely
        told = [log_prob for _, log_prob in token.likely]
        assert told == sorted(told, reverse=True)
        spelled = token.text.encode()
        drawn = next(
            number
            for number, piece in enumerate(TOKENS.piece_bytes)
            if number != END
            and piece in (spelled, b" " + spelled)
            and math.isclose(token.log_prob, math.log(weights[number] / weights.sum()), abs_tol=1e-5)
        )
        last = (last[1], drawn)
    assert "".join(token.text for token in one.tokens) == one.text


def candidates(width: int, tail: str, seed: int = 0) -> list[Suggestion]:
    model, spelling = TableModel(TOKENS.vocabulary_size, 2), Spelling(TOKENS)
    steps = draw_candidates(
        new_tree(model.initial_state()),
        tail,
        BeamOptions(beam_width=width, max_words=2),
        Sampling(1.0, seed=seed),
        spelling,
        line_start=False,
        accepts=lambda text: text != " b",
        refuses=lambda _: None,
    )
    found, taken = finish(Stepper(model, spelling.groups).run, steps)
    assert taken == model.calls
    return found


@pytest.mark.lengthy
@pytest.mark.parametrize("tail", ["", " a", " "])
def test_drawn_candidates_have_the_probabilities_of_the_search(tail: str) -> None:
    model, spelling = TableModel(TOKENS.vocabulary_size, 2), Spelling(TOKENS)
    everything = BeamOptions(10_000, 2, tail_paths=1000, tail_share=0.0, path_floor=0.0)
    searching = BeamSearch(spelling).search(
        new_tree(model.initial_state(), 0.0), tail, everything, line_start=False
    )
    searched = {one.text: one for one in finish(Stepper(model, spelling.groups).run, searching)[0]}
    drawn = candidates(3000, tail)
    assert len(drawn) > 10
    assert all(one.text != " b" for one in drawn)
    for one in drawn:  # of a text only the runs that were drawn count
        assert one.log_prob <= searched[one.text].log_prob + 1e-4
        if searched[one.text].log_prob > math.log(0.02):
            assert one.log_prob == pytest.approx(searched[one.text].log_prob, abs=0.05)
        assert len(one.text.split()) <= 2
        if one.text.endswith("."):
            assert one.finish_reason is FinishReason.SENTENCE_END


def test_equal_seeds_draw_equal_candidates() -> None:
    assert candidates(4, " a", 8) == candidates(4, " a", 8)
    assert len({tuple(candidates(4, " a", seed)) for seed in range(8)}) > 1
