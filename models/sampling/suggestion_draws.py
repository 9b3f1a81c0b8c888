"""Candidates for suggestions that are drawn from the model's distribution, in place of a beam search."""

from collections.abc import Callable

from inkling.models.runtime.batch import Steps
from inkling.models.sampling.beginnings import spell_tail
from inkling.models.sampling.drawing_steps import draw_all
from inkling.models.sampling.place import Place
from inkling.models.sampling.sample import Sample
from inkling.models.sampling.softmax import Softmax
from inkling.models.search.beam import BeamOptions, ranked_candidates, suggested_text
from inkling.models.search.beam_path import TERMINATORS
from inkling.models.search.expansion import Expansion
from inkling.models.search.suggestion import Sampling, Suggestion
from inkling.models.search.tail_spelling import Spelling
from inkling.models.search.tree import TokenSequence, Tree
from inkling.models.step import Groups
from inkling.models.text.chunks import count_words
from inkling.models.text.tokenizer import spell, unspell

_TOKENS_A_WORD = 4


def draw_candidates(
    tree: Tree,
    tail: str,
    options: BeamOptions,
    sampling: Sampling,
    spelling: Spelling,
    *,
    line_start: bool,
    accepts: Callable[[str], bool],
    refuses: Callable[[Suggestion], None],
) -> Steps[tuple[list[Suggestion], int]]:
    """What `BeamSearch.search` gives, of `beam_width` texts that are drawn.

    Each end of a word of each text is a candidate. Its probability is that of the runs that were drawn.
    """
    at_line_start = tail.endswith("\n") or (line_start and not tail)
    goal = _Candidates(
        options.max_words, spelling, at_line_start, accepts, new_word=at_line_start or not tail
    )
    expansion = Expansion(tree, spelling.groups)
    start = yield from spell_tail(
        expansion, spelling, spell(tail, line_start=line_start).encode(), goal.allowed(b"")
    )
    samples = [
        Sample(start, Softmax(sampling, number), goal, spelling) for number in range(options.beam_width)
    ]
    steps = yield from draw_all(samples, tree, spelling.groups)
    candidates = ranked_candidates(
        {spelled: list(runs.values()) for spelled, runs in goal.found.items()},
        options,
        log_tail=start.beginnings.log_tail if start.beginnings is not None else 0.0,
        at_line_start=at_line_start,
        accepts=accepts,
        refuses=refuses,
    )
    return candidates, expansion.steps + steps


class _Candidates:
    """See `Goal`. `found` has ln P(run, and its word ends) and ln P(run, and its line ends) of each run."""

    def __init__(
        self,
        max_words: int,
        spelling: Spelling,
        at_line_start: bool,
        accepts: Callable[[str], bool],
        *,
        new_word: bool,
    ) -> None:
        """`new_word` says that texts begin with a word."""
        self.found: dict[bytes, dict[TokenSequence, tuple[float, float]]] = {}
        self._max_words, self._at_line_start, self._accepts = max_words, at_line_start, accepts
        self._starts_word, self._ends_line = spelling.starts_word, spelling.groups[:, 1]
        self._new_word = new_word
        self._inside = spelling.within_line | self._ends_line

    def allowed(self, spelled: bytes) -> Groups:
        first = self._new_word and not spelled
        return self._starts_word & self._inside if first else self._inside

    def accepts(self, place: Place) -> bool:
        if not place.spelled:
            return True
        text = suggested_text(place.spelled, line_start=self._at_line_start)
        if text is None:
            return False
        ends = place.log_prob + place.word_ends, place.log_prob + place.line_ends
        self.found.setdefault(place.spelled, {})[place.run] = ends
        return self._accepts(text)

    def keep(self, place: Place) -> None:
        """It is noted already."""

    def goes_on(self, place: Place, token: int) -> bool:
        return not self._ends_line[token] and not (
            self._starts_word[token] and self._words(place) >= self._max_words
        )

    def arrive(self, before: Place, way: int, place: Place) -> bool:  # noqa: ARG002
        ends = place.spelled.decode("utf-8", errors="ignore").endswith(tuple(TERMINATORS))
        return not ends and len(place.run) < self._max_words * _TOKENS_A_WORD

    def finish(self, place: Place, *, filtered: bool) -> None:
        if not filtered:
            self.accepts(place)

    def _words(self, place: Place) -> int:
        return count_words(
            unspell(place.spelled.decode("utf-8", errors="ignore"), line_start=self._at_line_start)
        )
