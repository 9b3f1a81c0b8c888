"""A completer over a tiny real bundle writes texts, and draws what it suggests."""

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.runtime.batch import StepRequest, finish, finish_all
from inkling.models.sampling.writing import WritingEnd, WritingOptions, Written
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import Sampling, SearchOptions
from inkling.models.search.tail_spelling import Spelling
from inkling.models.search.word_filter import WordFilter
from inkling.models.search.writer import Writer
from inkling.models.text.context import Context
from inkling.models.text.masking import Masker, NameLexicon
from inkling.service.engine.job import Job, WritingJob
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.session_store import SessionKey
from tests.materials.bundles import make_bundle

pytestmark = pytest.mark.lengthy

PREFIXES = [
    "",
    "Hi",
    "Can we sched",
    "Can we schedule a meeting ",
    "Thanks,\n",
    "Thanks,\n\n",
    "I will  be",
    "naïve caf",
    "会议",
    "Please call 5551234567",
    "Ask Dana",
    "See www.example.com/" + "x" * 60,
    "Hi all,\n\nPlease l",
]
DRAWN = SearchOptions(3, 4, 4, 0.0, 0.0, Sampling(1.2, seed=5))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundles") / "tiny", phrases=True)


@pytest.fixture(scope="module")
def completer(folder: Path) -> Completer:
    return load_completer(load_bundle(folder), "cpu", runtime="onnx", threads=1)


def written(completer: Completer, draft: Draft, options: WritingOptions) -> Written:
    tree = finish(completer.run, completer.read(draft))
    return finish(completer.run, completer.write(tree, draft, options))


def options(seed: int = 0, texts: int = 1, tokens: int = 20) -> WritingOptions:
    return WritingOptions(Sampling(1.2, seed=seed), max_tokens=tokens, texts=texts)


def test_the_probabilities_are_those_of_the_whole_model(completer: Completer) -> None:
    draft = Draft("Thank you for your help. Thank you ")
    tree = finish(completer.run, completer.read(draft))
    (result,) = completer.run([StepRequest(tree.root, None, predicts=True)])
    distribution = result.distribution
    assert distribution is not None
    assert tree.memory is not None
    spelling = Spelling(completer.tokenizer)
    tree.memory.mix(distribution, [()], spelling.groups)
    log_probs = distribution.logits[0] - distribution.log_normaliser[0]
    possible = [
        token
        for token, data in enumerate(completer.tokenizer.piece_bytes)
        if data.startswith(b" ") and data.strip() and not completer.tokenizer.is_byte(token)
    ]
    total = math.log(sum(np.exp(log_probs[possible].astype(np.float64))))
    expected = {
        completer.tokenizer.piece_bytes[token].decode()[1:]: float(log_probs[token]) - total
        for token in possible
    }
    (one,) = written(completer, draft, replace(options(tokens=3), logprobs=20)).texts
    assert one.tokens
    assert len(one.tokens[0].likely) == 20
    assert dict(one.tokens[0].likely) == pytest.approx(
        {name: expected[name] for name, _ in one.tokens[0].likely}, abs=1e-4
    )
    best = sorted(expected.values(), reverse=True)[:20]
    assert [log_prob for _, log_prob in one.tokens[0].likely] == pytest.approx(best, abs=1e-4)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_prefix_goes_on(completer: Completer, prefix: str) -> None:
    found = written(completer, Draft(prefix), options(texts=5))
    assert [one.number for one in found.texts] == list(range(5))
    assert any(one.text for one in found.texts)
    assert found.drawn_tokens > 0


def test_a_text_does_not_depend_on_what_shares_its_steps(completer: Completer) -> None:
    drafts = [Draft(prefix) for prefix in PREFIXES]
    trees = [finish(completer.run, completer.read(draft)) for draft in drafts]
    together = finish_all(
        completer.run,
        [
            completer.write(tree, draft, options(number, texts=2))
            for number, (tree, draft) in enumerate(zip(trees, drafts, strict=True))
        ],
    )
    alone = [written(completer, draft, options(number, texts=2)) for number, draft in enumerate(drafts)]
    assert [one.texts for one in together] == [one.texts for one in alone]


