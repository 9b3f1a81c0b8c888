"""`inkling evaluate` from end to end, on invented mail and a bundle with random weights."""

import json
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from inkling.models.bundle.bundle import Bundle, load_bundle, save_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.corpus.mail.message import Message
from inkling.models.evaluation.held_out import load_messages
from inkling.models.evaluation.measure import Measurement, measure_likelihood
from inkling.models.evaluation.replay import Rule
from inkling.models.evaluation.transformer_file import save_transformer
from inkling.models.networks.config import ModelConfig, TransformerConfig
from inkling.models.networks.language_model import restore_language_model
from inkling.models.networks.recurrent import RecurrentLanguageModel
from inkling.models.networks.transformer import TransformerLanguageModel
from inkling.models.ngram import estimate, save_ngram
from inkling.models.runtime.onnx import OnnxRuntime
from inkling.models.text.masking import NO_NAMES, Masker, NameLexicon
from inkling.models.text.tokenizer import Tokenizer, training_segments
from inkling.models.training.dev_perplexity import word_perplexity
from inkling.models.training.preparation.documents import encode_documents
from inkling.service.cli.evaluate_command import command

pytestmark = pytest.mark.lengthy

OPENINGS = (
    "Thank you for your help with",
    "Please let me know about",
    "Could you send me",
    "Let us talk tomorrow about",
    "I have a question about",
)
SUBJECTS = (
    "budget",
    "new office",
    "report",
    "schedule",
    "contract",
    "travel plans",
    "meeting room",
    "survey",
)
HELD_OUT = ("Thank you for your help with the report.", "Could you send me the schedule?")


def bodies() -> list[str]:
    return [f"{opening} the {subject}." for opening in OPENINGS for subject in SUBJECTS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `bundle`, `train.jsonl` and `held.jsonl`."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("evaluate")
    segments = (one for body in bodies() for one in training_segments(body, Masker(), NO_NAMES))
    tokenizer = Tokenizer.train(segments, vocabulary_size=400)
    config = ModelConfig(
        vocabulary_size=tokenizer.vocabulary_size, embedding_size=16, hidden_size=16, layers=1, dropout=0.0
    )
    save_bundle(
        path / "bundle",
        name="tiny",
        config=config,
        weights=RecurrentLanguageModel(config).arrays(),
        tokenizer=tokenizer,
        lexicon=NameLexicon(),
        created="2026-01-01T00:00:00Z",
        inkling_version="0",
        licence="private",
        threshold=0.2,
        data_card={},
        training={},
        metrics={},
    )
    for name, part in (("train", bodies()[2:]), ("held", bodies()[:2])):
        rows = [
            {
                "id": f"{name}{number}",
                "from": f"writer{number}@example.com",
                "subject": "Budget",
                "body": body,
            }
            for number, body in enumerate(part)
        ]
        (path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, ["--json", *map(str, arguments)])


def test_it_measures_the_bundle_and_a_baseline_and_ends_in_a_line_of_json(
    folder: Path, tmp_path: Path
) -> None:
    result = run(
        *("--bundle", folder / "bundle", "--data", folder / "held.jsonl", "--out", tmp_path / "out"),
        *(
            "--baseline-data",
            folder / "train.jsonl",
            "--save-baseline",
            tmp_path / "out" / "5gram.safetensors",
        ),
        *("--messages", 1, "--beam-width", 2, "--max-words", 3),
    )
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout.splitlines()[-1])
    tiny, ngram = report["models"]
    assert (tiny["model"], ngram["model"]) == ("tiny", "5-gram")
    assert report["partial"] is False
    assert tiny["threshold"] == ngram["threshold"] == 0.2
    assert tiny["replay"]["characters"] == ngram["replay"]["characters"] > 0
    assert ngram["perplexity_per_word"] < tiny["perplexity_per_word"]
    # The baseline has read this very sentence, or the same opening.
    assert ngram["replay"]["saved"] > max(20, tiny["replay"]["saved"])
    assert json.loads((tmp_path / "out" / "evaluation.json").read_text()) == report
    assert (tmp_path / "out" / "5gram.safetensors").stat().st_size > 0
    assert "characters saved" in result.stderr


