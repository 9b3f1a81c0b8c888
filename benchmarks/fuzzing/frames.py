"""Messages between the web process and a worker."""

from pathlib import Path

from benchmarks.fuzzing.target import Target
from inkling.service.engine.wire import Wire, pack
from inkling.service.engine.worker_messages import DescribeSession, Forbid, Learn, Refused
from inkling.service.profiles.profile_store import UserKey
from inkling.service.sessions.session_store import SessionKey


def frame_target(_folder: Path) -> Target:
    """Frames as they come from the connection."""
    messages = [
        DescribeSession(1, SessionKey("north", "draft")),
        Learn(2, UserKey("north", "ada"), "Thank you. 会議 😀", None),
        Forbid(3, UserKey("north", "ada"), ["kind regards", "best"]),
        Refused("there is no model"),
    ]
    frames = [pack(message) for message in messages]

    def parse(data: bytes) -> bool:
        heard: list[object] = []
        Wire(heard.append, lambda: None).data_received(data)
        return bool(heard)

    return Target([*frames, b"".join(frames)], parse)
