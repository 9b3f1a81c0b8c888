"""Whether the machine has what the settings ask for: processors, memory, handles, a right clock, the port."""

import errno
import resource
import socket
import time
from collections.abc import Callable
from pathlib import Path

from inkling.models.bundle.bundle import BundleError, read_manifest
from inkling.service.control_groups import ControlGroups, usable_cores
from inkling.service.doctor.finding import Finding, broken, doubtful, well
from inkling.service.host import replica_count
from inkling.service.http.connections import HandleError, raise_handle_limit, room_for_connections
from inkling.service.settings import Settings, SettingsError, bundle_path, is_numeric_address

_MEBIBYTE = 1 << 20
_WEB_BYTES = 80 * _MEBIBYTE
_WORKER_BYTES = 64 * _MEBIBYTE
_TIMES_BUNDLE = 8
"""A worker's memory, about: what its libraries need, and so many times its bundle. Measured on what ships."""
_SEARCH_BYTES = 64 * _MEBIBYTE
"""What recent searches of a worker found out, at most."""

_FIRST_YEAR, _LAST_YEAR = 2026, 2100
_CLOCK_SECONDS = 0.25
_CLOCK_SLACK = 0.05
"""Seconds by which two clocks may differ after `_CLOCK_SECONDS`."""


def check_cores(settings: Settings, groups: ControlGroups | None = None) -> Finding:
    """Whether every thread that computes has a processor, within the limits of a container too."""
    cores, count = usable_cores(groups), replica_count(settings, groups)
    threads = count * settings.threads
    have = f"threads that compute (replicas x threads): {threads}; processors that may be used: {cores:g}"
    if threads > max(1, cores):
        fewer = f"--replicas {max(1, int(cores) - 1)} --threads 1"
        return doubtful(f"{have}; threads wait for each other", f"say {fewer}, or allow more processors")
    if threads == cores and count > 1:
        return doubtful(f"{have}; none is left for HTTP", f"say --replicas {max(1, count - 1)}")
    return well(have)


def check_handles(settings: Settings) -> Finding:
    """Whether there are as many file handles as the connections that the settings allow."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    try:
        handles = raise_handle_limit()
    except HandleError as error:
        return broken(str(error), "raise the limit (ulimit -n 4096, or LimitNOFILE of the unit)")
    room = room_for_connections(handles)
    if room < settings.max_connections:
        wanted = settings.max_connections + handles - room
        return doubtful(
            f"{handles} file handles are allowed, so there is room for {room} connections, "
            f"not for {settings.max_connections}",
            f"raise the limit to {wanted} (ulimit -n, or LimitNOFILE of the unit), "
            f"or say --max-connections {room}",
        )
    unbounded = hard == resource.RLIM_INFINITY
    return well(f"{'any number of' if unbounded else handles} file handles may be opened")


def check_memory(
    settings: Settings, *, groups: ControlGroups | None = None, proc: Path = Path("/proc")
) -> Finding:
    """Whether the workers fit into memory, and then the drafts that the settings allow."""
    try:
        files = read_manifest(bundle_path(settings)).files
    except (BundleError, SettingsError, OSError):
        return doubtful("without its bundle nobody knows how much memory it needs", "mend the bundle first")
    replicas = replica_count(settings, groups)
    workers = replicas + settings.spare
    each = _WORKER_BYTES + _TIMES_BUNDLE * sum(record.bytes for record in files.values())
    least = _WEB_BYTES + workers * each
    most = least + settings.session_bytes + replicas * _SEARCH_BYTES
    free = _free_memory(proc, groups or ControlGroups())
    needs = f"{workers} workers need about {_mebibytes(least)}, and with all drafts {_mebibytes(most)}"
    if free is None:
        return doubtful(f"{needs}; the system does not tell how much is free", "see for yourself")
    told = f"{needs}; {_mebibytes(free)} are free"
    if free < least:
        return broken(told, "say fewer --replicas, or --no-spare, or give it more memory")
    if free < most:
        return doubtful(told, "say a smaller --session-bytes, or give it more memory")
    return well(told)


def check_clock(
    settings: Settings,  # noqa: ARG001
    *,
    wall: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> Finding:
    """Whether the clock is of this time, and goes as fast as the one that never jumps."""
    began = wall()
    year = time.gmtime(began).tm_year
    mend = "set the clock, and let a time service keep it (timedatectl set-ntp true)"
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return broken(f"the clock says {year}: tokens and what was learned end by it", mend)
    since = monotonic()
    sleep(_CLOCK_SECONDS)
    passed, elapsed = wall() - began, monotonic() - since
    if elapsed < 0:
        return broken("the monotonic clock goes back", "this machine's kernel or its host is at fault")
    if abs(passed - elapsed) > _CLOCK_SLACK:
        return doubtful(f"the clock moved by {passed:.2f} s in {elapsed:.2f} s: it jumps", mend)
    return well(time.strftime("it is %Y-%m-%d %H:%M:%S UTC, and the clock goes evenly", time.gmtime(began)))


def check_port(settings: Settings) -> Finding:
    """Whether the port can be had: it is taken for a moment, and nobody is connected to."""
    where = f"{settings.host} port {settings.port}"
    if settings.port == 0:
        return well("the system chooses a free port")
    if settings.host != "localhost" and not is_numeric_address(settings.host):
        return doubtful(
            f"{where} was not tried: {settings.host} is a name, and none is looked up here", "name an address"
        )
    hosts = ("127.0.0.1", "::1") if settings.host == "localhost" else (settings.host,)
    for host in hosts:
        error = _bind(host, settings.port)
        if error is not None and not (len(hosts) > 1 and error.errno in _NO_SUCH_ADDRESS):
            return broken(f"cannot listen on {where}: {error.strerror}", _remedy_of_port(error))
    return well(f"{where} is free")


_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def _bind(host: str, port: int) -> OSError | None:
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as tried:
            # As the service does: connections of an earlier one that are ending are in nobody's way.
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((host, port))
    except OSError as error:
        return error
    return None


def _remedy_of_port(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "end the program that has it (ss -ltnp), say another --port, or --running if it is the service"
    if error.errno == errno.EACCES:
        return "say a --port above 1023, or give the right to bind low ports (CAP_NET_BIND_SERVICE)"
    return "say a --host that this machine has"


def _free_memory(proc: Path, groups: ControlGroups) -> int | None:
    machine = None
    try:
        for line in (proc / "meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                machine = int(line.split()[1]) * 1024
    except OSError:
        pass
    limits = [one for one in (machine, groups.free_memory()) if one is not None]
    return min(limits, default=None)


def _mebibytes(number: int) -> str:
    return f"{number // _MEBIBYTE:,} MiB"
