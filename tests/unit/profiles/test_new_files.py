"""Several processes may make one new profile file at the same moment."""

import threading
from pathlib import Path

from inkling.service.profiles.database import open_database, prepare


def test_a_file_that_others_make_too_is_made_once(tmp_path: Path) -> None:
    """The second one finds no tables, waits for the first one's lock, and leaves its tables as they are."""
    made = open_database(tmp_path / "made.db", 10.0)
    prepare(made, tmp_path / "made.db")
    pragmas = ("user_version", "application_id")
    numbers = [f"PRAGMA {name} = {made.execute(f'PRAGMA {name}').fetchone()[0]}" for name in pragmas]
    tables = [sql for (sql,) in made.execute("SELECT sql FROM sqlite_master") if sql]
    path = tmp_path / "profiles.db"
    first, second = (open_database(path, 10.0) for _ in range(2))
    first.execute("BEGIN IMMEDIATE")
    failures: list[BaseException] = []

    def make() -> None:
        try:
            prepare(second, path)
        except BaseException as error:
            failures.append(error)

    waiting = threading.Thread(target=make)
    begun = threading.Event()
    second.set_trace_callback(lambda sql: begun.set() if sql.startswith("BEGIN IMMEDIATE") else None)
    waiting.start()
    assert begun.wait(60)
    for statement in (*tables, *numbers, "COMMIT"):
        first.execute(statement)
    waiting.join(60)
    assert not failures
    assert first.execute("SELECT count(*) FROM message").fetchone() == (0,)
    for connection in (first, second, made):
        connection.close()
