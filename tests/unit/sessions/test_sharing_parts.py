"""Parts of sharing sessions: when a breaker opens, what waits to be written, and what stays secret."""

import shutil
import time
from pathlib import Path
from random import Random

import numpy as np
import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.loading import load_completer
from inkling.service.engine.worker.process import model_id
from inkling.service.engine.worker_config import WorkerConfig
from inkling.service.sessions.breaker import Breaker
from inkling.service.sessions.pending_writes import Pending, PendingWrites
from inkling.service.sessions.session import Session
from inkling.service.sessions.session_bytes import read_session, write_session
from inkling.service.sessions.session_store import SessionKey
from tests.materials.bundles import make_bundle

SESSION = Session("key", np.zeros((1, 2), np.float32))


def key(name: object) -> SessionKey:
    return SessionKey("owner", str(name))


def all_of(line: PendingWrites) -> list[Pending]:
    """All that waits, in its order."""
    return list(iter(line.take, None))


def test_a_breaker_opens_once_and_stays_open_until_it_is_closed() -> None:
    breaker = Breaker(3)
    assert [breaker.fail() for _ in range(5)] == [False, False, True, False, False]
    breaker.succeed()
    assert breaker.is_open
    breaker.close()
    assert not breaker.is_open
    assert not breaker.fail()


def test_rare_failures_open_no_breaker_and_frequent_ones_do() -> None:
    rare, frequent = Breaker(3), Breaker(3)
    for _ in range(100):
        rare.fail()
        frequent.fail()
        for _ in range(20):
            rare.succeed()
        frequent.succeed()
    assert not rare.is_open
    assert frequent.is_open


def test_a_breaker_of_no_failures_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Breaker(0)


def test_the_newest_of_a_session_waits_in_its_place() -> None:
    line = PendingWrites(3)
    older, newer = Pending(key(1), SESSION), Pending(key(1), SESSION)
    line.add(older)
    line.add(newer)
    assert len(line) == 1
    assert line.take() is newer
    assert older.done.result(0) is False


def test_a_write_that_waits_never_follows_a_deletion() -> None:
    line = PendingWrites(4)
    line.add(Pending(key(1), SESSION))
    line.add(Pending(key(2), SESSION))
    line.add(Pending(key(2), None))
    first = line.take()
    assert first is not None
    assert (first.key, first.session) == (key(2), None)
    assert not line.forgets(key(2))
    line.add(Pending(key(2), SESSION))  # the draft goes on, and may be left out
    line.put_back(first)
    assert line.forgets(key(2))
    assert [one.session is None for one in all_of(line)] == [True, False, False]


def test_deletions_stay_while_others_are_taken() -> None:
    line = PendingWrites(3)
    deletion, write = Pending(key(1), None), Pending(key(2), SESSION)
    line.add(deletion)
    line.add(write)
    assert [line.take(deletions=False), line.take(deletions=False)] == [write, None]
    assert [line.take(), line.take()] == [deletion, None]


def test_a_newer_deletion_takes_the_place_of_one_that_is_put_back() -> None:
    line = PendingWrites(3)
    older, newer = Pending(key(1), None), Pending(key(1), None)
    line.add(newer)
    line.put_back(older)
    assert all_of(line) == [newer]


def test_a_deletion_is_given_up_when_its_value_has_expired() -> None:
    line = PendingWrites(3, lasting=60.0)
    for age, left in ((100.0, 0), (1.0, 1)):
        line.put_back(Pending(key(1), None, since=time.monotonic() - age))
        assert len(line) == left


def test_a_full_line_leaves_out_the_oldest_writes_and_keeps_deletions() -> None:
    random = Random(5)
    line = PendingWrites(10)
    deleted = random.sample(range(200), 8)
    for number in range(200):
        line.add(Pending(key(number), None if number in deleted else SESSION))
        assert len(line) <= 10
    left = all_of(line)
    assert {one.key for one in left if one.session is None} == {key(number) for number in deleted}
    assert line.dropped == 190


def test_a_state_is_read_with_the_model_that_made_it_and_not_with_another_of_its_name(tmp_path: Path) -> None:
    first = make_bundle(tmp_path / "first" / "mine", seed=7)
    copied = Path(shutil.copytree(first, tmp_path / "copied" / "mine"))
    again = make_bundle(tmp_path / "again" / "mine", seed=8)

    def named(folder: Path, runtime: str = "onnx") -> str:
        return model_id(load_completer(load_bundle(folder), "cpu", runtime=runtime, threads=1))

    data = write_session(SESSION, named(first), key(1))
    assert data is not None
    assert read_session(data, named(copied), key(1)) is not None
    assert read_session(data, named(again), key(1)) is None
    assert read_session(data, named(first, "torch"), key(1)) is None


def test_the_address_of_redis_is_not_on_the_workers_command_line() -> None:
    config = WorkerConfig("bundle", "cpu", "onnx", 1, 10**6, 60.0, redis="redis://:hush@host/0")
    assert "hush" not in config.to_json()
    assert "hush" not in repr(config)
    assert WorkerConfig.from_json(config.to_json(), config.secrets()) == config
    without = WorkerConfig("bundle", "cpu", "onnx", 1, 10**6, 60.0)
    assert WorkerConfig.from_json(without.to_json(), without.secrets()) == without
