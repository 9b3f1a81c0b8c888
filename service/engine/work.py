"""How much work a request is, in rows of a model step that only feed a token."""

from collections import OrderedDict

from inkling.service.engine.job import AnyJob, Job, WritingJob
from inkling.service.sessions.session_store import SessionKey

QUANTUM = 256
"""Work of a keystroke with much to spare. A request of more is long: others go before it."""

PREDICTING = 3
"""What a row costs whose distribution is asked for; see benchmarks.step."""

_CHARACTERS = 4
"""Of a token, about."""

_SEARCHED = 0.25
"""Part of beam x words that a search computes, about: most of it ends early."""

_FITTED = 40
"""Rows that score texts with the word behind the caret, about."""

_MOST_DRAFTS = 16_384


class WorkEstimate:
    """Predicts the work of requests before they are asked, from what has been answered. Not thread-safe."""

    def __init__(self) -> None:
        self._read: OrderedDict[SessionKey, tuple[int, int]] = OrderedDict()

    def of(self, job: AnyJob) -> int:
        """About the work of a job, at least 1. A draft that was answered is taken to be kept."""
        if isinstance(job, WritingJob):
            drawn = PREDICTING * job.writing.texts * job.writing.max_tokens
            return 1 + len(job.prefix) // _CHARACTERS + drawn
        characters, context = self._read.get(job.session, (0, 0)) if job.session is not None else (0, 0)
        if context != hash(job.context):
            characters = 0
        unread = max(0, len(job.prefix) - characters)
        if not characters:
            unread += sum(len(text or "") for text in (job.context.subject, job.context.previous_message))
        search = _SEARCHED * PREDICTING * job.options.beam_width * job.options.max_words
        if isinstance(job, Job) and job.suffix:
            search += _FITTED * PREDICTING
        return 1 + unread // _CHARACTERS + int(search)

    def answered(self, job: Job) -> None:
        """The text of a job has been read."""
        if job.session is None:
            return
        self._read[job.session] = (len(job.prefix), hash(job.context))
        self._read.move_to_end(job.session)
        if len(self._read) > _MOST_DRAFTS:
            self._read.popitem(last=False)
