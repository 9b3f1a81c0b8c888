"""An explanation without a model."""

import numpy as np

from inkling.models.explanation.explanation import (
    BeamNode,
    Explanation,
    Gate,
    JudgedCandidate,
    NextToken,
    PathFate,
    SearchStep,
    TokenPart,
    TokenRead,
    Verdict,
)
from inkling.models.runtime.batch import StepRequest, Steps
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions


def explain_fake(draft: Draft, options: SearchOptions) -> Steps[Explanation]:
    """What `fake_explanation` tells, after as many model steps as the beam is wide."""
    for _ in range(options.beam_width):
        yield StepRequest(np.zeros((1, 2)), None, predicts=True)
    return fake_explanation(draft, options)


def fake_explanation(draft: Draft, options: SearchOptions) -> Explanation:
    """An explanation that shows the draft's words, and a text in every field."""
    return Explanation(
        cell="gru",
        gates=[Gate(1, "reset", "what it sees"), Gate(1, "update", "what stays")],
        gate_note=None,
        read=[TokenRead(f" {word}", TokenPart.TEXT, [0.25, 0.75]) for word in draft.committed.split()[-3:]],
        unlisted=0,
        tail=draft.tail,
        steps=[
            SearchStep("", [NextToken(" soon", 0.6, True), NextToken(None, 0.1, False)], None),
            SearchStep(" soon", [NextToken(".", 0.5, False)], 0.9),
        ],
        beam=[
            BeamNode(None, " soon", 0.6, PathFate.SHOWN),
            BeamNode(0, ".", 0.3, PathFate.KEPT),
            BeamNode(0, None, 0.1, PathFate.CROWDED),
        ],
        candidates=[
            JudgedCandidate(" soon", 0.6, -0.5, 300.0, Verdict.FIRST),
            JudgedCandidate(" soon.", 0.3, -1.2, 0.0, Verdict.LENGTHENS),
        ],
        withheld=1,
        min_confidence=0.25 if options.min_confidence is None else options.min_confidence,
        interruption_ms=300.0,
        decode_steps=options.beam_width,
        reason=None,
    )
