"""Measures the time of one keystroke at 10 to 1,000 words before the caret: with a session, with a session,
context and profile, without a session, and with torch.

    python -m benchmarks.keystroke --data mail.jsonl.gz

Real messages are joined to texts of the wanted length and the same words typed behind each, key by
key. The comparison recomputes the prefix with torch in fp32, one sequence operator for the prefix and
the same beam search on top. Lengths alternate key by key, systems round by round. Medians are shown.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import click
import numpy as np

from benchmarks.people.typists import load_texts
from benchmarks.reporting.extras import missing
from benchmarks.reporting.report import Report, card_name
from inkling.models.bundle.bundle import Bundle, load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.runtime.batch import finish
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions
from inkling.models.search.writer import NOBODY
from inkling.models.text.chunks import count_words
from inkling.models.text.context import Context
from inkling.service.engine.job import Answer, Job
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.engine.worker.reading import MessageReader
from inkling.service.engine.worker.writers import Writers
from inkling.service.profiles.memory_profiles import MemoryProfileStore
from inkling.service.profiles.profile_store import UserKey
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.session_store import SessionKey
from inkling.service.settings import bundle_path, load_settings

LENGTHS = (10, 50, 200, 1000)
OPTIONS = SearchOptions()
_CONTEXT = Context(
    subject="Planning the next release",
    previous_message="Could we talk about the open questions soon? I have time on Thursday or next week.",
    recipient_name="Sam Example",
    sent_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
)

Type = Callable[[str], object]
"""Answers one keystroke: the whole text before the caret."""


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Mail whose messages are typed; else invented.")
@click.option("--bundle", type=click.Path(path_type=Path), help="Bundle to measure.")
@click.option("--rounds", default=7, show_default=True)
@click.option("--keys", default=40, show_default=True, help="Keystrokes at each length in a round.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option("--torch/--no-torch", "with_torch", default=True, help="The comparison with torch.")
def main(
    data: Path | None, bundle: Path | None, rounds: int, keys: int, device: str, with_torch: bool
) -> None:
    """Time keystrokes by the length of the draft."""
    loaded = load_bundle(bundle_path(load_settings(bundle=bundle)))
    texts = load_texts(data)
    completer = load_completer(loaded, device)
    ways: dict[str, Callable[[int], Type]] = {
        "with session": lambda number: engine_keys(completer, f"draft{number}"),
        "session, context, profile": lambda number: engine_keys(
            completer, f"draft{number}", context=_CONTEXT, learned=texts[1::2]
        ),
        "without session": lambda _: engine_keys(completer, None),
    }
    if with_torch:
        recompute = _recomputing(loaded)
        ways["torch fp32, prefix recomputed"] = lambda _: recompute
    times: dict[tuple[str, int], list[float]] = {(way, words): [] for way in ways for words in LENGTHS}
    for turn in range(rounds):
        drafts = {words: text_to_type(texts[::2], words, Random(f"{turn}"), keys) for words in LENGTHS}
        for way, make in ways.items():
            answers = {words: make(turn) for words in LENGTHS}
            for words, text in drafts.items():
                answers[words](text[: -keys - 1])
            # Recomputing a thousand words for every key would take all day.
            typed = keys if "session" in way and way != "without session" else max(3, keys // 8)
            for left in range(typed, 0, -1):
                for words, text in drafts.items():
                    began = time.perf_counter()
                    answers[words](text[:-left])
                    times[way, words].append(time.perf_counter() - began)
    report = Report("keystroke", ["way", *(f"{words:,} words, ms" for words in LENGTHS)])
    for way in ways:
        middle = [float(np.median(times[way, words])) * 1000 for words in LENGTHS]
        report.add([way, *middle], {"way": way, **dict(zip(map(str, LENGTHS), middle, strict=True))})
    report.show(runtime=completer.runtime, card=card_name(device))


def text_to_type(texts: Sequence[str], words: int, random: Random, keys: int) -> str:
    """A text of this many words and, at its end, `keys` characters to type. Equal random states give equal
    texts.
    """
    typed = random.choice(texts)[:keys].ljust(keys, "s")
    joined = ""
    while count_words(joined) < words:
        joined += random.choice(texts) + "\n\n"
    return " ".join(joined.split(" ")[: words + 1]) + " " + typed


def engine_keys(
    completer: Completer,
    session: str | None,
    options: SearchOptions = OPTIONS,
    steps: list[int] | None = None,
    context: Context | None = None,
    learned: Sequence[str] = (),
) -> Type:
    """Keystrokes answered as the engine answers them. `steps` collects the model steps of their searches.

    `learned` is earlier mail of the writer's.
    """
    store, user = MemoryProfileStore(max_words=20_000), UserKey("", "writer")
    reader = MessageReader(completer)
    for message in (reader(text, None, 0.0) for text in learned):
        if message is not None:
            store.learn(user, message)
    writers = Writers(store, completer)
    writers.install(user, writers.prepare(user))
    runner = ModelRunner(completer, MemorySessionStore(1 << 28, 600.0))
    known = Context() if context is None else context
    key = None if session is None else SessionKey("", session)

    def press(prefix: str) -> Answer:
        writer = writers.find(user) if learned else NOBODY
        assert writer is not None
        answer = finish(runner.run, runner.answer(Job(prefix, known, options, key), writer))
        if steps is not None:
            steps.append(answer.decode_steps)
        return answer

    return press


def _recomputing(bundle: Bundle) -> Type:
    """torch's own sequence operator over the whole prefix, then the same search on torch's step."""
    try:
        import torch

        from inkling.models.networks.language_model import restore_language_model
        from inkling.models.networks.recurrent import RecurrentLanguageModel
    except ModuleNotFoundError:
        missing("torch", "torch")

    torch.set_num_threads(1)
    bundle = replace(bundle, phrases=None)  # state that torch's own operator does not have
    completer = load_completer(bundle, "cpu", runtime="torch", threads=1)
    network = restore_language_model(bundle.manifest.model, bundle.weights)
    if not isinstance(network, RecurrentLanguageModel):
        raise click.ClickException("the comparison with torch is of recurrent models: give --no-torch")
    tokenizer = bundle.tokenizer

    def answer(prefix: str) -> object:
        draft = Draft(prefix)
        committed = tokenizer.encode(draft.committed, masker=bundle.masker)
        tokens = [tokenizer.end_id, tokenizer.body_id, *committed]
        with torch.inference_mode():
            _, read = network.features(torch.tensor(tokens)[:, None], network.initial_state(1))
        state = completer.model.initial_state()
        state[:, : read.shape[1]] = read.numpy()
        return finish(completer.run, completer.search(completer.tree(state), draft, OPTIONS))

    return answer


if __name__ == "__main__":
    main()
