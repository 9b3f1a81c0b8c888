"""Debian's Roundcube with the plugin, on PHP's own server, with SQLite."""

import hashlib
import hmac
import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.browser.clients.mail_server import USER, MailServer
from tests.missing import missing
from tests.waiting import until

PLUGIN = Path(__file__).parents[3] / "extensions" / "build" / "roundcube" / "inkling"
INSTALLED = Path("/usr/share/roundcube")
KEY = "browser-must-not-see-4711"
_SECRET = "abcdefghijklmnopqrstuvwx"
_HOST = "127.0.0.1"

_CONFIGURATION = """<?php
$config = [];
$config['db_dsnw'] = 'sqlite:///{folder}/roundcube.db';
$config['imap_host'] = 'tcp://{host}:{imap}';
$config['smtp_host'] = 'tcp://{host}:{smtp}';
$config['smtp_user'] = '';
$config['smtp_pass'] = '';
$config['des_key'] = '{secret}';
$config['log_dir'] = '{folder}/logs/';
$config['temp_dir'] = '{folder}/temp/';
$config['plugins'] = ['inkling'];
$config['skin'] = 'elastic';
$config['language'] = 'en_US';
$config['enable_spellcheck'] = false;
$config['draft_autosave'] = 0;
$config['identities_level'] = 0;
$config['mime_param_folding'] = 0;
$config['inkling_url'] = '{service}';
$config['inkling_key'] = '{key}';
{more}
"""


class Roundcube:
    """Where it runs, and what it logs."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url

    @property
    def logged(self) -> str:
        """All that it has logged."""
        return "".join(file.read_text() for file in sorted((self.folder / "logs").iterdir()))

    @property
    def user(self) -> str:
        """The name of its user at the service."""
        name = f"{USER}\n{_HOST}".encode()
        return hmac.new(_SECRET.encode(), name, hashlib.sha256).hexdigest()[:32]

    def answers(self) -> bool:
        """Whether it runs."""
        try:
            return httpx.get(self.url, timeout=60).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def roundcube(folder: Path, mail: MailServer, service: str, more: str = "") -> Iterator[Roundcube]:
    """A Roundcube of its own, for the time of the block."""
    if not INSTALLED.is_dir() or shutil.which("php") is None:
        missing("roundcube is not installed")
    if not (PLUGIN / "inkling.min.js").is_file():
        missing("the extension is not built: run `make extensions`, which needs Node.js")
    site = folder / "site"
    for one in (site / "plugins", folder / "config", folder / "logs", folder / "temp"):
        one.mkdir(parents=True)
    for name in ("program", "skins", "SQL"):
        (site / name).symlink_to(INSTALLED / name)
    (site / "plugins" / "inkling").symlink_to(PLUGIN)
    for one in (INSTALLED / "plugins").iterdir():
        (site / "plugins" / one.name).symlink_to(one)
    (site / "index.php").write_text(
        "<?php define('INSTALL_PATH', __DIR__ . '/'); require '/usr/share/roundcube/index.php';\n"
    )
    for name in ("defaults.inc.php", "mimetypes.php"):
        shutil.copy(Path("/etc/roundcube") / name, folder / "config" / name)
    (folder / "config" / "config.inc.php").write_text(
        _CONFIGURATION.format(
            folder=folder,
            host=_HOST,
            imap=mail.imap_port,
            smtp=mail.smtp_port,
            secret=_SECRET,
            service=service.rstrip("/"),
            key=KEY,
            more=more,
        )
    )
    with sqlite3.connect(folder / "roundcube.db") as database:
        database.executescript((INSTALLED / "SQL" / "sqlite.initial.sql").read_text())
    database.close()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = os.environ | {
        "ROUNDCUBE_CONFIG_DIR": str(folder / "config"),
        "PHP_CLI_SERVER_WORKERS": "4",
    }
    with (folder / "php.log").open("wb") as log:
        process = subprocess.Popen(
            ["php", "-S", f"127.0.0.1:{port}", "-t", str(site)],
            cwd=site,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    running = Roundcube(folder, f"http://127.0.0.1:{port}/")
    try:
        until(running.answers)
        yield running
    finally:
        os.killpg(process.pid, 15)
        process.wait()
