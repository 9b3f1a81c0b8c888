"""What docs/explanation/study.md says about its results is so in its tables."""

from pathlib import Path

from inkling.models.study.experiment import Row, Value
from inkling.models.study.experiments.catalogue import EXPERIMENTS
from inkling.models.study.spread import Summary, summaries
from inkling.models.study.unit_results import read_table

TABLES = Path(__file__).parents[3] / "docs" / "study"
PLAIN = ("rnn_tanh", "rnn_relu", "rnn_leaky_relu", "rnn_sigmoid")
RECURRENT = (*PLAIN, "gru", "lstm", "mingru")
SIZE, TIME = "equal size", "equal time"
START, LARGE = "at the start", "at the start, large weights"
CLIPPED, UNCLIPPED = "trained, clipped", "trained, not clipped"


def rows(name: str) -> list[Row]:
    return read_table(TABLES / f"{name}.csv", EXPERIMENTS[name].columns)


def summed(name: str, measure: str, *keys: str) -> dict[tuple[Value, ...], Summary]:
    """What is known over seeds of each kind at each of the other keys."""
    return summaries(rows(name), ["kind", *keys], measure)


def means(name: str, measure: str, *keys: str) -> dict[tuple[Value, ...], float]:
    return {group: found.mean for group, found in summed(name, measure, *keys).items()}


def failed(name: str, kind: str) -> int:
    return sum(row["kind"] == kind and row["failure"] is not None for row in rows(name))


def test_quality() -> None:
    found = summed("quality", "perplexity", "budget")

    def ranked(budget: str) -> list[Value]:
        groups = sorted(found, key=lambda group: found[group].mean)
        return [kind for kind, what in groups if what == budget]

    assert ranked(SIZE)[:5] == ["gru", "mingru", "transformer", "rnn_relu", "lstm"]
    assert ranked(TIME)[:3] == ["mingru", "gru", "lstm"]
    gru, lstm, transformer = (found[kind, TIME] for kind in ("gru", "lstm", "transformer"))
    assert abs(gru.mean - lstm.mean) < gru.deviation + lstm.deviation
    assert transformer.mean > 1.2 * lstm.mean
    read = means("quality", "tokens", "budget")
    assert 1.4 < read["mingru", TIME] / read["gru", TIME] < 1.7
    assert 1.9 < read["lstm", TIME] / read["gru", TIME] < 2.5
    assert ("rnn_leaky_relu", SIZE) not in found
    assert found["rnn_relu", SIZE].count == 2
    saved = means("quality", "net_time", "budget")
    sound = [value for (kind, what), value in saved.items() if what == SIZE]
    assert max(sound) - min(sound) < 1


def test_depth() -> None:
    found = means("depth", "perplexity", "layers")
    assert [layers for _, layers in sorted(found, key=found.__getitem__)] == [1, 2, 3, 4, 5, 6]


def test_context() -> None:
    gains = means("context", "gain")
    assert [kind for (kind,), gain in gains.items() if gain > 0] == ["leading"]
    assert min(gains, key=gains.__getitem__) == ("bigru",)
    perplexities = means("context", "perplexity")
    assert min(perplexities, key=perplexities.__getitem__) == ("none",)


def test_training_speed() -> None:
    found = means("training-speed", "tokens_a_second", "length")
    lengths = sorted({length for _, length in found if isinstance(length, int)})
    for length in lengths:
        at = {kind: value for (kind, here), value in found.items() if here == length}
        assert min(at, key=at.__getitem__) == "transformer"
        assert max(at, key=at.__getitem__) == "lstm"
        assert 1.6 < at["lstm"] / at["gru"] < 2.5
        assert 1.3 < at["mingru"] / at["gru"] < 1.7
    for kind in RECURRENT:
        long = [found[kind, length] for length in lengths if length >= 64]
        assert max(long) < 1.2 * min(long)
    assert found["transformer", max(lengths)] < 0.6 * found["transformer", 64]


