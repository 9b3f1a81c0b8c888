"""Chooses, among what a search found, what to suggest."""

from collections.abc import Iterable

from models.suggestion import Candidate, Suggestion

MIN_CHARACTERS = 2  # one character saves nothing
_DECIMALS = 4


def preference(confidence: float, text: str) -> tuple[float, str]:
    """What suggestions are sorted by, best first: the characters that one is expected to save."""
    return -round(confidence * len(text), _DECIMALS), text


def choose(
    candidates: Iterable[Candidate], *, min_confidence: float, max_suggestions: int
) -> list[Suggestion]:
    """The suggestions to show, best first; empty when no candidate is confident enough.

    Best is the candidate with the most expected characters saved, confidence x length, among those
    whose confidence is at least `min_confidence`. The alternatives follow by the same measure,
    whatever their confidence, without one that only shortens or lengthens a better one.
    """
    scored = [
        Suggestion(candidate.text, candidate.confidence, candidate.log_prob, candidate.finish_reason)
        for candidate in candidates
        if len(candidate.text) >= MIN_CHARACTERS
    ]
    scored.sort(key=lambda one: preference(one.confidence, one.text))
    best = next((one for one in scored if one.confidence >= min_confidence), None)
    if best is None:
        return []
    chosen = [best]
    for one in scored:
        if len(chosen) >= max_suggestions:
            break
        if not any(one.text.startswith(kept.text) or kept.text.startswith(one.text) for kept in chosen):
            chosen.append(one)
    return chosen[:max_suggestions]