def test_a_saved_baseline_gives_the_same_numbers_and_missing_matplotlib_only_costs_the_curves(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    common = (
        "--bundle",
        folder / "bundle",
        "--data",
        folder / "held.jsonl",
        "--messages",
        1,
        "--max-words",
        2,
    )
    file = tmp_path / "5gram.safetensors"
    trained = run(*common, "--baseline-data", folder / "train.jsonl", "--save-baseline", file)
    loaded = run(*common, "--baseline", file, "--out", tmp_path / "out")
    assert trained.exit_code == loaded.exit_code == 0, loaded.output
    assert "pip install" in loaded.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["evaluation.json"]

    def without_times(result: Result) -> list[dict[str, object]]:
        models = json.loads(result.stdout.splitlines()[-1])["models"]
        return [
            {key: value for key, value in one.items() if key != "milliseconds_per_search"} for one in models
        ]

    assert without_times(trained) == without_times(loaded)


@pytest.mark.parametrize(("runtime", "tolerance"), [("torch", 1e-4), ("onnx", 0.01)])
def test_the_step_kernel_and_the_sequence_path_agree_on_perplexity(
    folder: Path, runtime: str, tolerance: float
) -> None:
    bundle = load_bundle(folder / "bundle")
    held_out = load_messages(folder / "held.jsonl", clean=False)
    results = [Measurement("tiny", Rule(0.2))]
    loaded = load_completer(bundle, "cpu", runtime=runtime, threads=1)
    suggester = Completer(bundle, loaded.model, runtime=runtime, remembers=False)
    assert not measure_likelihood([suggester], held_out, results, progress=lambda _: None)
    documents = encode_documents(
        [
            Message("", "", one.person, "", None, one.context.subject or "", one.text, None, one.names)
            for one in held_out
        ],
        bundle.tokenizer,
        bundle.masker,
    )
    model = restore_language_model(bundle.manifest.model, bundle.weights)
    expected = word_perplexity(model, bundle.tokenizer, list(documents))
    assert results[0].likelihood.per_word == pytest.approx(expected, rel=tolerance)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--bundle", "nowhere"], "not a bundle"),
        (["--data", "nowhere.jsonl"], "does not exist"),
        (["--baseline", "nowhere.safetensors"], "n-gram model"),
        (["--baseline", "held.jsonl"], "n-gram model"),
        (["--baseline-data", "train.jsonl", "--baseline", "held.jsonl"], "not both"),
        (["--save-baseline", "new.safetensors"], "needs --baseline-data"),
        (["--baseline-data", "nowhere.mbox"], "does not exist"),
        (["--out", "held.jsonl"], "held.jsonl"),
        (["--report", "held.jsonl/report"], "is a file"),
        (
            ["--baseline-data", "train.jsonl", "--save-baseline", "missing/new.safetensors"],
            "no folder missing",
        ),
        (["--baseline-data", "train.jsonl", "--save-baseline", "bundle"], "is a folder"),
        (["--device", "abacus"], "abacus"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], reason: str
) -> None:
    monkeypatch.chdir(folder)
    given = dict(zip(arguments[::2], arguments[1::2], strict=True))
    options = {"--bundle": "bundle", "--data": "held.jsonl", **given}
    result = run(*(part for option in options.items() for part in option))
    assert result.exit_code == 2
    assert reason in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""
    assert not (folder / "new.safetensors").exists()


def test_a_baseline_of_another_tokenizer_is_refused(folder: Path, tmp_path: Path) -> None:
    tokenizer = load_bundle(folder / "bundle").tokenizer
    model = estimate([[1, 2, 3]], vocabulary_size=tokenizer.vocabulary_size, tokenizer_digest="another")
    save_ngram(model, tmp_path / "other.safetensors")
    assert tokenizer.digest != "another"
    file = tmp_path / "other.safetensors"
    result = run("--bundle", folder / "bundle", "--data", folder / "held.jsonl", "--baseline", file)
    assert result.exit_code == 2
    assert "another tokenizer" in result.stderr


def rows_of_people(path: Path) -> Path:
    """Held-out mail of two people with dates, recipients and previous messages."""
    rows = [
        {
            "id": f"{person}{number}",
            "person": person,
            "from": f"{person}@example.com",
            "to": "Robin Vale <robin@example.com>",
            "date": f"2026-01-{number + 1:02}T09:00:00+01:00",
            "subject": "Budget",
            "body": f"{opening} the <b>{subject}</b>.",
            "previous_body": "Could you look at it?",
        }
        for person, opening in (("ann", OPENINGS[0]), ("bob", OPENINGS[2]))
        for number, subject in enumerate(SUBJECTS)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_report_is_a_page_with_and_without_context_and_profile(folder: Path, tmp_path: Path) -> None:
    held = rows_of_people(tmp_path / "people.jsonl")
    config = TransformerConfig(
        vocabulary_size=load_bundle(folder / "bundle").tokenizer.vocabulary_size,
        embedding_size=16,
        layers=1,
        heads=2,
        memory=8,
    )
    save_transformer(
        TransformerLanguageModel(config), load_bundle(folder / "bundle").tokenizer, tmp_path / "t.safetensors"
    )
    result = run(
        *("--bundle", folder / "bundle", "--data", held, "--report", tmp_path / "report"),
        *("--transformer", tmp_path / "t.safetensors", "--messages", 4, "--max-words", 2, "--beam-width", 2),
    )
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout.splitlines()[-1])
    assert [one["model"] for one in report["models"]] == ["tiny", "no context", "Transformer"]
    assert [one["model"] for one in report["personal"]] == ["with profile", "no profile"]
    # What was learned is said again: later mail begins as earlier mail did.
    learned, plain = report["personal"]
    assert learned["perplexity_per_word"] < 0.7 * plain["perplexity_per_word"]
    assert json.loads((tmp_path / "report" / "evaluation.json").read_text()) == report
    page = (tmp_path / "report" / "index.html").read_text()
    assert page.count("<table>") == 4
    assert page.count("<svg") == 13
    assert page.count('<figure class="mail">') == 4
    assert "&lt;b&gt;" in page  # mail is text, whatever it holds
    assert "<b>" not in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    )


