"""The guard finds sockets and files. Without this the other tests would prove nothing."""

import socket
from pathlib import Path

import pytest

from tests.programs.guard import Guard, read_trace

CWD = Path("/start")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (
            "7 connect(9<UDP:[1]>, {sa_family=AF_INET, sin_port=htons(53), "
            'sin_addr=inet_addr("10.0.0.53")}, 16) = 0',
            ["connect 10.0.0.53:53"],
        ),
        (
            "7 connect(9<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(80), "
            'sin_addr=inet_addr("127.0.0.1")}, 16 <unfinished ...>',
            ["connect 127.0.0.1:80"],
        ),
        (
            "7 connect(9, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), "
            'inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = -1 ENETUNREACH (x)',
            ["connect 2001:db8::1:443"],
        ),
        (
            '7 sendto(9, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(9), '
            'sin_addr=inet_addr("192.0.2.1")}, 16) = 1',
            ["sendto 192.0.2.1:9"],
        ),
        (
            "7 sendmsg(9, {msg_name={sa_family=AF_INET, sin_port=htons(9), "
            'sin_addr=inet_addr("192.0.2.1")}, msg_namelen=16}, 0) = 1',
            ["sendmsg 192.0.2.1:9"],
        ),
        ('7 connect(9, {sa_family=AF_UNIX, sun_path="/run/x"}, 9) = 0', ['connect unix "/run/x"']),
        ('7 sendto(9<UNIX-STREAM:[1->2]>, "x", 1, 0, NULL, 0) = 1', []),
        ('7 bind(9, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0', []),
        (
            '7 bind(9, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("0.0.0.0")}, 16) = 0',
            ["bind 0.0.0.0:0"],
        ),
    ],
)
def test_sockets(line: str, found: list[str]) -> None:
    assert list(read_trace(line, CWD).sockets) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('7 openat(AT_FDCWD</a>, "b/c", O_WRONLY|O_CREAT, 0644) = 3</a/b/c>', "/a/b/c"),
        ('7 openat(6</a>, "b", O_RDWR <unfinished ...>', "/a/b"),
        ('7 openat(AT_FDCWD</a>, "/b", O_RDONLY|O_CLOEXEC) = 3</b>', None),
        ('7 openat(AT_FDCWD</a>, "/b", O_WRONLY) = -1 ENOENT (No such file or directory)', None),
        ('7 openat(AT_FDCWD</a>, "/dev/null", O_RDWR) = 3</dev/null>', None),
        ('7 mkdir("x", 0777) = 0', "/start/x"),
        ('7 rename("/a/old", "/a/new") = 0', "/a/new"),
        ('7 linkat(6</a>, "old", 7</b>, "new", 0) = 0', "/b/new"),
        ('7 renameat(6</a>, "old", 7</b>, "new") = 0', "/b/new"),
    ],
)
def test_files(line: str, found: str | None) -> None:
    assert [str(path) for path in read_trace(line, CWD).files] == ([] if found is None else [found])


def test_a_file_is_foreign_unless_it_is_asked_for() -> None:
    trace = read_trace('7 mkdir("/a/b/c", 0777) = 0\n7 mkdir("/a/bc", 0777) = 0', CWD)
    assert trace.foreign_files([Path("/a/b")]) == [Path("/a/bc")]


def test_a_program_that_calls_out_and_writes_into_the_home_is_found(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(
            ("127.0.0.1", 0)
        )  # bound, not listening: the call is refused, and must be found all the same
        port = closed.getsockname()[1]
        program = f"""
import socket, pathlib, subprocess, sys, tempfile
pathlib.Path.home().joinpath("left").write_text("x")
tempfile.mkdtemp()
subprocess.run([sys.executable, "-c", "import socket; socket.socket().connect_ex(('127.0.0.1', {port}))"])
"""
        guard = Guard(tmp_path / "guard")
        assert guard.run("-c", program).returncode == 0
    trace = guard.trace()
    assert list(trace.sockets) == [f"connect 127.0.0.1:{port}"]
    assert trace.foreign_files([guard.temporary]) == [guard.home / "left"]
    assert len(list(guard.temporary.iterdir())) == 1
    with pytest.raises(AssertionError):
        guard.check()
