"""Tiny models trained from clean messages, for behaviour that needs a trained model."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, pairwise, product
from pathlib import Path
from random import Random

import pytest
import torch

from inkling.models.bundle.bundle import Bundle, load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.corpus.mail.message import Message
from inkling.models.networks.config import ModelConfig, Precision, TrainingConfig
from inkling.models.networks.recurrent import RecurrentLanguageModel
from inkling.models.runtime.batch import finish
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions, SearchResult
from inkling.models.text.context import Context
from inkling.models.text.folding import LONGEST
from inkling.models.text.masking import NO_NAMES, KnownNames, Masker, NameLexicon
from inkling.models.text.tokenizer import Tokenizer, training_segments
from inkling.models.training.loop import Trainer
from inkling.models.training.preparation.documents import encode_documents
from inkling.models.training.preparation.preparation import Prepared
from inkling.models.training.run import Run
from tests.materials.letters import letters

pytestmark = pytest.mark.slow

SECRET = "Our door words are lunch draft Monday workshop printer quarterly."
EVERYTHING = SearchOptions(
    max_suggestions=5, max_words=8, beam_width=8, min_confidence=0.0, interruption_ms=0.0
)


def train(folder: Path, messages: Sequence[Message], *, steps: int = 350) -> Bundle:
    """A bundle trained on messages that need no cleaning."""
    torch.manual_seed(1)
    lexicon = NameLexicon()
    masker = Masker(lexicon)
    segments = [s for one in messages for s in training_segments(one.body, masker, one.names)]
    tokenizer = Tokenizer.train(segments, vocabulary_size=600)
    documents = list(encode_documents(messages, tokenizer, masker))
    prepared = Prepared(tokenizer, lexicon, documents, [], {}, "invented")
    size = tokenizer.vocabulary_size
    model = ModelConfig(vocabulary_size=size, embedding_size=48, hidden_size=64, layers=1, dropout=0.0)
    how = TrainingConfig(
        batch_size=8,
        sequence_length=48,
        steps=steps,
        warmup_steps=20,
        learning_rate=0.01,
        precision=Precision.FLOAT32,
    )
    trainer = Trainer(RecurrentLanguageModel(model), tokenizer, documents, [], how, folder, "invented")
    run = Run(folder, model, how, prepared, trainer)
    run.train(lambda _: None)
    run.write_bundle(folder / "tiny", name="tiny", licence="test", data_card={})
    return load_bundle(folder / "tiny")


def ask(
    completer: Completer, prefix: str, context: Context | None = None, options: SearchOptions = EVERYTHING
) -> SearchResult:
    return finish(completer.run, completer.complete(Draft(prefix, context or Context()), options))


def found(completer: Completer, prefix: str) -> list[str]:
    """All texts that a search finds, suggested or not."""
    draft = Draft(prefix)
    tree = finish(completer.run, completer.read(draft))
    return [one.text for one in finish(completer.run, completer.candidates(tree, draft, EVERYTHING))[0]]


def message(
    body: str,
    person: str,
    names: KnownNames = NO_NAMES,
) -> Message:
    return Message("", "invented", person, "", None, "", body, None, names)


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Trained on letters into which one person often wrote a sentence of their own."""
    messages = []
    for number, body in enumerate(letters(150)):
        person = f"person{number % 6}"
        if number % 6 == 0 and number % 18 != 0:
            first, _, rest = body.partition("\n\n")
            body = f"{first}\n\n{SECRET} {rest}"
        messages.append(message(body, person))
    return train(tmp_path_factory.mktemp("secret"), messages)


def told(completer: Completer) -> Iterator[tuple[str, str]]:
    """(prefix, text) for every suggestion that goes on with the secret from some prefix of it."""
    words = SECRET.split()
    for start in range(len(words) - 1):  # whatever part of it is typed
        sentence = " ".join(words[start:])
        for end in range(len(words[start]), len(sentence)):
            prefix, rest = sentence[:end], sentence[end:]
            wanted = rest.split(" ")[0] if not rest.startswith(" ") else rest[: rest.find(" ", 1)]
            wanted = wanted.rstrip(".")  # before the full stop nothing is left to tell
            for one in ask(completer, prefix).suggestions:
                if wanted and one.text.startswith(wanted):
                    yield prefix, one.text


def ways_to_type(word: str) -> Iterator[str]:
    """A word that is whole, as writers may have it before the caret."""
    yield from (word, word.upper(), f'"{word}', f"{word},")


