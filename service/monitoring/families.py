"""The metrics that exist: the name, kind, meaning and labels of each. The one list of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from inkling.service.engine.observer import Outcome

PHASES = ("queue", "tokenize", "prefill", "decode")
"""Of an answer, in their order; the fields of `PhaseTimes`."""

EventKind = Literal["shown", "accepted", "partial", "typed_through", "dismissed", "undone", "retyped"]
"""What becomes of a suggestion in an editor. The last two follow where what was taken did not stay."""

RANKS = ("0", "1", "2", "3", "4")
"""Places of a suggestion in its answer."""

Dismissal = Literal["escape", "mismatch", "edit", "caret", "blur", "composition", "disabled", "detach"]
"""Why an editor takes a suggestion away."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label and its values: all of them, or what they are in words where they cannot be listed."""

    name: str
    values: Sequence[str] | str


@dataclass(frozen=True, slots=True)
class Family:
    """A metric. A counter is exported as `NAME_total`, a histogram as `NAME_bucket`, `_sum` and `_count`."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: Sequence[Label] = ()

    @property
    def exported(self) -> Sequence[str]:
        """The names in the text of /metrics, without the moments at which counting began."""
        endings = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
        return [self.name + ending for ending in endings[self.kind]]

    @property
    def label_names(self) -> Sequence[str]:
        """The names of its labels, in their order."""
        return [label.name for label in self.labels]


REQUESTS = Family(
    "inkling_requests",
    "counter",
    "Answered requests.",
    (
        Label("method", ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER")),
        Label("route", "a template such as /v1/sessions/{session_id}, or unmatched"),
        Label("status", "the HTTP status, or 0 where none was sent"),
    ),
)
DISCONNECTS = Family("inkling_client_disconnects", "counter", "Clients that left before their answer.")
LATENCY = Family(
    "inkling_suggestion_seconds", "histogram", "From a checked request to its answer, waiting included."
)
REFUSAL = Family("inkling_refusal_seconds", "histogram", "From the head of a request to its answer of 429.")
PHASE_SECONDS = Family(
    "inkling_phase_seconds", "histogram", "Time of an answer by phase.", (Label("phase", PHASES),)
)
OUTCOMES = Family(
    "inkling_outcomes",
    "counter",
    "How requests to the model ended.",
    (Label("outcome", tuple(outcome.value for outcome in Outcome)),),
)
ANSWERS = Family(
    "inkling_answers",
    "counter",
    "Answers with a suggestion (shown) and without (empty).",
    (Label("result", ("shown", "empty")),),
)
PREFIX_TOKENS = Family(
    "inkling_prefix_tokens",
    "counter",
    "Committed tokens, computed or found in a session.",
    (Label("source", ("computed", "cached")),),
)
DECODE_STEPS = Family("inkling_decode_steps", "counter", "Model steps of searches and completions.")
COMPLETION_TOKENS = Family("inkling_completion_tokens", "counter", "Tokens drawn for completions.")
EVENTS = Family(
    "inkling_events",
    "counter",
    "What became of suggestions in editors.",
    (Label("type", get_args(EventKind)), Label("reason", ("", *get_args(Dismissal)))),
)
EVENT_CHARACTERS = Family(
    "inkling_event_characters",
    "counter",
    "Characters of suggestions in editors: shown, taken by a key, or typed through.",
    (Label("type", get_args(EventKind)),),
)
EVENT_RANKS = Family(
    "inkling_event_ranks",
    "counter",
    "Suggestions taken in editors, whole or in part, by their place in the answer: 0 is the first.",
    (Label("rank", RANKS),),
)
OUTCOMES_LEARNED = Family(
    "inkling_outcomes_learned",
    "counter",
    "Outcomes of suggestions given with a user: counted for them (kept), or not (dropped).",
    (Label("result", ("kept", "dropped")),),
)
WORK_REFUSALS = Family(
    "inkling_work_refusals",
    "counter",
    "Requests refused because an API key (key) or an address (client) had used up its work.",
    (Label("limit", ("key", "client")),),
)
RELOADS = Family(
    "inkling_reloads",
    "counter",
    "Reloads that were asked for: the bundle was another one, the same, or could not be served.",
    (Label("result", ("changed", "unchanged", "refused")),),
)
READY = Family("inkling_ready", "gauge", "1 while requests are taken, else 0, as /readyz tells.")
REPLICAS = Family(
    "inkling_replicas",
    "gauge",
    "Places of workers that answer: with one that does (ready), or without (lost).",
    (Label("state", ("ready", "lost")),),
)
SPARE_READY = Family("inkling_spare_ready", "gauge", "1 while one more worker waits, else 0.")
WORKERS_REPLACED = Family(
    "inkling_workers_replaced", "counter", "Lost workers whose place another one has taken."
)
QUEUE_DEPTH = Family("inkling_queue_depth", "gauge", "Requests that wait for the model.")
IN_PROGRESS = Family("inkling_in_progress", "gauge", "Requests the model works on.")
SESSIONS = Family("inkling_sessions", "gauge", "Drafts kept.")
SESSION_BYTES = Family("inkling_session_bytes", "gauge", "Memory of the drafts kept.")
SESSION_MAX_BYTES = Family("inkling_session_max_bytes", "gauge", "Memory that drafts may take.")
SESSION_LOOKUPS = Family(
    "inkling_session_lookups",
    "counter",
    "Drafts looked for, found (hit) or not (miss).",
    (Label("result", ("hit", "miss")),),
)
SESSIONS_DROPPED = Family(
    "inkling_sessions_dropped",
    "counter",
    "Drafts dropped for room (evicted), for idleness (expired), or as too large (refused).",
    (Label("reason", ("evicted", "expired", "refused")),),
)

SHARED_SESSION_LOOKUPS = Family(
    "inkling_shared_session_lookups",
    "counter",
    "Drafts looked for in Redis: found (hit), missing or not usable (miss), not answered (failure).",
    (Label("result", ("hit", "miss", "failure")),),
)
SHARED_SESSION_WRITES = Family(
    "inkling_shared_session_writes",
    "counter",
    "Drafts offered to Redis: kept (written), refused or lost (failed), or left out for room (dropped).",
    (Label("result", ("written", "failed", "dropped")),),
)
REDIS_AWAY = Family(
    "inkling_redis_away", "gauge", "Processes of the model that do without the Redis of drafts for now."
)
PROFILES_AWAY = Family(
    "inkling_profiles_away", "gauge", "Processes of the model that do without the Redis of profiles for now."
)

FAMILIES: Sequence[Family] = (
    REQUESTS,
    DISCONNECTS,
    LATENCY,
    REFUSAL,
    PHASE_SECONDS,
    OUTCOMES,
    ANSWERS,
    PREFIX_TOKENS,
    DECODE_STEPS,
    COMPLETION_TOKENS,
    EVENTS,
    EVENT_CHARACTERS,
    EVENT_RANKS,
    OUTCOMES_LEARNED,
    WORK_REFUSALS,
    RELOADS,
    READY,
    REPLICAS,
    SPARE_READY,
    WORKERS_REPLACED,
    QUEUE_DEPTH,
    IN_PROGRESS,
    SESSIONS,
    SESSION_BYTES,
    SESSION_MAX_BYTES,
    SESSION_LOOKUPS,
    SESSIONS_DROPPED,
    SHARED_SESSION_LOOKUPS,
    SHARED_SESSION_WRITES,
    REDIS_AWAY,
    PROFILES_AWAY,
)
"""All of them."""