def test_a_transformer_of_other_tokens_is_refused(folder: Path, tmp_path: Path) -> None:
    config = TransformerConfig(vocabulary_size=300, embedding_size=16, layers=1, heads=2, memory=8)
    segments = (one for body in bodies()[:9] for one in training_segments(body, Masker(), NO_NAMES))
    other = Tokenizer.train(segments, vocabulary_size=330)
    save_transformer(TransformerLanguageModel(config), other, tmp_path / "t.safetensors")
    (tmp_path / "junk").write_bytes(b"junk")
    for file, says in (("t.safetensors", "another tokenizer"), ("junk", "no Transformer"), ("none", "read")):
        result = run(
            *("--bundle", folder / "bundle", "--data", folder / "held.jsonl"),
            *("--transformer", tmp_path / file),
        )
        assert result.exit_code == 2
        assert says in result.stderr.splitlines()[-1]


def test_a_report_without_dated_mail_says_nothing_of_profiles(folder: Path, tmp_path: Path) -> None:
    result = run(
        *("--bundle", folder / "bundle", "--data", folder / "held.jsonl", "--report", tmp_path / "report"),
        *("--messages", 1, "--max-words", 2, "--beam-width", 1),
    )
    assert result.exit_code == 0, result.output
    assert "personal" not in json.loads(result.stdout.splitlines()[-1])
    page = (tmp_path / "report" / "index.html").read_text()
    assert "After learning" not in page
    assert page.count("<table>") == 2


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("--threshold", "nan", "from 0 to 1"),
        ("--interruption-ms", "nan", "from 0 to 10,000"),
        ("--interruption-ms", "inf", "0<=x<=10000"),
    ],
)
def test_what_is_no_number_is_refused_at_once(folder: Path, option: str, value: str, allowed: str) -> None:
    result = run("--bundle", folder / "bundle", "--data", folder / "held.jsonl", option, value)
    assert result.exit_code == 2
    assert option in result.stderr
    assert allowed in result.stderr


def test_a_transformer_without_torch_says_what_is_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "inkling.models.evaluation.transformer_file", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    result = run(
        *("--bundle", folder / "bundle", "--data", folder / "held.jsonl", "--transformer", "t.safetensors")
    )
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "inkling evaluate: --transformer needs torch; 'make train-tools' installs it"
    ]


def test_an_interrupted_measurement_leaves_no_empty_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Completer, "candidates", interrupted)
    monkeypatch.setattr("inkling.service.cli.evaluate_command.load_completer", unloaded)
    result = run(
        *("--bundle", folder / "bundle", "--data", folder / "held.jsonl", "--report", tmp_path / "report")
    )
    assert result.exit_code == 130
    assert "no page was written" in result.stderr
    assert not (tmp_path / "report").exists()


def unloaded(bundle: Bundle, *_arguments: object, **_options: object) -> Completer:
    """A completer that has not searched yet."""
    config = bundle.manifest.model
    assert isinstance(config, ModelConfig)
    return Completer(bundle, OnnxRuntime(config, bundle.weights), runtime="onnx")


def test_standard_output_has_the_curves_only_on_request(folder: Path) -> None:
    options = ("--bundle", folder / "bundle", "--data", folder / "held.jsonl", "--messages", 1)
    result = CliRunner().invoke(command, [*map(str, options), "--beam-width", "2", "--max-words", "3"])
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "net time" in result.stderr


def test_the_table_has_the_precisions_of_the_readme(folder: Path) -> None:
    result = run(
        *("--bundle", folder / "bundle", "--data", folder / "held.jsonl", "--messages", 1, "--max-words", 2)
    )
    for level in (50, 60, 70, 80, 90):
        assert f"most characters saved at {level}% precision" in result.stderr
    assert "typing replay: " in result.stderr
    assert not any(line == "" for line in result.stderr.splitlines())


def test_mail_as_any_kind_of_json_lines_is_taken_as_given(folder: Path, tmp_path: Path) -> None:
    rows = (folder / "held.jsonl").read_text() * 2  # cleaning would drop the copies
    counts = set()
    for name in ("held.jsonl", "held.ndjson", "held.json", "held"):
        (tmp_path / name).write_text(rows)
        result = run("--bundle", folder / "bundle", "--data", tmp_path / name, "--max-words", 1)
        assert result.exit_code == 0, result.output
        counts.add(json.loads(result.stdout)["models"][0]["replay"]["messages"])
    assert counts == {4}
