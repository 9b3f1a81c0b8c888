"""Runs a program under strace and tells which addresses it reached for and which files it changed.

strace sees every system call of the program and of all its children, whatever library makes it. Nothing
has to be installed in the program for it.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.missing import missing

_CALLS = (
    "connect,sendto,sendmsg,sendmmsg,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,"
    "symlink,symlinkat,mknod,mknodat,truncate,chdir"
)
_PEER = re.compile(
    r"\b(?:connect|sendto|sendmsg|sendmmsg)\(.*?sa_family=(AF_INET6?),\s*sin6?_port=htons\((\d+)\),"
    r".*?(?:inet_addr\(\"([^\"]+)\"\)|inet_pton\(AF_INET6, \"([^\"]+)\")"
)
_CHANGED = re.compile(
    r"\b(?:open|openat|creat|mkdir|mkdirat|rename|renameat|renameat2|link|linkat|symlink|symlinkat|mknod"
    r"|mknodat|truncate)\("
)
_OPENED = re.compile(r"\b(?:open|openat)\(")
_WRITES = re.compile(r"\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)\b")
_PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FOLDER = re.compile(r"(?:AT_FDCWD|\d+)<([^>]+)>")
_PROCESS = re.compile(r"^\d+\s+")


@dataclass(frozen=True, slots=True)
class Trace:
    """What a run did: `peers` as (address, port), and the absolute paths that it wrote, made or renamed."""

    peers: frozenset[tuple[str, int]]
    written: frozenset[str]

    def foreign_peers(self, own_ports: Sequence[int] = ()) -> set[tuple[str, int]]:
        """Peers other than this machine's own address at one of `own_ports`."""
        return {
            (address, port)
            for address, port in self.peers
            if not (address in ("127.0.0.1", "::1") and port in own_ports)
        }

    def written_outside(self, *folders: Path) -> set[str]:
        """Paths written that are in none of the folders, nor a device or a file of the kernel's."""
        allowed = tuple(str(folder.resolve()) for folder in folders)
        return {
            path
            for path in self.written
            if not path.startswith(("/dev/", "/proc/"))
            and not any(path == one or path.startswith(f"{one}/") for one in allowed)
        }


def command(log: Path, program: Sequence[str]) -> list[str]:
    """A program under strace, which writes to `log`; skips where there is no strace."""
    if shutil.which("strace") is None:
        missing("strace is not installed: apt-get install strace")
    return [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-y",
        "-s",
        "512",
        "-e",
        f"trace={_CALLS}",
        "-o",
        str(log),
        *program,
    ]


def run(
    program: Sequence[str], log: Path, *, cwd: Path, environment: Mapping[str, str], timeout: float = 150
) -> tuple[Trace, subprocess.CompletedProcess[str]]:
    """Run a program to its end; returns what it did, and its result."""
    result = subprocess.run(
        command(log, program),
        cwd=cwd,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return read(log), result


@contextmanager
def running(
    program: Sequence[str], log: Path, *, cwd: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """A program that runs under strace meanwhile; ended by SIGTERM to the program itself."""
    with subprocess.Popen(
        command(log, program), cwd=cwd, env=dict(environment), stderr=subprocess.PIPE, text=True
    ) as tracer:
        try:
            yield tracer
        finally:
            children = Path(f"/proc/{tracer.pid}/task/{tracer.pid}/children").read_text().split()
            for child in children:
                subprocess.run(["kill", "-TERM", child], check=False)
            tracer.wait(30)


def read(log: Path) -> Trace:
    """What strace wrote down; calls that failed count as well, for they were tried."""
    peers: set[tuple[str, int]] = set()
    written: set[str] = set()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        call = _PROCESS.sub("", line)
        if found := _PEER.search(call):
            peers.add((found[3] or found[4], int(found[2])))
        elif _CHANGED.match(call) and "= -1" not in call:
            if _OPENED.match(call) and not _WRITES.search(call):
                continue
            written.update(_paths(call))
    return Trace(frozenset(peers), frozenset(written))


def _paths(call: str) -> Iterator[str]:
    """The paths that a call names, made absolute by the folder that strace shows beside them."""
    folders = _FOLDER.findall(call)
    for number, path in enumerate(_PATH.findall(call)):
        if path.startswith("/"):
            yield path
        elif folders:
            yield f"{folders[min(number, len(folders) - 1)]}/{path}"
        else:
            yield path
