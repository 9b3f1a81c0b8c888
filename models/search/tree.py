"""The continuations of one state that searches have tried, as a tree.

A search uses a known node instead of a model step. Its result has the same bits, because a node depends on
the root state, the draft's memory and the run alone: a runtime's rows do not depend on their neighbours.
Between two keystrokes of a word nearly all nodes are known. When the word ends, the state after it is too.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkling.models.ngram.draft_memory import DraftMemory
from inkling.models.step import Distribution, Floats, State

TokenSequence = tuple[int, ...]

_MEMORY_BYTES = 70
"""Bytes of a token in a draft's memory, measured."""

_WORD_BYTES = 300
"""Bytes of a context word in a draft's memory, at most."""

_NODE_BYTES = 700
"""Bytes of a node and its arrays without their data, measured."""


@dataclass(slots=True)
class Node:
    """The state (S,) after a token sequence, and what comes next.

    `tokens` (N,) are those whose probability reaches the tree's floor, and `log_probs` (N,) are theirs.
    `word_ends`, `line_ends` and `new_word` are ln P(the word ends here), ln P(the line ends here) and
    ln P(a space comes next). `all_log_probs` (V,) is kept only where a tail may go on through the run.
    """

    state: State
    tokens: NDArray[np.int64]
    log_probs: Floats
    word_ends: float
    line_ends: float
    new_word: float
    all_log_probs: Floats | None

    @property
    def bytes(self) -> int:
        """Memory held."""
        known = 0 if self.all_log_probs is None else self.all_log_probs.nbytes
        return self.state.nbytes + self.tokens.nbytes + self.log_probs.nbytes + known + _NODE_BYTES


class Tree:
    """Token sequences after the state `root` (1, S). A run is added after its parent.

    `memory` is the memory of the draft up to the root; None if there is none. Nodes keep no
    tokens with a log-probability below `floor`.
    """

    def __init__(self, root: State, floor: float, memory: DraftMemory | None = None) -> None:
        self.root, self.floor, self.memory = root, floor, memory
        self.bytes = 0 if memory is None else _MEMORY_BYTES * len(memory) + _WORD_BYTES * memory.words
        self._nodes: dict[TokenSequence, Node] = {}

    def copy(self) -> "Tree":
        """A tree that shares the nodes of this one. Nodes that are added to one are not in the other."""
        copy = Tree(self.root, self.floor, self.memory)
        copy.bytes, copy._nodes = self.bytes, dict(self._nodes)
        return copy

    def node(self, run: TokenSequence) -> Node | None:
        """The node of a run, None where it is not known; `()` is the root."""
        return self._nodes.get(run)

    def state_after(self, run: TokenSequence) -> State | None:
        """The state (1, S) after a run, None when it is not known."""
        if not run:
            return self.root
        node = self._nodes.get(run)
        return None if node is None else node.state[None]

    def add(
        self, runs: Iterable[TokenSequence], states: State, distribution: Distribution, *, whole: bool
    ) -> list[Node]:
        """Keep the result of a model step, a row a run; `whole` keeps all log-probabilities."""
        vocabulary = distribution.logits.shape[1]
        least = distribution.log_normaliser + self.floor
        cells = _cells_of(distribution.logits > least[:, None])
        rows = cells // vocabulary
        log_probs = distribution.logits.ravel()[cells] - distribution.log_normaliser[rows]
        tokens = cells - rows * vocabulary
        bounds = np.searchsorted(rows, np.arange(len(states) + 1)).tolist()
        added = []
        for row, run in enumerate(runs):
            part = slice(bounds[row], bounds[row + 1])
            node = Node(
                state=states[row].copy(),  # a view would keep the whole batch in memory
                tokens=tokens[part].copy(),
                log_probs=log_probs[part].copy(),
                word_ends=float(distribution.group_log_probs[row, 0]),
                line_ends=float(distribution.group_log_probs[row, 1]),
                new_word=float(distribution.group_log_probs[row, 2]),
                all_log_probs=distribution.logits[row] - distribution.log_normaliser[row] if whole else None,
            )
            replaced = self._nodes.get(run)
            self.bytes += node.bytes - (0 if replaced is None else replaced.bytes)
            self._nodes[run] = node
            added.append(node)
        return added


def _cells_of(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """`np.flatnonzero` of a sparse mask, eight cells at a time, because that takes most of a step's time."""
    flat = mask.ravel()
    if len(flat) % 8:
        return np.flatnonzero(flat)
    words = flat.view(np.uint64).nonzero()[0]
    rows, columns = flat.reshape(-1, 8)[words].nonzero()
    return words[rows] * 8 + columns