def test_keystroke_cost() -> None:
    times = means("keystroke-cost", "milliseconds", "way", "prefix")
    kept = means("keystroke-cost", "state_bytes", "way", "prefix")
    for kind in RECURRENT:
        assert 0.7 < times[kind, "state", 1024] / times[kind, "state", 16] < 1.3
        assert times[kind, "all read anew", 1024] > 100 * times[kind, "state", 1024]
        assert 1500 < kept[kind, "state", 1024] == kept[kind, "state", 16] < 3500
    cache = "cache of keys and values"
    assert times["transformer", cache, 1024] > 2 * times["transformer", cache, 16]
    assert kept["transformer", cache, 1024] > 50 * kept["transformer", cache, 16]
    smallest = min(RECURRENT, key=lambda kind: kept[kind, "state", 16])
    assert smallest == "gru"


def test_gradients() -> None:
    norm = means("gradients", "norm", "stage", "distance")
    assert norm["rnn_sigmoid", START, 8] < 1e-5 * norm["rnn_sigmoid", START, 1]
    assert norm["rnn_tanh", START, 32] < 1e-5 * norm["rnn_tanh", START, 1]
    assert norm["rnn_relu", LARGE, 96] > norm["rnn_relu", START, 96] * 1e6
    assert norm["rnn_tanh", LARGE, 96] > 100 * norm["rnn_tanh", LARGE, 1]
    for kind in ("rnn_tanh", "rnn_sigmoid"):
        assert norm[kind, CLIPPED, 16] < norm[kind, START, 16]
    for kind in ("gru", "mingru"):
        assert norm["lstm", START, 96] > 1e6 * norm[kind, START, 96]
        assert norm["lstm", CLIPPED, 64] < 1e-3 * norm[kind, CLIPPED, 64]
    for kind in ("gru", "mingru", "transformer"):
        assert norm[kind, CLIPPED, 96] > 1e-3
        assert 0.1 < norm[kind, CLIPPED, 64] / norm[kind, UNCLIPPED, 64] < 10
    assert norm["rnn_relu", CLIPPED, 64] < norm["rnn_relu", UNCLIPPED, 64]


def test_recall() -> None:
    found = means("recall", "recalled", "distance")
    for kind in ("gru", "lstm", "mingru", "transformer"):
        assert {value for (one, _), value in found.items() if one == kind} == {100.0}
    for kind in ("rnn_relu", "rnn_leaky_relu"):
        assert found[kind, 20] > 90 > 40 > found[kind, 500]
    for kind in ("rnn_tanh", "rnn_sigmoid"):
        assert all(value < 10 for (one, _), value in found.items() if one == kind)


def test_influence() -> None:
    found = means("influence", "nats", "distance")
    kinds = {kind for kind, _ in found}
    assert kinds == {*RECURRENT, "transformer"} - {"rnn_leaky_relu"}
    for kind in kinds:
        assert found[kind, 1] > 2 * max(
            value for (one, at), value in found.items() if one == kind and at != 1
        )
    for distance in (5, 12, 32, 48):
        assert 0.2 < found["transformer", distance] / found["mingru", distance] < 5
        assert 0.2 < found["transformer", distance] / found["gru", distance] < 5
    for kind in ("rnn_tanh", "rnn_sigmoid", "lstm"):
        assert found[kind, 32] < 0.1 * found["transformer", 32]


def test_dying_units() -> None:
    still, flat = (means("dying-units", measure, "stage") for measure in ("still", "flat"))
    assert still["rnn_relu", "usual rate"] > 50
    assert all(
        value == 0
        for (kind, _), value in still.items()
        if kind in ("rnn_leaky_relu", "gru", "lstm", "mingru")
    )
    for kind in ("rnn_tanh", "rnn_sigmoid"):
        assert flat[kind, START] < flat[kind, "usual rate"] < flat[kind, "twice the rate"]
        assert flat[kind, "twice the rate"] > 50
    assert still["rnn_sigmoid", "twice the rate"] > 30


def test_temperature() -> None:
    distinct, probability, matched = (
        [
            value
            for _, value in sorted(
                (at, value) for (_, at), value in means("temperature", measure, "temperature").items()
            )
        ]
        for measure in ("distinct", "probability", "matched")
    )
    assert distinct == sorted(distinct)
    assert (round(distinct[0]), round(distinct[-1])) == (1, 5)
    assert probability == sorted(probability, reverse=True)
    assert 0 < matched.index(max(matched)) < len(matched) - 1
    assert min(matched) == matched[-1]


def test_blanks() -> None:
    right = means("blanks", "right")
    assert right["both sides",] > 1.5 * right["left side",]
