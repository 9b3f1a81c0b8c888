"""The bodies of /v1/explanations."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from inkling.models.explanation.explanation import Explanation
from inkling.service.http.answers.schemas import DraftRequest


class ExplanationRequest(DraftRequest):
    """Asks why a draft gets its suggestions. The same fields in /v1/suggestions get those suggestions."""


class ExplanationResponse(BaseModel):
    """Why a draft gets its suggestions, and from which model."""

    model: str
    explanation: Explanation


EXPLANATION_EXAMPLES: Mapping[str, Any] = {
    "short": {"summary": "Only the text", "value": {"prefix": "Thank you for yo", "beam_width": 2}}
}

EXPLANATION_RESPONSE_EXAMPLE: Mapping[str, Any] = {
    "model": "inkling-en",
    "explanation": {
        "cell": "gru",
        "gates": [
            {"layer": 1, "name": "reset", "meaning": "share of the old state that the candidate sees"},
            {"layer": 1, "name": "update", "meaning": "share of the old state that stays"},
        ],
        "gate_note": None,
        "read": [
            {"text": "<body>", "part": "context", "gates": [0.4452, 0.7798]},
            {"text": " Thank", "part": "text", "gates": [0.426, 0.7537]},
            {"text": " you", "part": "text", "gates": [0.419, 0.7975]},
            {"text": " for", "part": "text", "gates": [0.375, 0.7546]},
        ],
        "unlisted": 1,
        "tail": " yo",
        "steps": [
            {
                "text": "",
                "candidates": [
                    {"text": " your", "probability": 0.989, "taken": True},
                    {"text": " you", "probability": 0.006, "taken": False},
                ],
                "ends": None,
            },
            {
                "text": " your",
                "candidates": [{"text": " time", "probability": 0.072, "taken": False}],
                "ends": 0.997,
            },
        ],
        "beam": [
            {"parent": None, "text": " your", "probability": 0.994, "fate": "kept"},
            {"parent": None, "text": " you", "probability": 0.006, "fate": "kept"},
            {"parent": 0, "text": " time", "probability": 0.071, "fate": "settled"},
        ],
        "candidates": [
            {
                "text": "ur",
                "confidence": 0.987,
                "log_prob": -0.009,
                "saves_ms": -102.6,
                "verdict": "costs_more",
            }
        ],
        "withheld": 0,
        "min_confidence": 0.37,
        "interruption_ms": 300.0,
        "decode_steps": 2,
        "reason": "not_worth_interruption",
    },
}
