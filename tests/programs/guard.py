"""Runs a program under strace and lists the sockets that it connected and the files that it wrote."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.missing import missing

ROOT = Path(__file__).parents[2]

CALLS = (
    "connect,bind,sendto,sendmsg,sendmmsg,open,openat,creat,mkdir,mkdirat,mknod,mknodat,"
    "rename,renameat,renameat2,link,linkat,symlink,symlinkat"
)
"""The system calls that `read_trace` reads, as strace's `-e trace=` takes them."""

_ENTRY = re.compile(r"^(?:\d+\s+)?(?P<call>\w+)\((?P<rest>.*)$")
_PLACE = re.compile(r'(?:(?:AT_FDCWD|\d+)<(?P<folder>[^>]*)>, )?"(?P<path>(?:[^"\\]|\\.)*)"')
_ADDRESS = re.compile(r'inet_addr\("([^"]*)"\)|inet_pton\(AF_INET6, "([^"]*)"')
_PORT = re.compile(r"sin6?_port=htons\((\d+)\)")
_UNIX = re.compile(r'sun_path=(@?"[^"]*")')
_WRITES = ("O_CREAT", "O_WRONLY", "O_RDWR", "O_TRUNC")
_REACHING = ("connect", "sendto", "sendmsg", "sendmmsg")
_DEVICES = ("/dev/null", "/dev/tty")


@dataclass(frozen=True)
class Trace:
    """What a program did: sockets as `call address:port`, files as absolute paths; both in order."""

    sockets: tuple[str, ...]
    files: tuple[Path, ...]

    def foreign_files(self, asked: Iterable[Path]) -> list[Path]:
        """The files that are neither one of `asked` nor in such a folder."""
        allowed = [Path(os.path.normpath(one)) for one in asked]
        return [path for path in self.files if not any(path.is_relative_to(one) for one in allowed)]


def read_trace(text: str, cwd: Path) -> Trace:
    """Read the output of `strace -f -yy`; paths without a folder are taken from `cwd`.

    A socket counts even if the call failed. A file counts only if the call succeeded. A listener on loopback
    and a pair of sockets inside the program do not count.
    """
    sockets: list[str] = []
    files: list[Path] = []
    for line in text.splitlines():
        match = _ENTRY.match(line)
        if match is None:
            continue
        call, rest = match["call"], match["rest"]
        if call in _REACHING or call == "bind":
            sockets += [f"{call} {peer}" for peer in _peers(rest) if call != "bind" or not _is_loopback(peer)]
        elif not re.search(r"\) += -1 E[A-Z]+", rest):
            files += _written(call, rest, cwd)
    return Trace(tuple(sockets), tuple(files))


def _peers(rest: str) -> Iterator[str]:
    for part in rest.split("sa_family=")[1:]:
        if part.startswith("AF_UNIX"):
            if (named := _UNIX.search(part)) is not None:
                yield f"unix {named[1]}"
        elif part.startswith("AF_INET"):
            address, port = _ADDRESS.search(part), _PORT.search(part)
            found = "unknown" if address is None else address[1] or address[2]
            yield f"{found}:{'?' if port is None else port[1]}"


def _is_loopback(peer: str) -> bool:
    return peer.startswith(("127.", "::1:"))


def _written(call: str, rest: str, cwd: Path) -> Iterator[Path]:
    if call in ("open", "openat") and not any(flag in rest for flag in _WRITES):
        return
    if "O_TMPFILE" in rest:
        return  # a file without a name, which nobody finds afterwards
    places = list(_PLACE.finditer(rest))
    if call.startswith(("rename", "link", "symlink")):
        places = places[1:]  # the new name
    for place in places[:1]:
        path = os.path.normpath(cwd / (place["folder"] or "") / place["path"])
        if path not in _DEVICES:
            yield Path(path)


def require_strace() -> str:
    """The path of strace; skips where it is not installed or may not trace."""
    strace = shutil.which("strace")
    if strace is None:
        missing("strace is not installed: the Debian package is strace")
    if subprocess.run(
        [strace, "-qq", "-e", "trace=none", "true"], capture_output=True, check=False
    ).returncode:
        missing("strace may not trace here: the sandbox forbids ptrace")
    return strace


@dataclass(frozen=True)
class Guard:
    """A folder with a home, a working folder and a temporary one, all empty, for one traced program."""

    folder: Path

    def __post_init__(self) -> None:
        for one in (self.home, self.cwd, self.temporary):
            one.mkdir(parents=True)

    @property
    def home(self) -> Path:
        """The program's HOME."""
        return self.folder / "home"

    @property
    def cwd(self) -> Path:
        """Where the program starts."""
        return self.folder / "cwd"

    @property
    def temporary(self) -> Path:
        """The program's TMPDIR, which must be empty when it has ended."""
        return self.folder / "tmp"

    def command(self, *arguments: str) -> list[str]:
        """This Python with `arguments`, under strace."""
        traced = ["-f", "-qq", "-yy", "-s", "4096", "-e", f"trace={CALLS}", "-o", str(self._output)]
        return [require_strace(), *traced, sys.executable, *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """The environment: a plain user's, without what this process has set for itself."""
        return {
            "HOME": str(self.home),
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.temporary),
            "USER": "writer",
        }

    def run(self, *arguments: str, timeout: float = 170) -> "subprocess.CompletedProcess[str]":
        """Run this Python with `arguments` to its end."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.cwd,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def trace(self) -> Trace:
        """What the program did, after its end."""
        return read_trace(self._output.read_text(errors="replace"), self.cwd)

    def check(self, asked: Sequence[Path] = ()) -> None:
        """Fail on any socket, on any file but those asked for, and on whatever is left in the folders."""
        trace = self.trace()
        assert list(trace.sockets) == []
        foreign = trace.foreign_files([*asked, self.temporary])
        assert foreign == [], foreign
        assert list(self.temporary.iterdir()) == []

    @property
    def _output(self) -> Path:
        return self.folder / "trace"
