"""The list of erasures beside the database: several processes change it at once."""

import threading
from pathlib import Path

from inkling.service.profiles.erasures import PendingErasures
from inkling.service.profiles.profile_store import UserKey

ADA = UserKey("", "ada")


def lists_of(folder: Path, number: int) -> list[PendingErasures]:
    """So many processes' views of one file."""
    lists = [PendingErasures(folder / "p.db") for _ in range(number)]
    for one in lists:
        one.reserve()
    return lists


def test_what_several_note_and_finish_at_once_is_all_noted_and_seen_by_all(tmp_path: Path) -> None:
    lists = lists_of(tmp_path, 4)

    def note(number: int) -> None:
        for turn in range(10):
            user = UserKey(str(number), str(turn))
            while not _noted(lists[number], user):
                pass
            while turn % 2 and not _finished(lists[number], user):
                pass

    threads = [threading.Thread(target=note, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wanted = {UserKey(str(number), str(turn)) for number in range(4) for turn in range(0, 10, 2)}
    for one in lists:
        one.refresh()
        assert set(one.users()) == wanted


def _noted(one: PendingErasures, user: UserKey) -> bool:
    try:
        one.add(user)
    except TimeoutError:  # on a slow disk
        return False
    return True


def _finished(one: PendingErasures, user: UserKey) -> bool:
    try:
        with one.finishing([user]):
            return True
    except TimeoutError:
        return False


def test_an_erasure_that_is_noted_while_another_one_is_finished_stays(tmp_path: Path) -> None:
    one, other = lists_of(tmp_path, 2)
    one.add(ADA)
    noting = threading.Thread(target=other.add, args=(ADA,))
    with one.finishing([ADA]):
        noting.start()
        noting.join(0.1)
        assert noting.is_alive()
    noting.join()
    one.refresh()
    assert one.users() == [ADA]


def test_two_changes_within_a_tick_of_the_clock_have_two_stamps(tmp_path: Path) -> None:
    one, other = lists_of(tmp_path, 2)
    stamps = []
    for number in range(20):
        one.add(UserKey("", str(number)))
        stamps.append(other.stamp)
        other.refresh()
        assert UserKey("", str(number)) in other
    assert stamps == sorted(set(stamps))


def test_a_list_that_is_only_half_written_hides_nothing_that_is_known(tmp_path: Path) -> None:
    one, other = lists_of(tmp_path, 2)
    one.add(ADA)
    other.refresh()
    path = tmp_path / "p.db-erasures"
    whole = path.read_bytes()
    path.write_bytes(whole[:5])
    other.refresh()
    assert other.users() == [ADA]
    path.write_bytes(whole)
    other.refresh()
    assert other.users() == [ADA]
