"""Compares a keystroke with Transformers in CTranslate2 and llama.cpp.

    python -m benchmarks.peers --data mail.jsonl.gz

needs the extra `peers` (llama.cpp is compiled when it is installed). The peers' weights are random:
the speed is measured, not the text. Every system gets the same keys and adds the same number of tokens. Its
prefix caching is on. Rounds are interleaved; medians are shown.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import click
import numpy as np

from benchmarks.keystroke import engine_keys, text_to_type
from benchmarks.people.typists import load_texts
from benchmarks.reporting.report import Report
from benchmarks.systems.peer_models import Ask, Shape, ctranslate2_peer, llama_peer
from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.loading import load_completer
from inkling.models.search.suggestion import SearchOptions
from inkling.models.text.chunks import split_prefix
from inkling.models.text.tokenizer import Tokenizer
from inkling.service.settings import bundle_path, load_settings

_BEAM = 4
_WHOLE = SearchOptions(beam_width=_BEAM, max_words=5, min_confidence=0.0, interruption_ms=0.0)
"""A search that never ends early: it goes on until five words are spelled."""

_EQUAL = Shape(layers=4, size=256, heads=4, inner=1024, vocabulary=8192)
_GPT2 = Shape(layers=12, size=768, heads=12, inner=3072, vocabulary=50257)
_LLAMA = Shape(layers=30, size=576, heads=9, key_heads=3, inner=1536, vocabulary=49152)

Key = Callable[[str], object]


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Mail whose messages are typed; else invented.")
@click.option("--bundle", type=click.Path(path_type=Path), help="Bundle to measure.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--keys", default=12, show_default=True, help="Keystrokes in a round.")
@click.option("--words", default=100, show_default=True, help="Words before the caret.")
@click.option("--tokens", default=8, show_default=True, help="Tokens that a peer adds.")
@click.option("--threads", default=1, show_default=True, help="Threads of a peer; Inkling has one.")
def main(
    data: Path | None, bundle: Path | None, rounds: int, keys: int, words: int, tokens: int, threads: int
) -> None:
    """Time the same keystrokes in several systems."""
    loaded = load_bundle(bundle_path(load_settings(bundle=bundle)))
    completer = load_completer(loaded, "cpu")
    texts = load_texts(data)
    steps: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        peers: dict[str, Ask] = {
            f"CTranslate2 int8, {_EQUAL.parameters / 1e6:.1f}M, beam {_BEAM}": ctranslate2_peer(
                root / "equal", _EQUAL, beam=_BEAM, tokens=tokens, threads=threads
            ),
            f"CTranslate2 int8, {_GPT2.parameters / 1e6:.0f}M (GPT-2), beam {_BEAM}": ctranslate2_peer(
                root / "gpt2", _GPT2, beam=_BEAM, tokens=tokens, threads=threads
            ),
            f"llama.cpp Q8_0, {_LLAMA.parameters / 1e6:.0f}M, greedy": llama_peer(
                root / "llama.gguf", _LLAMA, tokens=tokens, threads=threads
            ),
        }
        ours = f"Inkling int8, {loaded.manifest.parameters / 1e6:.1f}M"
        ways: dict[str, Callable[[int], Key]] = {
            f"{ours}, as served": lambda turn: engine_keys(completer, f"a{turn}"),
            f"{ours}, beam {_BEAM}, every search to its end": lambda turn: engine_keys(
                completer, f"b{turn}", _WHOLE, steps
            ),
            **{name: _asking(ask, loaded.tokenizer) for name, ask in peers.items()},
        }
        times: dict[str, list[float]] = {way: [] for way in ways}
        for turn in range(rounds):
            text = text_to_type(texts, words, Random(f"{turn}"), keys)
            for way, make in ways.items():
                press = make(turn)
                press(text[: -keys - 1])
                for end in range(len(text) - keys, len(text)):
                    began = time.perf_counter()
                    press(text[:end])
                    times[way].append(time.perf_counter() - began)
    report = Report("peers", ["system", "median ms", "95% ms", "times Inkling's"])
    middles = {way: float(np.median(taken)) * 1000 for way, taken in times.items()}
    whole = list(middles.values())[1]
    for way, middle in middles.items():
        high = float(np.percentile(times[way], 95)) * 1000
        report.add([way, middle, high, middle / whole], {"system": way, "median_ms": middle, "p95_ms": high})
    report.show(words=words, tokens=tokens, threads=threads, steps=float(np.mean(steps)))


def _asking(ask: Ask, tokenizer: Tokenizer) -> Callable[[int], Key]:
    def press(prefix: str) -> object:
        committed, tail = split_prefix(prefix)
        before = [tokenizer.body_id, *tokenizer.encode(committed)]
        inside = tokenizer.encode(tail) if tail else []
        return ask(before, inside)

    return lambda _: press


if __name__ == "__main__":
    main()
