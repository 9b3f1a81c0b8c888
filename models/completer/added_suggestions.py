"""Suggestions that a search does not find by itself, beside those that it finds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from inkling.models.personal.eagerness import Eagerness
from inkling.models.search.suggestion import Suggestion


def fitting_texts(
    suggestions: Iterable[Suggestion],
    eagerness: Eagerness,
    accepts: Callable[[str], bool],
    refuses: Callable[[Suggestion], None],
) -> list[Suggestion]:
    """Those that may be shown, with their confidence for this writer; the others are told."""
    fitting = []
    for given in suggestions:
        one = replace(given, confidence=eagerness.confidence(given.confidence))
        if accepts(one.text):
            fitting.append(one)
        else:
            refuses(one)
    return fitting


def joined(found: Sequence[Suggestion], added: Sequence[Suggestion]) -> list[Suggestion]:
    """The candidates of both, most probable first. Of two that come to the same the more probable stays."""
    best: dict[tuple[str, int], Suggestion] = {}
    for one in (*found, *added):
        key = (one.text, one.replace)
        if key not in best or best[key].confidence < one.confidence:
            best[key] = one
    return sorted(best.values(), key=lambda one: (-round(one.log_prob, 4), one.replace, one.text))
