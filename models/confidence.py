"""From a model's probability to confidence: what share of such suggestions comes true.

A logistic curve over the log-odds (Platt, "Probabilistic outputs for support vector machines", 1999), one
for each number of words: a model is surer of several words than it should be. Drafts whose writer has a
profile have curves of their own.
"""

import math
from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.text import count_words

LENGTHS = 3
"""Suggestions of 1 word, of 2, and of 3 and more have a curve each."""

_LEAST_ODDS = 1e-12


class CalibrationKind(StrEnum):
    """How confidence follows from probability."""

    IDENTITY = "identity"
    LOGISTIC = "logistic"


class Curve(BaseModel):
    """Log-odds of being right = slope x log-odds of the model + intercept; it always rises."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    slope: float = Field(default=1.0, gt=0.0, le=10.0, allow_inf_nan=False)
    intercept: float = Field(default=0.0, ge=-10.0, le=10.0, allow_inf_nan=False)

    def at(self, probability: float) -> float:
        """The confidence of a probability, both in [0, 1]."""
        return _probability(self.slope * _odds(probability) + self.intercept)

    def inverse(self, confidence: float) -> float:
        """The probability of a confidence, both in [0, 1]."""
        return _probability((_odds(confidence) - self.intercept) / self.slope)


class Calibration(BaseModel):
    """The curves of a bundle, by number of words; the last ones hold for longer suggestions too."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: CalibrationKind = CalibrationKind.IDENTITY
    alone: tuple[Curve, ...] = ()
    with_profile: tuple[Curve, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> "Calibration":
        expected = LENGTHS if self.kind is CalibrationKind.LOGISTIC else 0
        if len(self.alone) != expected or len(self.with_profile) != expected:
            raise ValueError(f"a calibration of kind {self.kind.value} has {expected} curves of each sort")
        return self

    def curves(self, has_profile: bool) -> Sequence[Curve]:
        """The curves for a draft whose writer has a profile, or has none; empty for the identity."""
        return self.with_profile if has_profile else self.alone


IDENTITY = Calibration()


class Confidence:
    """Confidence of the suggestions of one draft."""

    def __init__(self, curves: Sequence[Curve] = ()) -> None:
        self._curves = curves

    def of(self, log_prob: float, text: str) -> float:
        """The confidence in [0, 1] of a text with that ln P."""
        probability = math.exp(min(log_prob, 0.0))
        if not self._curves:
            return probability
        return self._curves[min(max(count_words(text), 1), len(self._curves)) - 1].at(probability)

    def least_probability(self, confidence: float) -> float:
        """The probability in [0, 1] below which no text of any length is that confident."""
        if not self._curves or confidence <= 0.0:
            return confidence
        return min(curve.inverse(confidence) for curve in self._curves)


PLAIN = Confidence()
"""Confidence is the probability itself."""


def _odds(probability: float) -> float:
    clipped = min(max(probability, _LEAST_ODDS), 1.0 - _LEAST_ODDS)
    return math.log(clipped / (1.0 - clipped))


def _probability(odds: float) -> float:
    if odds >= 0:
        return 1.0 / (1.0 + math.exp(-odds))
    return math.exp(odds) / (1.0 + math.exp(odds))
