"""What the engine calls: opens a draft, commits its words, searches its completions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache, lru_cache

from models.bundle.bundle import Bundle
from models.ngram.backoff import PhraseModel
from models.ngram.context_words import context_words
from models.ngram.draft_memory import DraftMemory
from models.ngram.profile import estimate_profile
from models.ngram.profile_table import Profiles
from models.runtime.batch import Done, Stepper, Steps, Work, feed
from models.search.beam import BeamOptions, BeamSearch, new_tree
from models.search.choice import NetTime, choose, why_none
from models.search.confidence import IDENTITY
from models.search.suggestion import Candidate, EmptyReason, SearchOptions, SearchResult
from models.search.tail_spelling import Spelling
from models.search.tree import Tree
from models.search.word_filter import WordFilter, default_filter
from models.search.writer import NOBODY, Writer
from models.step import State, StepModel
from models.text.chunks import split_chunk, split_prefix
from models.text.context import Context
from models.text.context_sequence import encode_context, known_names
from models.text.folding import LONGEST, last_words, words_of
from models.text.masked_text import MarkedMasker
from models.text.masking import KnownNames, Placeholder
from models.text.typography import as_written, plain

_CACHED_RECIPIENTS = 64
_CACHED_TEXTS = 256  # of one search, which asks about each several times
_CHARACTERS_BEFORE = 400  # hold the last words before the caret's, unless they are no words

_MARKED = MarkedMasker()
_NAMES = {Placeholder.NAME, Placeholder.RECIPIENT}

MAX_TAIL_CHARACTERS = 40  # a longer "word" is a link or an encoding, not something to complete


class Completer:
    """A bundle and a model that reads its pieces. Not safe for use by several threads at once.

    A draft's state is an array (1, state_size). Whatever takes model steps is a generator of `Work`;
    `run` does the work of any number of them at once.
    """

    def __init__(
        self,
        bundle: Bundle,
        model: StepModel,
        *,
        runtime: str,
        name: str | None = None,
        words: WordFilter | None = None,
        profiles: Profiles | None = None,
        remembers: bool = True,
    ) -> None:
        """`model` may be another than the bundle's own, called `name`; `runtime` says what computes.

        `words` decides which words are suggested; None means the filter that ships. `profiles` are those
        that the model reads; `remembers` says that what a draft has said counts.
        """
        self.bundle = bundle
        self.name = name or bundle.manifest.name
        self.runtime = runtime
        self.threshold = bundle.manifest.threshold
        self.interruption_ms = bundle.manifest.interruption_ms
        self.tokenizer, self.masker = bundle.tokenizer, bundle.masker
        self.model = model
        self._remembers = remembers
        self._profiles = Profiles() if profiles is None else profiles
        self._words = default_filter() if words is None else words
        # Another model's probabilities are not what the bundle's calibration was measured on.
        calibration = bundle.manifest.calibration if name is None else IDENTITY
        self._confidence = {
            (has_profile, inside): calibration.confidence(has_profile=has_profile, inside_word=inside)
            for has_profile in (False, True)
            for inside in (False, True)
        }
        spelling = Spelling(bundle.tokenizer)
        self._stepper = Stepper(model, spelling.groups)
        self._search = BeamSearch(spelling)
        self._addressed = lru_cache(_CACHED_RECIPIENTS)(
            lambda name: BeamSearch(spelling.addressed_to(name)) if name else self._search
        )

    @property
    def description(self) -> dict[str, object]:
        """What `GET /v1/models` tells of the model."""
        manifest = self.bundle.manifest
        return {
            "created": manifest.created,
            "licence": manifest.licence,
            "parameters": manifest.parameters,
            "cell": manifest.model.cell.value,
            "layers": manifest.model.layers,
            "hidden_size": manifest.model.hidden_size,
            "vocabulary_size": manifest.model.vocabulary_size,
            "phrases": 0 if self.bundle.phrases is None else self.bundle.phrases.grams,
            "runtime": self.runtime,
            "threshold": self.threshold,
            "interruption_ms": self.interruption_ms,
        }

    def run(self, works: Sequence[Work]) -> list[Done]:
        """Do the work of several computations as one model step."""
        return self._stepper.run(works)

    def names(self, context: Context) -> KnownNames:
        """Names that the context makes known, to be masked in the draft."""
        return known_names(context.recipient_name)

    def _context_pieces(self, context: Context) -> list[int]:
        leading = encode_context(self.tokenizer, self.masker, _plain_context(context), self.names(context))
        return [self.tokenizer.end_id, *leading, self.tokenizer.body_id]

    def open(self, context: Context, writer: Writer = NOBODY) -> Steps[State]:
        """The state after the context, before the draft's first word."""
        return feed(self.model.initial_state(writer.number), self._context_pieces(context))

    def encode(self, chunk: str, *, line_start: bool, names: KnownNames) -> list[int]:
        """Pieces of one chunk of committed text; `line_start` only for the first of a draft."""
        return self.tokenizer.encode_chunk(
            plain(chunk), line_start=line_start, masker=self.masker, names=names
        )

    @property
    def tokenizer_digest(self) -> str:
        """A hash that tells the tokenizer from others."""
        return self.tokenizer.digest

    def encode_marked(self, marked: str) -> list[int]:
        """Pieces of a text in the form of `models.text.masked_text`."""
        return self.tokenizer.encode(marked, masker=_MARKED)

    def make_profile(self, messages: Sequence[Sequence[int]]) -> PhraseModel:
        """The profile of somebody who wrote these messages' pieces, oldest first; from any thread."""
        body, end = self.tokenizer.body_id, self.tokenizer.end_id
        return estimate_profile(
            [(body, *message, end) for message in messages],
            vocabulary_size=self.tokenizer.vocabulary_size,
            resets=(body,),
        )

    def keep_profile(self, profile: PhraseModel) -> int:
        """Keep a profile for drafts to be opened with; returns its number, at least 1."""
        return self._profiles.add(profile)

    def drop_profile(self, number: int) -> None:
        """Keep a profile no longer."""
        self._profiles.remove(number)

    def memory(self, context: Context, pieces: Iterable[int] = ()) -> DraftMemory | None:
        """What a draft with these pieces has said, and what it answers; None where that does not count."""
        if not self._remembers:
            return None
        words = context_words(self.tokenizer, self.masker, _plain_context(context), self.names(context))
        return DraftMemory([*self._context_pieces(context), *pieces], words)

    def tree(self, state: State, memory: DraftMemory | None = None) -> Tree:
        """A tree for searches from `state`, after what `memory` holds."""
        return new_tree(state, memory=memory)

    def candidates(
        self,
        tree: Tree,
        tail: str,
        options: SearchOptions,
        *,
        line_start: bool,
        names: KnownNames,
        written: str = "",
        writer: Writer = NOBODY,
        suggestions: int | None = None,
        refuses: Callable[[Candidate], None] = lambda _: None,
    ) -> Steps[tuple[list[Candidate], int]]:
        """What the search found that may be shown, most probable first, and its model steps.

        That is everything when some text reaches the threshold, and may be less when none does, or
        when only so many `suggestions` are wanted. `written` is the whole draft before the caret, by
        which some words may be suggested or not, as they may by the `writer`. Nothing is found for a tail
        that is too long, or masked: what stands there is private. Of a masked name only what follows it is
        looked for, as with a space behind it. Typographic variants are read as their
        plain forms, and answered in the form that the draft has. `refuses` is told of what was found and
        may not be shown.
        """
        tail = plain(tail)
        _, word = split_chunk(tail)
        if self._closed(tail, names) is not None:
            return [], 0
        standing, behind = "", 0
        if not (self._begins_recipient(word, names) or self._is_plain(word, names)):
            pieces = self.encode(tail, line_start=line_start, names=names)
            memory = None if tree.memory is None else tree.memory.extended(pieces)
            tree = self.tree((yield from feed(tree.root, pieces)), memory)
            standing, word, tail, line_start, behind = word, "", "", False, len(pieces)
        beam = BeamOptions(
            options.beam_width,
            options.max_words,
            least=self._least(options),
            suggestions=suggestions,
            confidence=self._confidence[writer.number > 0, bool(word)],
            worth=self._worth(options),
        )

        allowed = self._allowed(written, writer, names)

        @lru_cache(_CACHED_TEXTS)
        def accepts(text: str) -> bool:
            # White space that is no space does not glue to the next word.
            glued = bool(word) or not tail or not text[0].isspace()
            return glued and self._is_plain(word + text, names) and allowed(standing + word + text)

        search = self._addressed(names.recipient).search
        found, steps = yield from search(
            tree, tail, beam, line_start=line_start, accepts=accepts, refuses=refuses
        )
        if not written.isascii():
            written_so = as_written(written)
            found = [replace(one, text=written_so(one.text)) for one in found]
        return found, steps + behind

    def _closed(self, tail: str, names: KnownNames) -> EmptyReason | None:
        """Why nothing is suggested after a plain tail, whatever is found; None where something may be."""
        if len(tail) > MAX_TAIL_CHARACTERS:
            return EmptyReason.TAIL_TOO_LONG
        _, word = split_chunk(tail)
        may_go_on = self._begins_recipient(word, names) or self._masked(word, names) <= _NAMES
        return None if may_go_on else EmptyReason.FILTERED

    @staticmethod
    def _begins_recipient(word: str, names: KnownNames) -> bool:
        return bool(word) and names.recipient.startswith(word)

    def _allowed(self, written: str, writer: Writer, names: KnownNames) -> Callable[[str], bool]:
        """Whether the words of a text may be suggested, the text beginning with the draft's last word."""
        words = self._words.for_draft(written, writer.forbidden)
        authorship = self.bundle.authorship
        if authorship is None:
            return words
        committed, _ = split_prefix(written)
        end = plain(committed[-_CHARACTERS_BEFORE:])
        before = cache(lambda: last_words(end, LONGEST - 1, self.masker, names))
        standing = cache(lambda: words_of(plain(written[len(committed) :]), self.masker, names))

        def allowed(text: str) -> bool:
            if not words(text):
                return False
            added = words_of(text, self.masker, names)
            # What the writer has typed is not suggested, if the text leaves it as it is.
            own = len(standing()) if added[: len(standing())] == standing() else 0
            return authorship.allows([*before(), *added], len(before()) + own, writer.has_written)

        return allowed

    def _least(self, options: SearchOptions) -> float:
        return self.threshold if options.min_confidence is None else options.min_confidence

    def _worth(self, options: SearchOptions) -> NetTime:
        given = options.interruption_ms
        return NetTime(interruption=self.interruption_ms if given is None else given)

    def _is_plain(self, text: str, names: KnownNames) -> bool:
        # The recipient's name is not private to who writes to them.
        return self._masked(text, names) <= {Placeholder.RECIPIENT}

    def _masked(self, text: str, names: KnownNames) -> set[Placeholder]:
        parts = (part for word in text.split() for part in self.masker.mask(word, names))
        return {part for part in parts if isinstance(part, Placeholder)}

    def search(
        self,
        tree: Tree,
        tail: str,
        options: SearchOptions,
        *,
        line_start: bool,
        names: KnownNames,
        written: str = "",
        writer: Writer = NOBODY,
    ) -> Steps[SearchResult]:
        """Suggestions for the text after the tree's root and `tail`, best first; see `candidates`."""
        most, least, worth = options.max_suggestions, self._least(options), self._worth(options)
        refused: list[Candidate] = []
        found, steps = yield from self.candidates(
            tree,
            tail,
            options,
            line_start=line_start,
            names=names,
            written=written,
            writer=writer,
            suggestions=most,
            refuses=refused.append,
        )
        chosen = choose(found, min_confidence=least, max_suggestions=most, worth=worth)
        if chosen:
            return SearchResult(chosen, steps)
        reason = self._closed(plain(tail), names) or why_none(
            found, refused, min_confidence=least, worth=worth
        )
        return SearchResult([], steps, reason)


def _plain_context(context: Context) -> Context:
    """A context whose texts have the plain forms of typographic variants."""
    subject, previous = context.subject, context.previous_message
    return replace(
        context,
        subject=None if subject is None else plain(subject),
        previous_message=None if previous is None else plain(previous),
    )
