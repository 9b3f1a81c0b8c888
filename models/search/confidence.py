"""Confidence: the share of equally probable suggestions that comes true.

It is a logistic curve over the log-odds (Platt, "Probabilistic outputs for support vector machines", 1999),
lowered for each character. Of equally probable suggestions a long one comes true less often, and the choice
prefers long ones. Endings of a word that the writer has begun have their own curve. So have drafts whose
writer has a profile.
"""

import math
from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, model_validator

from inkling.models.text.chunks import continues_word, count_words

_LEAST_ODDS = 1e-12


class CalibrationKind(StrEnum):
    """How confidence follows from probability.

    `BY_WORDS` has a curve for texts of 1 word, of 2, and of 3 and more. `BY_LENGTH` has one for texts that
    begin with a word, and one for those that end a word that is begun.
    """

    IDENTITY = "identity"
    BY_WORDS = "logistic"
    BY_LENGTH = "length"


_CURVES = {CalibrationKind.IDENTITY: 0, CalibrationKind.BY_WORDS: 3, CalibrationKind.BY_LENGTH: 2}


class Curve(BaseModel):
    """Log-odds of being right = slope x log-odds of the model + intercept - per_character x characters.

    It rises with the probability, and never with the length.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    slope: float = Field(default=1.0, gt=0.0, le=10.0, allow_inf_nan=False)
    intercept: float = Field(default=0.0, ge=-10.0, le=10.0, allow_inf_nan=False)
    per_character: float = Field(default=0.0, ge=0.0, le=1.0, allow_inf_nan=False)

    def at(self, probability: float, characters: int = 0) -> float:
        """The confidence of a text with a probability, both in [0, 1], and of so many characters."""
        return _probability(
            self.slope * _odds(probability) + self.intercept - self.per_character * characters
        )

    def inverse(self, confidence: float, characters: int = 0) -> float:
        """The probability of a text with a confidence, both in [0, 1], and of so many characters."""
        return _probability(
            (_odds(confidence) - self.intercept + self.per_character * characters) / self.slope
        )


class Calibration(BaseModel):
    """The curves of a bundle, for drafts whose writer has no profile and for those whose writer has one."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: CalibrationKind = CalibrationKind.IDENTITY
    alone: tuple[Curve, ...] = ()
    with_profile: tuple[Curve, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> "Calibration":
        expected = _CURVES[self.kind]
        if len(self.alone) != expected or len(self.with_profile) != expected:
            raise ValueError(f"a calibration of kind {self.kind.value} has {expected} curves of each sort")
        return self

    def confidence(self, *, has_profile: bool, inside_word: bool) -> "Confidence":
        """The confidence of texts after a caret, for a writer with a profile or without.

        `inside_word` says that no white space is before the caret.
        """
        curves = self.with_profile if has_profile else self.alone
        if self.kind is not CalibrationKind.BY_LENGTH:
            return Confidence(curves)
        whole, begun = curves
        return Confidence((whole,), (begun,) if inside_word else None)


IDENTITY = Calibration()


class Confidence:
    """Confidence of texts after one caret."""

    def __init__(self, whole: Sequence[Curve] = (), begun: Sequence[Curve] | None = None) -> None:
        """`whole` are the curves of texts that begin with a word, by number of words.

        The last one is for more words too. `begun` are the curves of texts that continue a word; None means
        the same curves. Without curves, confidence is the probability.
        """
        self._whole = whole
        self._begun = whole if begun is None else begun

    def of(self, log_prob: float, text: str) -> float:
        """The confidence, in [0, 1], of a text from its ln P."""
        probability = math.exp(min(log_prob, 0.0))
        curves = self._whole
        if not curves:
            return probability
        if self._begun is not curves and text and continues_word(text[0]):
            curves = self._begun
        curve = curves[0] if len(curves) == 1 else curves[min(max(count_words(text), 1), len(curves)) - 1]
        return curve.at(probability, len(text))

    def shifted(self, odds: float) -> "Confidence":
        """This confidence with some log-odds more."""
        if not odds:
            return self
        whole = [_shifted(curve, odds) for curve in self._whole or (Curve(),)]
        begun = None if self._begun is self._whole else [_shifted(curve, odds) for curve in self._begun]
        return Confidence(whole, begun)

    def least_probability(self, confidence: float) -> float:
        """The probability, in [0, 1], below which no text of any length reaches a confidence."""
        if not self._whole or confidence <= 0.0:
            return confidence
        return min(curve.inverse(confidence) for curve in (*self._whole, *self._begun))


def _shifted(curve: Curve, odds: float) -> Curve:
    return curve.model_copy(update={"intercept": curve.intercept + odds})


PLAIN = Confidence()
"""Confidence is the probability itself."""


def _odds(probability: float) -> float:
    clipped = min(max(probability, _LEAST_ODDS), 1.0 - _LEAST_ODDS)
    return math.log(clipped / (1.0 - clipped))


def _probability(odds: float) -> float:
    if odds >= 0:
        return 1.0 / (1.0 + math.exp(-odds))
    return math.exp(odds) / (1.0 + math.exp(odds))