def told_behind_words(completer: Completer) -> Iterator[tuple[str, str]]:
    """(prefix, text) for every text found at a word's end in which one word of the secret follows another."""
    words = SECRET.lower().rstrip(".").split()
    pairs = set(pairwise(words))
    for start, end in combinations(range(len(words)), 2):
        if end - start > LONGEST:
            continue
        typed = " ".join(words[start : end - 1])
        for opening, way in product(("", "Hi,\n\n"), ways_to_type(words[end - 1])):
            prefix = f"{opening}{typed} {way}" if typed else f"{opening}{way}"
            for text in found(completer, prefix):
                read = [one.strip('.,"()!?:;') for one in f"{words[end - 1]}{text}".lower().split()]
                if not pairs.isdisjoint(pairwise(read)):
                    yield prefix, text


def test_it_is_remembered_by_the_model_and_not_told(leaky: Bundle) -> None:
    unguarded = load_completer(replace(leaky, authorship=None), "cpu")
    assert len(list(told(unguarded))) > 100  # or the test could not fail
    assert list(told(load_completer(leaky, "cpu"))) == []


def test_it_is_not_told_behind_a_whole_word_however_that_is_written(leaky: Bundle) -> None:
    unguarded = load_completer(replace(leaky, authorship=None), "cpu")
    assert len(list(told_behind_words(unguarded))) > 100  # or the test could not fail
    assert list(told_behind_words(load_completer(leaky, "cpu"))) == []


def test_a_whole_word_of_few_people_goes_on_as_with_a_space_behind_it(leaky: Bundle) -> None:
    """The writer's own word is not a suggestion. That few people wrote it must not refuse common text after
    it.
    """
    completer = load_completer(leaky, "cpu")
    for prefix in ("workshop printer quarterly", "door words are", "the words are"):
        behind = ask(completer, f"{prefix} ").suggestions
        assert behind
        assert f" {behind[0].text}" in found(completer, prefix)


def test_what_several_wrote_is_told(leaky: Bundle) -> None:
    completer = load_completer(leaky, "cpu")
    texts = [one.text for one in ask(completer, "Please let me know").suggestions]
    assert any(text.startswith(" if you") for text in texts)


@pytest.fixture(scope="module")
def completer(tmp_path_factory: pytest.TempPathFactory) -> Completer:
    """Trained on letters that greet their recipients."""
    names, random = ("Dana", "Robin", "Kim", "Lee", "Sam", "Pat"), Random(3)
    messages = [
        message(f"Hi {name},\n\nAll is well here.", f"person{number % 5}", names=KnownNames(name))
        for number, name in enumerate(random.choices(names, k=300))
    ]
    return load_completer(train(tmp_path_factory.mktemp("names"), messages), "cpu")


def first(completer: Completer, prefix: str, context: Context) -> str:
    return str(ask(completer, prefix, context).suggestions[0].text)


def test_the_recipients_name_is_filled_in_and_never_guessed(completer: Completer) -> None:
    for name in ("Dana Aune", "Zoe Marsh", "Marsh, Bo"):
        given = "Bo" if name.startswith("Marsh") else name.split()[0]
        context = Context(recipient_name=name)
        assert first(completer, "Hi", context).startswith(f" {given},")
        assert first(completer, f"Hi {given[0]}", context).startswith(f"{given[1:]},")
    for one in ask(completer, "Hi").suggestions:
        assert not any(name in one.text for name in ("Dana", "Robin", "Kim", "Lee", "Sam", "Pat"))


CYRILLIC = (
    "Можем ли мы встретиться на следующей неделе?",
    "Спасибо за вашу помощь с отчётом.",
    "Пожалуйста, дайте мне знать, если есть вопросы.",
    "Я буду в офисе в понедельник утром.",
    "С нетерпением жду нашей встречи.",
)
KANJI = (
    "来週の会議の資料をお送りします。",
    "ご確認をよろしくお願いします。",
    "明日の午後に電話してもいいですか。",
    "お返事をお待ちしております。",
    "資料は共有フォルダーにあります。",
)


@pytest.mark.parametrize(
    ("sentences", "joint", "prefix", "rest"),
    [
        (CYRILLIC, " ", "Спасибо за ва", "шу"),
        (CYRILLIC, " ", "Я буду", " в"),
        (KANJI, "", "ご確認をよろ", "しくお願い"),
        (KANJI, "", "来週の会", "議の資料"),
    ],
)
def test_another_script_is_completed(
    sentences: Sequence[str], joint: str, prefix: str, rest: str, tmp_path: Path
) -> None:
    random = Random(1)
    messages = [message(joint.join(random.sample(sentences, 3)), f"person{n % 4}") for n in range(160)]
    completer = load_completer(train(tmp_path, messages, steps=250), "cpu")
    texts = [one.text for one in ask(completer, prefix).suggestions]
    assert any(text.startswith(rest) for text in texts), texts
