"""Replay, guesses and likelihood of whole sets of messages, on a scripted suggester."""

# The contract names arguments that a scripted suggester has no use for.
# ruff: noqa: ARG002

import json
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from inkling.models.evaluation.measure import GRID, Measurement, measure, measure_likelihood
from inkling.models.evaluation.messages import HeldOutMessage
from inkling.models.evaluation.perplexity import Likelihood, ScoredText, likelihood
from inkling.models.evaluation.replay import ReplayCounts, Rule
from inkling.models.evaluation.report.numbers import as_json
from inkling.models.evaluation.report.plots import save_plots
from inkling.models.evaluation.typed_message import TypedMessage
from inkling.models.ngram import NgramModel, estimate
from inkling.models.runtime.batch import StepRequest, StepResult, Steps, feed, finish
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import FinishReason, SearchOptions, Suggestion
from inkling.models.search.tree import Tree

VOCABULARY = 128
END = 0
THANKS = "Thank you for your help."
TEXTS = (THANKS, "Yes", "", "See you\n\nsoon")


class Ends:
    end_id = END


class Scripted:
    """Knows what comes after some prefixes; its state is the number of a committed text.

    A token is one ASCII character. It checks what a real model cannot: that the state and the draft it is
    given belong together.
    """

    def __init__(self, answers: dict[str, list[tuple[str, float]]], model: NgramModel | None = None) -> None:
        self.name = "scripted"
        self.tokenizer = Ends()
        self.model = model or estimate([list(map(ord, THANKS))], vocabulary_size=VOCABULARY)
        self.answers = answers
        self.texts = [""]
        self.searched: list[str] = []

    def read(self, draft: Draft) -> Steps[Tree]:
        return (yield from self.commit(Tree(np.zeros((1, 1), np.int64), 0.0), draft))

    def commit(self, tree: Tree, draft: Draft, done: int = 0) -> Steps[Tree]:
        assert self.texts[int(tree.root[0, 0])] == draft.committed[:done]
        return Tree((yield from feed(tree.root, list(map(ord, draft.committed[done:])))), 0.0)

    def run(self, requests: Sequence[StepRequest]) -> list[StepResult]:
        done = []
        for request in requests:
            assert request.tokens is not None
            self.texts.append(self.texts[int(request.state[0, 0])] + "".join(map(chr, request.tokens)))
            done.append(StepResult(np.array([[len(self.texts) - 1]]), None))
        return done

    def encode_text(self, draft: Draft) -> list[int]:
        return list(map(ord, draft.prefix))

    def candidates(
        self, tree: Tree, draft: Draft, options: SearchOptions
    ) -> Steps[tuple[Sequence[Suggestion], int]]:
        yield from ()
        committed = self.texts[int(tree.root[0, 0])]
        assert draft.prefix == committed + draft.tail
        assert draft.line_start == (committed == "")
        self.searched.append(draft.prefix)
        found = self.answers.get(draft.prefix, [])
        return [
            Suggestion(text, value, math.log(value), FinishReason.BEST_LENGTH) for text, value in found
        ], 1


ANSWERS = {
    "Thank": [(" you for", 0.5), (" you", 0.8), (" goodness it is over", 0.05)],
    "Thank ": [("you", 0.8), ("you so", 0.3)],
    "": [("See you", 0.2)],
    "See you": [("\n\nsoon", 0.4)],
}


def ignore(_: int) -> None:
    """Show no progress."""


def messages() -> list[HeldOutMessage]:
    return [HeldOutMessage("ann", text) for text in TEXTS]


def measured() -> Measurement:
    (result,), partial = measure(
        [(Scripted(ANSWERS), Rule(0.1))], messages(), SearchOptions(), progress=ignore
    )
    assert not partial
    return result


