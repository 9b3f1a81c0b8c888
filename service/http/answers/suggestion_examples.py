"""Examples of POST /v1/suggestions."""

from collections.abc import Mapping
from typing import Any

SUGGESTION_EXAMPLES: Mapping[str, Any] = {
    "whole": {
        "summary": "A draft with a session and its context",
        "value": {
            "prefix": "Can we schedule a meeting",
            "session_id": "draft-7",
            "user_id": "u-19",
            "context": {
                "subject": "Planning the next release",
                "previous_message": "Could we talk about the open questions soon?",
                "recipient_name": "Sam Example",
                "sent_at": "2026-11-23T09:00:00+01:00",
            },
            "max_suggestions": 3,
            "max_words": 8,
            "beam_width": 4,
            "min_confidence": 0.35,
            "deadline_ms": 150,
        },
    },
    "short": {"summary": "Only the text", "value": {"prefix": "Thank you for your"}},
}

SUGGESTION_RESPONSE_EXAMPLES: Mapping[str, Any] = {
    "some": {
        "summary": "A suggestion",
        "value": {
            "id": "sg_4fJ0aV7b2Q",
            "model": "inkling-en",
            "suggestions": [
                {
                    "text": " for next week?",
                    "confidence": 0.41,
                    "log_prob": -0.89,
                    "finish_reason": "sentence_end",
                    "replace": 0,
                }
            ],
            "session": {"id": "draft-7", "prefix_tokens": 5, "cached_tokens": 5},
            "usage": {"computed_tokens": 0, "decode_steps": 6},
        },
    },
    "mended": {
        "summary": "A word that is mended, for the prefix `I recie` with `edits`",
        "value": {
            "id": "sg_7Qm3xR9b1T",
            "model": "inkling-en",
            "suggestions": [
                {
                    "text": "eived",
                    "confidence": 0.93,
                    "log_prob": -0.07,
                    "finish_reason": "best_length",
                    "replace": 2,
                }
            ],
            "session": {"id": "draft-8", "prefix_tokens": 1, "cached_tokens": 1},
            "usage": {"computed_tokens": 0, "decode_steps": 9},
        },
    },
    "none": {
        "summary": "Nothing to suggest, and why",
        "value": {
            "id": "sg_9dK2mX1c7R",
            "model": "inkling-en",
            "suggestions": [],
            "session": {"id": "draft-8", "prefix_tokens": 3, "cached_tokens": 0},
            "usage": {"computed_tokens": 3, "decode_steps": 2},
            "reason": "nothing_likely",
        },
    },
}
