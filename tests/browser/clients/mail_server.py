"""A real IMAP server (Dovecot) and a receiver of sent mail, for one person whose password is known."""

import getpass
import grp
import imaplib
import os
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tests.missing import missing
from tests.waiting import until

USER, PASSWORD = "ada@example.test", "letters"

_CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
default_internal_user = {owner}
default_login_user = {owner}
default_internal_group = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{folder}/mail
mail_uid = {uid}
mail_gid = {gid}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
  mailbox Drafts {{
    auto = subscribe
    special_use = \\Drafts
  }}
}}
"""


class MailServer:
    """The ports of the servers, the mail that was sent, and the mail that is kept."""

    def __init__(self, imap_port: int) -> None:
        self.imap_port = imap_port
        self.received: list[bytes] = []
        server = self

        class Session(socketserver.StreamRequestHandler):
            """SMTP as far as one client needs it (RFC 5321)."""

            def handle(self) -> None:
                self.wfile.write(b"220 test\r\n")
                while line := self.rfile.readline():
                    verb = line[:4].upper()
                    if verb == b"DATA":
                        self.wfile.write(b"354 go on\r\n")
                        lines = iter(self.rfile.readline, b".\r\n")
                        server.received.append(b"".join(one.removeprefix(b".") for one in lines))
                    if verb == b"EHLO":
                        self.wfile.write(b"250-test\r\n250 8BITMIME\r\n")
                        continue
                    self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 done\r\n")

        self._smtp = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self._smtp.daemon_threads = True
        threading.Thread(target=self._smtp.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def smtp_port(self) -> int:
        """Where mail is sent to."""
        return int(self._smtp.server_address[1])

    def close(self) -> None:
        """Receive no more."""
        self._smtp.shutdown()
        self._smtp.server_close()

    def deliver(self, message: EmailMessage) -> None:
        """Put a message into the inbox."""
        with self._client() as client:
            client.append("INBOX", "", "", message.as_bytes(policy=policy.SMTP))

    def kept(self, folder: str) -> list[EmailMessage]:
        """The messages of a folder, the oldest first."""
        with self._client() as client:
            client.select(folder, readonly=True)
            _, (numbers,) = client.search(None, "ALL")
            found = []
            for number in numbers.split():
                _, data = client.fetch(number, "(RFC822)")
                assert isinstance(data[0], tuple)
                found.append(message_from_bytes(data[0][1], _class=EmailMessage, policy=policy.default))
            return found

    def empty(self) -> None:
        """Delete all messages."""
        self.received.clear()
        with self._client() as client:
            for folder in ("INBOX", "Sent", "Drafts"):
                _, (count,) = client.select(folder)
                if count != b"0":
                    client.store("1:*", "+FLAGS", "\\Deleted")
                    client.expunge()

    def answers(self) -> bool:
        """Whether the IMAP server runs."""
        try:
            self._client().logout()
        except OSError:
            return False
        return True

    def _client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=60)
        client.login(USER, PASSWORD)
        return client


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Both servers, for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="inkling-mail-") as folder, _running(Path(folder)) as server:
        yield server


@contextmanager
def _running(folder: Path) -> Iterator[MailServer]:
    program = shutil.which("dovecot", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin")))
    if program is None:
        missing("dovecot is not installed")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for one in ("home", "mail", "run", "state"):
        (folder / one).mkdir()
    # Dovecot keeps no mail of root. Whoever else starts it is all of its users.
    if os.geteuid() == 0:
        owner, group, keeper, keepers = "dovecot", "dovecot", "mail", "mail"
        shutil.chown(folder / "mail", keeper, keepers)
        shutil.chown(folder / "home", keeper, keepers)
        folder.chmod(0o711)
    else:
        owner = keeper = getpass.getuser()
        group = keepers = grp.getgrgid(os.getegid()).gr_name
    written = _CONFIGURATION.format(
        folder=folder, port=port, password=PASSWORD, owner=owner, group=group, uid=keeper, gid=keepers
    )
    (folder / "dovecot.conf").write_text(written)
    process = subprocess.Popen([program, "-F", "-c", str(folder / "dovecot.conf")])
    server = MailServer(port)
    try:
        until(server.answers)
        yield server
    finally:
        server.close()
        process.terminate()
        process.wait()