def test_a_draft_searches_every_position_once_and_answers_in_any_order() -> None:
    suggester = Scripted({THANKS[:end]: [(THANKS[end:], 0.5)] for end in range(len(THANKS))})
    typed = TypedMessage(suggester, HeldOutMessage("ann", THANKS), SearchOptions())
    finish(suggester.run, typed.search())
    assert suggester.searched == [THANKS[:end] for end in range(len(THANKS) + 1)]
    assert typed.searches == len(THANKS) + 1
    for position in [20, 3, 0, 12, 3, len(THANKS), 20]:
        texts = [one.text for one in typed.ask(position)]
        assert texts == ([THANKS[position:]] if position < len(THANKS) else [])
    assert typed.positions == [0, 3, 12, 20, len(THANKS)]


def test_counts_are_those_made_by_hand() -> None:
    result = measured()
    assert result.messages == 4
    assert result.counts[0.1] == [
        # "See you" is contradicted at once; " you for" is accepted after "Thank".
        ReplayCounts(24, 5, 24 - 7, 2, 1, accepted=8, long=1),
        ReplayCounts(3, 1, 3, 1, 0),
        ReplayCounts(0, 0, 0, 1, 0),
        ReplayCounts(13, 3, 2, 2, 2, accepted=13, long=1),
    ]
    assert result.total() == ReplayCounts(40, 9, 22, 6, 3, accepted=21, long=2)
    assert result.total(0.25).shown == 2
    assert result.total(0.9).keystrokes == 40
    assert set(result.counts) == set(GRID)


def test_rules_near_the_served_one_are_tried() -> None:
    result = measured()
    assert result.total_by(result.rule) == result.total()
    by_cost = [result.total_by(rule) for rule in result.by_rule if rule.min_confidence == 0.1]
    assert all(later.shown <= earlier.shown for earlier, later in pairwise(by_cost))
    assert result.net_time(0.0) > result.net_time() > result.net_time(0.5)


def test_confidence_is_kept_by_whether_a_word_is_begun() -> None:
    result = measured()
    assert len(result.begun) == len(result.confidence) == len(result.right)
    assert not any(result.begun)  # every answer of the script begins a word
    # Under this rule a suggestion is worth the characters that it is expected to save.
    expected = [share * size for share, size in zip(result.confidence, result.characters, strict=True)]
    assert result.worth == pytest.approx(expected)


def test_guesses_are_made_at_every_word_start() -> None:
    result = measured()
    assert [len(column) for column in result.columns] == [9] * 5
    one, two, three, *_ = result.columns
    assert [(round(math.exp(guess.log_prob), 3), guess.right) for guess in one if guess] == [(0.8, True)]
    assert [(round(math.exp(guess.log_prob), 3), guess.right) for guess in two if guess] == [
        (0.2, False),
        (0.3, False),
        (0.2, False),
        (0.2, True),
    ]
    assert not any(three)


def test_the_most_saved_at_a_precision_is_found_over_thresholds() -> None:
    result = measured()
    assert result.saved_at_precision(1.0) == pytest.approx(100 * (40 - (17 + 3 + 8)) / 40)
    assert result.saved_at_precision(0.0) == pytest.approx(100 * 18 / 40)


def test_no_precision_is_reached_where_all_is_wrong() -> None:
    suggester = Scripted({"": [("Wrong", 0.9)]})
    (result,), _ = measure([(suggester, Rule(0.5))], messages(), SearchOptions(), progress=ignore)
    assert result.saved_at_precision(0.1) is None


def test_an_interrupt_keeps_the_messages_that_all_have_finished() -> None:
    many = messages() * 3
    first_group = sum(len(one.text) for one in many[:8])
    done = 0

    def interrupt(characters: int) -> None:
        nonlocal done
        done += characters
        if done > 2 * first_group:
            raise KeyboardInterrupt

    pair = [(Scripted(ANSWERS), Rule(0.1)), (Scripted({}), Rule(0.5))]
    results, partial = measure(pair, many, SearchOptions(), progress=interrupt)
    assert partial
    assert [result.messages for result in results] == [8, 8]
    assert results[0].total() == measured().total() + measured().total()


