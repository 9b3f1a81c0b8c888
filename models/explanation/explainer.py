"""Explains an answer: reads and searches as a completer does, and keeps what happens."""

import numpy as np

from inkling.models.completer.completer import Completer
from inkling.models.explanation.beam_record import BeamRecord
from inkling.models.explanation.explanation import Explanation, TokenPart, TokenRead
from inkling.models.explanation.gates import gates_of, read_gates
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
        state, context = completer.begin(draft)
        text = [
            token
            for number, chunk in enumerate(chunks(draft.committed))
            for token in completer.encode(chunk, line_start=not number, names=draft.names)
        ]
        tokens = [*context, *text]
        listed = tokens[-self._most :]
        state = yield from feed(state, tokens[: -self._most])
        states = [state]
        for token in listed:
            state = yield from feed(state, [token])
            states.append(state)
        record = BeamRecord(options.beam_width)
        tree = completer.tree(state, completer.memory(draft, text))
        done = yield from completer.deliberate(tree, draft, options, record)
        run = record.run_of(done.chosen[0].text if done.chosen else None)
        config = completer.bundle.manifest.model
        return Explanation(
            cell=config.made_of,
            gates=gates_of(config),
            gate_note=None if gates_of(config) else f"a {config.made_of} has none",
            read=self._read(listed, states, max(0, len(context) - len(tokens[: -self._most]))),
            unlisted=len(tokens) - len(listed),
            tail=draft.tail,
            steps=record.steps(run, self._name),
            beam=record.nodes(run if done.chosen else None),
            candidates=judge(done),
            withheld=len(done.refused),
            min_confidence=done.least,
            interruption_ms=done.worth.interruption,
            decode_steps=done.decode_steps,
            reason=done.reason,
        )

    def _read(self, tokens: list[int], states: list[State], of_context: int) -> list[TokenRead]:
        bundle = self._completer.bundle
        before, after = np.concatenate(states[:-1]), np.concatenate(states[1:])
        rows = read_gates(bundle.manifest.model, bundle.weights, tokens, before, after)
        return [
            TokenRead(
                self._name(token),
                TokenPart.CONTEXT if place < of_context else TokenPart.TEXT,
                [round(value, 4) for value in row],
            )
            for place, (token, row) in enumerate(zip(tokens, rows.tolist(), strict=True))
        ]

    def _name(self, token: int) -> str:
        """A token as text, and what has no text by its name in the tokenizer's model."""
        tokenizer = self._completer.tokenizer
        text = tokenizer.piece_bytes[token].decode("utf-8", "replace")
        return text if text.strip() or text == " " else tokenizer.piece(token)
