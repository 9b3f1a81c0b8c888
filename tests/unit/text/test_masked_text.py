"""Masked text: the masked originals are gone, and the tokens equal those of the original text."""

from hypothesis import given
from hypothesis import strategies as st

from inkling.models.text.masked_text import MaskedTextMasker, mask_text, readable
from inkling.models.text.masking import KnownNames, Masker, NameLexicon
from inkling.models.text.tokenizer import Tokenizer, training_segments
from tests.materials.letters import letters

MASKER = Masker(NameLexicon.build(["dana", "okafor"]))
NAMES = KnownNames("Robin", frozenset({"vale"}))


def tokenizer() -> Tokenizer:
    return Tokenizer.train(
        [s for text in letters(20) for s in training_segments(text, MASKER, NAMES)], vocabulary_size=420
    )


TOKENIZER = tokenizer()
WORDS = st.sampled_from(
    [
        "Hi",
        "Robin,",
        "Dana's",
        "Vale/Okafor",
        "call",
        "555-123-4567",
        "a@b.example",
        "\ue004",
        "naïve",
        "x\ue001y",
    ]
)


@given(st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=12).map(" ".join))
def test_masked_text_has_the_tokens_of_the_text(text: str) -> None:
    masked = mask_text(text, MASKER, NAMES)
    for secret in ("Robin", "Dana", "Okafor", "Vale", "555-123-4567", "a@b.example"):
        assert secret not in masked
    plain = "".join(character for character in text if not "\ue000" <= character <= "\ue005")
    assert TOKENIZER.encode(masked, masker=MaskedTextMasker()) == TOKENIZER.encode(
        plain, masker=MASKER, names=NAMES
    )


def test_people_can_read_it() -> None:
    masked = mask_text("Hi Robin, Dana's number is 555-123-4567.", MASKER, NAMES)
    assert readable(masked) == "Hi [recipient], [name]'s number is [phone]."


def test_a_long_run_of_letters_without_spaces_is_text_not_a_link() -> None:
    text = "明日の会議の資料をお送りします。" * 12 + "a@b.example" + "です"
    masked = mask_text(text, MASKER, NAMES)
    assert readable(masked) == text.replace("a@b.example", "[email]")
    assert TOKENIZER.encode(masked, masker=MaskedTextMasker()) == TOKENIZER.encode(
        text, masker=MASKER, names=NAMES
    )
