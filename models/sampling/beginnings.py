"""Finds all ways to spell a tail, to draw from them."""

import numpy as np

from inkling.models.runtime.batch import Steps
from inkling.models.sampling.place import Beginnings, Place
from inkling.models.search.expansion import Expansion
from inkling.models.search.log_sum import LOG_ZERO, log, log_sum, log_sum_of
from inkling.models.search.tail_spelling import Ids, Spelling
from inkling.models.search.tree import TokenSequence
from inkling.models.step import Floats, Groups, State

_PATHS = 16
_SHARE = 1e-3
"""A run inside the tail is followed if its probability is this share of the tail's. At most `_PATHS` are."""


def spell_tail(expansion: Expansion, spelling: Spelling, required: bytes, allowed: Groups) -> Steps[Place]:
    """Where a text starts whose first bytes are the tail's, `required`; `allowed` (V,) may begin it.

    There are no ways on where the model's tokens cannot spell the tail. Without a tail the ways are the
    allowed tokens.
    """
    if not required:
        (node,) = yield from expansion.nodes([()], whole=True)
        assert node.all_log_probs is not None
        first = np.where(allowed, node.all_log_probs, np.float32(LOG_ZERO))
        return Place((), b"", 0.0, node.state[None], first, node.word_ends, node.line_ends)
    log_tail = LOG_ZERO
    stems: list[tuple[TokenSequence, bytes, State]] = []
    ids: list[Ids] = []
    scores: list[Floats] = []
    inside: list[tuple[float, TokenSequence, bytes]] = [(0.0, (), required)]
    while inside:
        nodes = yield from expansion.nodes([run for _, run, _ in inside], whole=True)
        longer: list[tuple[float, TokenSequence, bytes]] = []
        for (log_prob, run, rest), node in zip(inside, nodes, strict=True):
            known = node.all_log_probs
            assert known is not None
            log_tail = log_sum(log_tail, log_prob + log_sum_of(known[spelling.covering(rest)]))
            ways = spelling.ways(rest, allowed)
            ids.append(ways)
            scores.append(known[ways] + np.float32(log_prob))
            stems.append((run, rest, node.state[None]))
            for token in spelling.inside(rest):
                left = rest[len(spelling.piece_bytes[token]) :]
                longer.append((log_prob + float(known[token]), (*run, token), left))
        least = log_tail + log(_SHARE)
        inside = sorted((one for one in longer if one[0] > least), key=lambda one: (-one[0], one[1]))[:_PATHS]
    owners = np.repeat(np.arange(len(stems)), [len(ways) for ways in ids])
    whole = np.concatenate(scores)
    beginnings = Beginnings(stems, owners, np.concatenate(ids), log_tail)
    return Place((), b"", 0.0, stems[0][2], whole, LOG_ZERO, LOG_ZERO, beginnings)
