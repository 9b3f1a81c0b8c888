"""Completes drafts: reads their context and text, and searches for suggestions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from inkling.models.bundle.bundle import Bundle
from inkling.models.completer.added_suggestions import fitting_texts, joined
from inkling.models.completer.addressed import AddressedSearches
from inkling.models.completer.deliberation import Deliberation
from inkling.models.completer.fact_suggestions import FactSuggestions
from inkling.models.completer.mended import mend
from inkling.models.completer.own_suggestions import own_suggestions
from inkling.models.completer.proofreader import Proofreader
from inkling.models.completer.screen import Screen
from inkling.models.editing.gap_fitting import MOST_WORDS, Fitting, Gap, first_line
from inkling.models.ngram.backoff import PhraseModel
from inkling.models.ngram.context_words import context_words
from inkling.models.ngram.draft_memory import DraftMemory
from inkling.models.ngram.profile import estimate_profile
from inkling.models.ngram.profile_table import Profiles
from inkling.models.runtime.batch import Stepper, StepRequest, StepResult, Steps, feed
from inkling.models.sampling.suggestion_draws import draw_candidates
from inkling.models.sampling.text_draws import Tell, draw_texts
from inkling.models.sampling.writing import WritingOptions, Written
from inkling.models.search.beam import BeamOptions, SearchWatch, new_tree
from inkling.models.search.choice import NetTime, choose, why_none
from inkling.models.search.confidence import IDENTITY, Confidence
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import EmptyReason, SearchOptions, SearchResult, Suggestion
from inkling.models.search.tail_spelling import Spelling
from inkling.models.search.tree import Tree
from inkling.models.search.word_filter import WordFilter, default_filter
from inkling.models.step import State, StepModel
from inkling.models.text.chunks import chunks
from inkling.models.text.context_sequence import encode_context
from inkling.models.text.masked_text import MaskedTextMasker
from inkling.models.text.masking import KnownNames
from inkling.models.text.typography import as_written, plain

_MASKED = MaskedTextMasker()


class Completer:
    """A bundle and a model that reads its tokens. Only one thread at a time may use it.

    A draft's state is an array (1, state_size). A computation that needs model steps is a generator of
    `StepRequest`. `run` answers the requests of several generators at once.
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
        """`model` is the bundle's own, or another one called `name`. `runtime` names the library that
        computes.

        `words` decides which words are suggested; None means the filter that ships. `profiles` are the ones
        that the model reads. With `remembers`, words of a draft's earlier text become more likely.
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
        self._proofreader = Proofreader.of(bundle.manifest.languages, bundle.tokenizer)
        words = default_filter() if words is None else words
        self._screen = Screen(self.masker, words, bundle.authorship, self._proofreader)
        # Another model's probabilities are not what the bundle's calibration was measured on.
        calibration = bundle.manifest.calibration if name is None else IDENTITY
        self._confidence = {
            (has_profile, inside): calibration.confidence(has_profile=has_profile, inside_word=inside)
            for has_profile in (False, True)
            for inside in (False, True)
        }
        spelling = Spelling(bundle.tokenizer)
        self._stepper = Stepper(model, spelling.groups)
        self._searches = AddressedSearches(spelling)
        self._repeated = FactSuggestions(bundle.tokenizer, spelling.groups)

    @property
    def description(self) -> dict[str, object]:
        """The model as `GET /v1/models` describes it."""
        manifest = self.bundle.manifest
        return {
            "created": manifest.created,
            "licence": manifest.licence,
            "parameters": manifest.parameters,
            "cell": manifest.model.made_of,
            "layers": manifest.model.layers,
            "hidden_size": manifest.model.width,
            "vocabulary_size": manifest.model.vocabulary_size,
            "phrases": 0 if self.bundle.phrases is None else self.bundle.phrases.grams,
            "runtime": self.runtime,
            "threshold": self.threshold,
            "interruption_ms": self.interruption_ms,
            "languages": list(manifest.languages),
            "misspellings": 0 if self._proofreader is None else self._proofreader.misspellings,
        }

    def run(self, requests: Sequence[StepRequest]) -> list[StepResult]:
        """Answer the requests of several computations in one model step."""
        return self._stepper.run(requests)

    def context_tokens(self, draft: Draft) -> list[int]:
        """The tokens of the draft's context, which its memory begins with."""
        return [self.tokenizer.end_id, *self._leading_tokens(draft), self.tokenizer.body_id]

    def _leading_tokens(self, draft: Draft) -> list[int]:
        return encode_context(self.tokenizer, self.masker, draft.context.plain(), draft.names)

    def begin(self, draft: Draft) -> tuple[State, list[int]]:
        """The state before anything is read, and the tokens that the model reads before the first word."""
        state, leading = self.model.begin(self._leading_tokens(draft), draft.writer.number)
        return state, [self.tokenizer.end_id, *leading, self.tokenizer.body_id]

    def open(self, draft: Draft) -> Steps[State]:
        """The state after the draft's context, before its first word."""
        return feed(*self.begin(draft))

    def read(self, draft: Draft) -> Steps[Tree]:
        """A tree for searches after the draft's context and committed text."""
        tree = self.tree((yield from self.open(draft)), self.memory(draft))
        return (yield from self.commit(tree, draft))

    def commit(self, tree: Tree, draft: Draft, done: int = 0) -> Steps[Tree]:
        """A tree after all committed text; `tree` is the one after its first `done` characters."""
        tokens: list[int] = []
        for number, chunk in enumerate(chunks(draft.committed[done:])):
            tokens += self.encode(chunk, line_start=not done and not number, names=draft.names)
        return (yield from self._extend(tree, tokens)) if tokens else tree

    def _extend(self, tree: Tree, tokens: Sequence[int]) -> Steps[Tree]:
        memory = None if tree.memory is None else tree.memory.extended(tokens)
        return self.tree((yield from feed(tree.root, tokens)), memory)

    def encode_text(self, draft: Draft) -> list[int]:
        """Tokens of the draft's whole text without white space at its end, as they are committed."""
        tokens: list[int] = []
        for number, chunk in enumerate(chunks(draft.prefix)):
            tokens += self.encode(chunk, line_start=not number, names=draft.names)
        return tokens

    def encode(self, chunk: str, *, line_start: bool, names: KnownNames) -> list[int]:
        """Tokens of one chunk of committed text; `line_start` only for the first of a draft."""
        return self.tokenizer.encode_chunk(
            plain(chunk), line_start=line_start, masker=self.masker, names=names
        )

    @property
    def tokenizer_digest(self) -> str:
        """A hash that tells the tokenizer from others."""
        return self.tokenizer.digest

    def encode_masked(self, masked: str) -> list[int]:
        """Tokens of a masked text (`inkling.models.text.masked_text`)."""
        return self.tokenizer.encode(masked, masker=_MASKED)

    def make_profile(self, messages: Sequence[Sequence[int]]) -> PhraseModel:
        """The profile of the person who wrote these messages, given as tokens, oldest first. Any thread may
        call it.
        """
        body, end = self.tokenizer.body_id, self.tokenizer.end_id
        return estimate_profile(
            [(body, *message, end) for message in messages],
            vocabulary_size=self.tokenizer.vocabulary_size,
            resets=(body,),
        )

    def keep_profile(self, profile: PhraseModel) -> int:
        """Keep a profile, so that drafts can be opened with it; returns its number, at least 1."""
        return self._profiles.add(profile)

    def drop_profile(self, number: int) -> None:
        """Keep a profile no longer."""
        self._profiles.remove(number)

    def memory(self, draft: Draft, tokens: Iterable[int] = ()) -> DraftMemory | None:
        """The memory of a draft with these tokens and its context; None if this completer uses none."""
        if not self._remembers:
            return None
        words = context_words(self.tokenizer, self.masker, draft.context.plain(), draft.names)
        return DraftMemory([*self.context_tokens(draft), *tokens], words)

    def tree(self, state: State, memory: DraftMemory | None = None) -> Tree:
        """A tree for searches from `state`; `memory` holds the draft up to there."""
        return new_tree(state, memory=memory)

    def candidates(
        self,
        tree: Tree,
        draft: Draft,
        options: SearchOptions,
        *,
        suggestions: int | None = None,
        refuses: Callable[[Suggestion], None] = lambda _: None,
        watch: SearchWatch | None = None,
    ) -> Steps[tuple[list[Suggestion], int]]:
        """The candidates of the search that may be shown, most probable first, and its number of model steps.

        `tree` is the draft's, see `read`. The candidates are complete if one reaches the least confidence and
        `suggestions` is None. Otherwise the search may stop early: when nothing can reach that confidence, or
        when it knows `suggestions` suggestions. `refuses` is called with each candidate that may not be
        shown. `watch` is told how a beam search goes on.

        After a masked name the search looks only for the text that follows it. A tail that is too long or
        private has no candidates. The model reads typographic variants in their plain form. The answer uses
        the draft's variants.
        """
        foreign = self._screen.is_foreign(draft)
        return (
            yield from self._candidates(
                tree, draft, options, suggestions, foreign=foreign, refuses=refuses, watch=watch
            )
        )

    def _candidates(
        self,
        tree: Tree,
        draft: Draft,
        options: SearchOptions,
        suggestions: int | None,
        *,
        foreign: bool,
        refuses: Callable[[Suggestion], None],
        watch: SearchWatch | None,
    ) -> Steps[tuple[list[Suggestion], int]]:
        """See `candidates`. `foreign` says that the draft is in a language that the bundle has not read."""
        if self._why_silent(draft, foreign=foreign) is not None:
            return [], 0
        tail, word, line_start, steps_before = draft.plain_tail, draft.word, draft.line_start, 0
        behind_word = self._screen.masks_word(draft)
        if behind_word:
            tokens = self.encode(tail, line_start=line_start, names=draft.names)
            tree = yield from self._extend(tree, tokens)
            tail, word, line_start, steps_before = "", "", False, len(tokens)
        gap = Gap.of(behind, word) if (behind := first_line(draft.suffix)) else None
        if behind and gap is None:
            return [], steps_before
        limits = BeamOptions(
            options.beam_width,
            options.max_words if gap is None else min(options.max_words, MOST_WORDS),
            least=self._least(options),
            suggestions=suggestions if gap is None else None,
            confidence=self._confidence_of(draft, options, inside_word=bool(word)),
            worth=self._worth(options, draft),
        )
        accepts = self._screen.for_draft(draft, behind_word=behind_word, own=foreign)
        search = self._searches.of(draft)
        if options.sampling is not None:
            drawing = draw_candidates(
                tree,
                tail,
                limits,
                options.sampling,
                search.spelling,
                line_start=line_start,
                accepts=accepts,
                refuses=refuses,
            )
            found, steps = yield from drawing
        else:
            found, steps = yield from search.search(
                tree, tail, limits, line_start=line_start, accepts=accepts, refuses=refuses, watch=watch
            )
            if options.edits and word and not foreign and self._proofreader is not None:
                mended, more = yield from mend(self._proofreader, self._screen, search, tree, draft, limits)
                found, steps = [*found, *mended], steps + more
            # A name before the caret is known to the tree alone.
            facts, eager = draft.known.facts, draft.writer.eagerness_at(options.interruption_ms)
            if facts.found_any and not behind_word:
                repeated, more = yield from self._repeated.after(tree, draft, facts, limits.max_words)
                may_repeat = self._screen.for_draft(draft, own=foreign, repeats=True)
                found = joined(found, fitting_texts(repeated, eager, may_repeat, refuses))
                steps += more
            if len(draft.writer.sentences):
                own = own_suggestions(draft, self.masker, facts, limits.max_words)
                found = joined(found, fitting_texts(own, eager, accepts, refuses))
        if gap is not None:
            fitting = Fitting(tree, search.spelling, limits.confidence)
            found = yield from fitting.fit(found, gap, tail, line_start=line_start)
            steps += fitting.steps
        if not draft.prefix.isascii():
            written_so = as_written(draft.prefix)
            found = [replace(one, text=written_so(one.text)) for one in found]
        return found, steps_before + steps

    def may_mend(self, draft: Draft) -> bool:
        """Whether the draft's unfinished word may be meant to be another."""
        return self._proofreader is not None and self._proofreader.meant(draft) is not None

    def search(self, tree: Tree, draft: Draft, options: SearchOptions) -> Steps[SearchResult]:
        """Suggestions for a draft, best first; `tree` is the draft's, see `read`."""
        done = yield from self.deliberate(tree, draft, options)
        return SearchResult(done.chosen, done.decode_steps, done.reason, done.trust)

    def deliberate(
        self, tree: Tree, draft: Draft, options: SearchOptions, watch: SearchWatch | None = None
    ) -> Steps[Deliberation]:
        """What `search` finds, and all that it chose from."""
        most, least, worth = options.max_suggestions, self._least(options), self._worth(options, draft)
        refused: list[Suggestion] = []
        foreign = self._screen.is_foreign(draft)
        found, steps = yield from self._candidates(
            tree, draft, options, most, foreign=foreign, refuses=refused.append, watch=watch
        )
        chosen = choose(found, min_confidence=least, max_suggestions=most, worth=worth)
        reason = None
        if not chosen:
            reason = self._why_silent(draft, foreign=foreign)
            if reason is None and foreign:
                reason = EmptyReason.OTHER_LANGUAGE
            reason = reason or why_none(found, refused, min_confidence=least, worth=worth)
        trust = draft.writer.eagerness_at(options.interruption_ms).trust
        return Deliberation(found, refused, chosen, steps, reason, least, worth, trust)

    def write(
        self, tree: Tree, draft: Draft, options: WritingOptions, tell: Tell | None = None
    ) -> Steps[Written]:
        """Texts that go on after a draft; `tree` is the draft's, see `read`. `tell` gets them as they grow.

        What may not be suggested is not written. An unfinished word that is masked, too long to be a word, or
        one that no tokens spell, is taken for complete.
        """
        spelling = self._searches.of(draft).spelling

        def draw(tree: Tree, tail: str, *, line_start: bool, behind_word: bool) -> Steps[Written]:
            def accepts_after(text: str) -> Callable[[str], bool]:
                longer = replace(draft, prefix=draft.prefix + text) if text else draft
                return self._screen.for_draft(longer, behind_word=behind_word and not text, lines=True)

            return draw_texts(
                tree,
                tail,
                options,
                spelling,
                line_start=line_start,
                accepts_after=accepts_after,
                tell=tell,
            )

        is_closed = self._screen.why_closed(draft) is not None or self._screen.masks_word(draft)
        if not is_closed:
            written = yield from draw(tree, draft.plain_tail, line_start=draft.line_start, behind_word=False)
            if written.texts:
                return written
        tokens = self.encode(draft.plain_tail, line_start=draft.line_start, names=draft.names)
        tree = yield from self._extend(tree, tokens)
        written = yield from draw(tree, "", line_start=False, behind_word=True)
        return replace(written, decode_steps=written.decode_steps + len(tokens))

    def count_tokens(self, draft: Draft) -> int:
        """Tokens of the draft's tail."""
        return len(self.encode(draft.plain_tail, line_start=draft.line_start, names=draft.names))

    def complete(self, draft: Draft, options: SearchOptions) -> Steps[SearchResult]:
        """Suggestions for a draft of which nothing has been read yet."""
        tree = yield from self.read(draft)
        return (yield from self.search(tree, draft, options))

    def _why_silent(self, draft: Draft, *, foreign: bool) -> EmptyReason | None:
        """The reason why nothing is suggested, whatever the search would find."""
        reason = self._screen.why_closed(draft)
        if reason is None and foreign and not len(draft.writer.own):
            reason = EmptyReason.OTHER_LANGUAGE
        return reason

    def _least(self, options: SearchOptions) -> float:
        return self.threshold if options.min_confidence is None else options.min_confidence

    def _worth(self, options: SearchOptions, draft: Draft) -> NetTime:
        given = options.interruption_ms
        usual = self.interruption_ms * draft.writer.eagerness_at(options.interruption_ms).cost
        return NetTime(interruption=usual if given is None else given)

    def _confidence_of(self, draft: Draft, options: SearchOptions, *, inside_word: bool) -> Confidence:
        confidence = self._confidence[draft.writer.number > 0, inside_word]
        return confidence.shifted(draft.writer.eagerness_at(options.interruption_ms).trust)
