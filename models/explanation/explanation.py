"""What is told of one answer: tokens read, gates, candidates step by step, the beam, and the choice."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from inkling.models.search.suggestion import EmptyReason


class TokenPart(StrEnum):
    """Where a token that was read stands."""

    CONTEXT = "context"
    TEXT = "text"


class PathFate(StrEnum):
    """What became of a path of the beam.

    `shown` paths lead to the first suggestion, and `kept` ones stayed in the beam. `crowded` paths are less
    probable than those that fill the beam. `settled` ones were not followed because nothing after them could
    change the choice.
    """

    SHOWN = "shown"
    KEPT = "kept"
    CROWDED = "crowded"
    SETTLED = "settled"


class Verdict(StrEnum):
    """Why a candidate is shown or not.

    `first`: it is expected to save the most time. `alternative`: it follows the first.
    `unlikely`: its confidence is below the least. `costs_more`: reading it takes more time than it saves.
    `shortens`, `lengthens`: it begins a better one, or goes on from one. `saves_less`: better ones fill the
    list. `too_short`: one character saves nothing.
    """

    FIRST = "first"
    ALTERNATIVE = "alternative"
    UNLIKELY = "unlikely"
    COSTS_MORE = "costs_more"
    SHORTENS = "shortens"
    LENGTHENS = "lengthens"
    SAVES_LESS = "saves_less"
    TOO_SHORT = "too_short"


@dataclass(frozen=True, slots=True)
class Gate:
    """One number for each token that is read: a mean over the units of a layer, or a share of them.

    Layers count from 1. `meaning` says what a high value means.
    """

    layer: int
    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class TokenRead:
    """A token that the model has read; `gates` are the values of `Explanation.gates`, each in [0, 1]."""

    text: str = field(repr=False)
    part: TokenPart
    gates: Sequence[float]


@dataclass(frozen=True, slots=True)
class NextToken:
    """A token that may come next.

    `probability` is in [0, 1], among the tokens that spell the unfinished word. `text` is None for one that
    may not be suggested. The search has `taken` the one that leads on.
    """

    text: str | None = field(repr=False)
    probability: float
    taken: bool


@dataclass(frozen=True, slots=True)
class SearchStep:
    """The most probable tokens after `text`, which follows the committed text.

    `ends` is P(the word ends here), in [0, 1]; None where the unfinished word is not complete.
    """

    text: str = field(repr=False)
    candidates: Sequence[NextToken]
    ends: float | None


@dataclass(frozen=True, slots=True)
class BeamNode:
    """A path of the beam as a node of a tree: its last tokens, and what became of it.

    `parent` is the index of its parent among the nodes; None for a first one. `probability` is P(the path
    given the prefix), in [0, 1]. `text` is None for a path that may not be suggested.
    """

    parent: int | None
    text: str | None = field(repr=False)
    probability: float
    fate: PathFate


@dataclass(frozen=True, slots=True)
class JudgedCandidate:
    """A text that the search found. `saves_ms` are the milliseconds that it is expected to save."""

    text: str = field(repr=False)
    confidence: float
    log_prob: float
    saves_ms: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a draft gets its suggestions.

    `read` are the last tokens that the model has read, and `unlisted` is the number of those before. `tail`
    is the white space and the unfinished word, which is not read; it constrains the search. `cell` is the
    kind of the model's cell. Where `gates` is empty, `gate_note` says why. `candidates` come in the order of
    the time that they save; `withheld` counts those that may not be suggested. A suggestion is shown from the
    confidence `min_confidence` on, where it saves more than `interruption_ms`. `reason` says why nothing is
    shown; None where something is.
    """

    cell: str
    gates: Sequence[Gate]
    gate_note: str | None
    read: Sequence[TokenRead]
    unlisted: int
    tail: str = field(repr=False)
    steps: Sequence[SearchStep]
    beam: Sequence[BeamNode]
    candidates: Sequence[JudgedCandidate]
    withheld: int
    min_confidence: float
    interruption_ms: float
    decode_steps: int
    reason: EmptyReason | None
