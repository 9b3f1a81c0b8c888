"""Why the engine gives no answer.

EngineError
├── Overloaded         the queue is full; carries when to try again
├── Superseded         a newer request, or the deletion, of the same session came
├── DeadlineExceeded   the answer would come later than the client wants it
├── Cancelled          the client left
├── Stopping           the engine is not running or about to stop
├── StorageBusy        profiles cannot be reached
├── StorageFull        there is no room to keep a message
├── TooManyPhrases     a user's list of forbidden phrases is full
├── Lost               the model's process ended before the answer
└── ModelFailed        the model raised something of its own

Messages never hold a word of the draft.
"""

# ruff: noqa: N818 - named after what happened, as the HTTP layer's error types are


class EngineError(Exception):
    """A request ended without an answer, through no fault of the model."""


class Overloaded(EngineError):
    """`retry_after` estimates the seconds until the queue has been worked off."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"The queue is full; try again in {retry_after:.1f} s.")
        self.retry_after = retry_after


class Superseded(EngineError):
    """A newer request of the session has taken this one's place, or the session was deleted."""

    def __init__(self) -> None:
        super().__init__("A newer request for this session, or its deletion, replaced this one.")


class DeadlineExceeded(EngineError):
    """The job's deadline passed before its answer was ready."""

    def __init__(self) -> None:
        super().__init__("The deadline passed before the answer was ready; allow more time.")


class Cancelled(EngineError):
    """The one who asked does not wait any more."""

    def __init__(self) -> None:
        super().__init__("The client left before the answer was ready.")


class Stopping(EngineError):
    """No work is taken: the engine has not been started, or is stopping."""

    def __init__(self) -> None:
        super().__init__("The engine is not running; try again when the service is up.")


class StorageBusy(EngineError):
    """Another program holds the file of profiles."""

    def __init__(self) -> None:
        super().__init__("The profiles are held by another program; try again soon.")


class StorageFull(EngineError):
    """There is no room to keep a message."""

    def __init__(self) -> None:
        super().__init__("There is no room to keep a message.")


class TooManyPhrases(EngineError):
    """The list of a user's forbidden phrases is full."""

    def __init__(self) -> None:
        super().__init__("The list of forbidden phrases is full.")


class Lost(EngineError):
    """The process that holds the model ended before it answered; a new one is on its way."""

    def __init__(self) -> None:
        super().__init__("The model's process ended before the answer; try again soon.")


class ModelFailed(EngineError):
    """The model raised an error; the message says of which type and where, never its own message."""
