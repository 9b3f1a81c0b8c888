"""The 5-gram baseline: interpolated modified Kneser-Ney over tokens, behind the step contract."""

from inkling.models.ngram.estimation import estimate
from inkling.models.ngram.kneser_ney import NgramModel
from inkling.models.ngram.storage import NgramFileError, load_ngram, save_ngram

__all__ = ["NgramFileError", "NgramModel", "estimate", "load_ngram", "save_ngram"]