def test_progress_moves_with_every_character_and_ends_at_all_of_them() -> None:
    told: list[int] = []
    pair = [(Scripted(ANSWERS), Rule(0.1)), (Scripted({}), Rule(0.5))]
    measure(pair, messages(), SearchOptions(), progress=told.append)
    assert set(told) == {1}
    assert len(told) == 2 * sum(map(len, TEXTS))


def test_an_interrupt_inside_a_message_drops_that_message_for_all() -> None:
    class Interrupted(Scripted):
        def read(self, draft: Draft) -> Steps[Tree]:
            raise KeyboardInterrupt

    pair = [(Scripted(ANSWERS), Rule(0.1)), (Interrupted({}), Rule(0.5))]
    results, partial = measure(pair, messages(), SearchOptions(), progress=ignore)
    assert partial
    assert [result.messages for result in results] == [0, 0]
    assert results[0].searches == 0
    assert as_json(results[0])["perplexity_per_word"] is None


def test_likelihood_counts_every_token_and_the_end() -> None:
    model = estimate([[*map(ord, text), END] for text in TEXTS], vocabulary_size=VOCABULARY, order=3)

    class Opened(Scripted):
        def read(self, draft: Draft) -> Steps[Tree]:
            yield from ()
            return Tree(self.model.initial_state(), 0.0)

    results = [Measurement("scripted", Rule(0.5))]
    assert not measure_likelihood([Opened({}, model)], messages(), results, progress=ignore)
    expected = 0.0
    for text in TEXTS:
        state = model.initial_state()
        for token in [*map(ord, text), END]:
            expected += float(model.log_probs(state)[0, token])
            state = model.advance(np.array([token]), state)
    found = results[0].likelihood
    assert (found.words, found.tokens) == (9, sum(map(len, TEXTS)) + len(TEXTS))
    assert found.log_prob == pytest.approx(expected, rel=1e-6)
    assert found.per_word == pytest.approx(math.exp(-expected / 9), rel=1e-6)


def test_likelihood_does_not_depend_on_the_batch() -> None:
    model = estimate([[*map(ord, THANKS), END]], vocabulary_size=VOCABULARY)
    texts = [ScoredText(model.initial_state(), [*map(ord, text), END], len(text.split())) for text in TEXTS]
    alone = likelihood(model, texts, rows=1, progress=ignore)
    together = likelihood(model, texts, rows=3, progress=ignore)
    assert together.log_prob == pytest.approx(alone.log_prob, rel=1e-6)


def test_an_interrupted_likelihood_covers_whole_blocks_of_all() -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    class Opened(Scripted):
        def read(self, draft: Draft) -> Steps[Tree]:
            yield from ()
            return Tree(self.model.initial_state(), 0.0)

    results = [Measurement("scripted", Rule(0.5))]
    assert measure_likelihood([Opened({})], messages(), results, progress=interrupt)
    assert results[0].likelihood == Likelihood()


def test_the_report_is_json_and_agrees_with_the_counts() -> None:
    report = json.loads(json.dumps(as_json(measured()), allow_nan=False))
    assert report["replay"]["saved"] == 45.0
    assert report["replay"]["precision"] == 0.5
    assert report["replay"]["showings_per_word"] == pytest.approx(6 / 9, abs=1e-4)
    assert report["exact_match"]["word_starts"] == 9
    assert report["exact_match"]["match"]["1"][1] == 1.0
    assert len(report["curve"]) == len(GRID)


@pytest.mark.lengthy
def test_every_curve_is_drawn_for_any_number_of_models(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    empty = Measurement("nothing", Rule(0.5))
    files = save_plots([measured(), empty], tmp_path)
    assert [file.name for file in files] == [
        "net_time.png",
        "precision_saved.png",
        "exact_match.png",
        "calibration.png",
        "reliability.png",
    ]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in files)
