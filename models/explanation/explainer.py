"""Explains an answer: reads and searches as a completer does, and keeps what happens."""

from collections import deque

import numpy as np

from inkling.models.completer.completer import Completer
from inkling.models.explanation.beam_record import BeamRecord
from inkling.models.explanation.explanation import Explanation, TokenPart, TokenRead
from inkling.models.explanation.gates import gates_of, no_gates_because, read_gates
from inkling.models.explanation.verdicts import judge
from inkling.models.runtime.batch import Steps, feed
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions
from inkling.models.step import State
from inkling.models.text.chunks import chunks

MOST_TOKENS = 16
"""Tokens that are told, with their gates: the work of one model step or two."""


class Explainer:
    """Explains the answers of a completer. It keeps nothing between two answers."""

    def __init__(self, completer: Completer, *, most_tokens: int = MOST_TOKENS) -> None:
        """The last `most_tokens` tokens that are read are told."""
        self._completer, self._most = completer, most_tokens

    def explain(self, draft: Draft, options: SearchOptions) -> Steps[Explanation]:
        """Why a draft gets its suggestions; they are those of `Completer.complete` with these options.

        Nothing is drawn: `options.sampling` must be None.
        """
        completer = self._completer
        text = [
            token
            for number, chunk in enumerate(chunks(draft.committed))
            for token in completer.encode(chunk, line_start=not number, names=draft.names)
        ]
        notes = _Notes(self._most)
        state = yield from notes.taken(completer.open(draft))
        of_context = notes.count
        state = yield from notes.taken(feed(state, text))
        record = BeamRecord(options.beam_width)
        tree = completer.tree(state, completer.memory(draft, text))
        done = yield from completer.deliberate(tree, draft, options, record)
        first = done.chosen[0].text if done.chosen else None
        run = record.run_of(first)
        shown = run if first is not None and record.spells(first) else None
        config = completer.bundle.manifest.model
        return Explanation(
            cell=config.made_of,
            gates=gates_of(config),
            gate_note=no_gates_because(config),
            read=self._read(notes, of_context),
            unlisted=notes.count - len(notes.kept),
            tail=draft.tail,
            steps=record.steps(run, self._name),
            beam=record.nodes(shown),
            candidates=judge(done),
            withheld=len(done.refused),
            min_confidence=done.least,
            interruption_ms=done.worth.interruption,
            decode_steps=done.decode_steps,
            reason=done.reason,
        )

    def _read(self, notes: "_Notes", of_context: int) -> list[TokenRead]:
        bundle = self._completer.bundle
        tokens = [token for token, _, _ in notes.kept]
        before = np.concatenate([state for _, state, _ in notes.kept])
        after = np.concatenate([state for _, _, state in notes.kept])
        rows = read_gates(bundle.manifest.model, bundle.weights, tokens, before, after)
        first = notes.count - len(tokens)
        return [
            TokenRead(
                self._name(token),
                TokenPart.CONTEXT if first + place < of_context else TokenPart.TEXT,
                [round(value, 4) for value in row],
            )
            for place, (token, row) in enumerate(zip(tokens, rows.tolist(), strict=True))
        ]

    def _name(self, token: int) -> str:
        """A token as text, and what has no text by its name in the tokenizer's model."""
        tokenizer = self._completer.tokenizer
        text = tokenizer.piece_bytes[token].decode("utf-8", "replace")
        return text if text.strip() or text == " " else tokenizer.piece(token)


class _Notes:
    """Notes of the last tokens that a computation feeds, with the states (1, S) before and after each."""

    def __init__(self, most: int) -> None:
        self.count = 0
        self.kept: deque[tuple[int, State, State]] = deque(maxlen=most)

    def taken(self, steps: Steps[State]) -> Steps[State]:
        """The same computation, with notes."""
        try:
            request = next(steps)
            while True:
                result = yield request
                for token in request.tokens or ():
                    self.count += 1
                    self.kept.append((token, request.state, result.state))
                request = steps.send(result)
        except StopIteration as end:
            state: State = end.value
            return state
        finally:
            steps.close()