def test_a_name_is_never_written(folder: Path, completer: Completer) -> None:
    def words(completer: Completer) -> Counter[str]:
        texts = written(completer, Draft(""), options(texts=150, tokens=12)).texts
        found = (word.strip(".,;:!?") for one in texts for word in one.text.split())
        return Counter(word for word in found if word.isalpha() and word[0].isupper())

    (name, _), *_ = words(completer).most_common(1)
    bundle = replace(load_bundle(folder), masker=Masker(NameLexicon.build([name])))
    others = words(load_completer(bundle, "cpu", runtime="onnx", threads=1))
    assert others
    assert name not in others


def test_blocked_words_and_forbidden_phrases_are_not_written(folder: Path) -> None:
    bundle = load_bundle(folder)
    free = load_completer(bundle, "cpu", runtime="onnx", threads=1, words=WordFilter())
    texts = written(free, Draft("Hi "), options(texts=40)).texts
    (word, _), *_ = Counter(w for one in texts for w in one.text.split() if w.isalpha()).most_common(1)
    filtered = load_completer(bundle, "cpu", runtime="onnx", threads=1, words=WordFilter([word]))
    forbidden = Draft("Hi ", writer=Writer(forbidden=[word]))
    for texts in (
        written(filtered, Draft("Hi "), options(texts=40)).texts,
        written(free, forbidden, options(texts=40)).texts,
    ):
        said = {one.strip(".,;:!?").casefold() for text in texts for one in text.text.split()}
        assert said
        assert word.casefold() not in said


def test_what_nobody_wrote_is_not_written(tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "guarded", guarded=True)
    completer = load_completer(load_bundle(folder), "cpu", runtime="onnx", threads=1)
    texts = written(completer, Draft("Hi "), options(texts=10)).texts
    assert not any(character.isalpha() for one in texts for character in one.text)
    assert WritingEnd.CONTENT_FILTER in {one.end for one in texts}


def test_a_drawn_suggestion_with_a_session_is_the_one_without(completer: Completer) -> None:
    runner = ModelRunner(completer, MemorySessionStore(10**7, 60.0))
    key = SessionKey("owner", "draft")
    shown = 0
    text = "Can we schedule a meeting for next week? Thank you for"
    for end in (*range(len(text) + 1), *range(len(text), 20, -7)):
        asked = Job(text[:end], Context(recipient_name="Sam"), DRAWN)
        alone = finish(runner.run, runner.answer(asked))
        kept = finish(runner.run, runner.answer(replace(asked, session=key)))
        assert kept.suggestions == alone.suggestions
        shown += len(alone.suggestions)
    assert shown > 30


def test_a_plain_suggestion_is_as_ever_after_a_drawn_one(completer: Completer) -> None:
    runner = ModelRunner(completer, MemorySessionStore(10**7, 60.0))
    plain = Job("Can we sched", options=replace(DRAWN, sampling=None))
    before = finish(runner.run, runner.answer(plain))
    kept = replace(plain, session=SessionKey("owner", "draft"))
    drawn = finish(runner.run, runner.answer(replace(kept, options=DRAWN)))
    assert drawn.suggestions != before.suggestions
    assert finish(runner.run, runner.answer(kept)).suggestions == before.suggestions


def test_the_runner_writes_what_the_completer_does_and_counts_the_prompt(completer: Completer) -> None:
    runner = ModelRunner(completer, MemorySessionStore(10**7, 60.0), openings=["Hi all,"])
    for prefix in PREFIXES:
        answer = finish(runner.run, runner.write(WritingJob(prefix, options(3, texts=2))))
        assert answer.written.texts == written(completer, Draft(prefix), options(3, texts=2)).texts
        assert answer.prompt_tokens == len(completer.encode_text(Draft(prefix))) or prefix.endswith(
            (" ", "\n")
        )
    assert runner.store.stats().sessions == 0
