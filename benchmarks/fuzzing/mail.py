"""Mail files to train on: mbox, single messages, tables, JSON lines."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.fuzzing.target import Target
from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.corpus.mail.readers import read_messages

_PLAIN = b"""From ada@example.com Mon Jan  5 10:00:00 2026
From: =?utf-8?Q?Ad=C3=A9?= <ada@example.com>
To: Bob <bob@example.com>
Subject: =?utf-8?B?UmVwb3J0?=
Date: Mon, 5 Jan 2026 10:00:00 +0000
Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes
Content-Transfer-Encoding: quoted-printable

Thank you for the report=2E It is=20=
on my desk.

> Can we meet on Monday?
>From here it looks good.
--=20
Ada
"""
_PARTS = b"""From bob@example.com Mon Jan  5 11:00:00 2026
From: bob@example.com
To: ada@example.com
In-Reply-To: <1@example.com>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b1"

--b1
Content-Type: text/plain; charset=iso-8859-15
Content-Transfer-Encoding: base64

VGhhbmsgeW91IGZvciB0aGUgcmVwb3J0Lg==
--b1
Content-Type: text/html; charset=windows-1252

<html><body><p>Thank you for the <b>report</b>.<br>&nbsp;&#8217;s</p>
<blockquote>old</blockquote></body></html>
--b1--
"""
_LINES = b"""{"id": "1", "from": "ada@example.com", "to": "bob@example.com", "body": "Thank you."}
{"id": 2, "from": "bob@example.com", "date": "2026-01-05T10:00:00Z", "body": "It is on my desk.\\n\\nBob"}
"""
_TABLE = b'file,message\n1,"From: ada@example.com\nSubject: Report\n\nThank you for the report."\n'


def mbox_target(folder: Path) -> Target:
    """A mailbox of several messages."""
    return _target(folder / "mail.mbox", [_PLAIN, _PARTS, _PLAIN + b"\n" + _PARTS + b"\n" + _PLAIN])


def message_target(folder: Path) -> Target:
    """A file of one message."""
    bare = [seed.split(b"\n", 1)[1] for seed in (_PLAIN, _PARTS)]
    return _target(folder / "mail.eml", bare)


def json_lines_target(folder: Path) -> Target:
    """JSON lines."""
    return _target(folder / "mail.jsonl", [_LINES])


def table_target(folder: Path) -> Target:
    """A table with a column of messages."""
    return _target(
        folder / "mail.csv", [_TABLE, b"from,to,subject,body\nada@example.com,b@example.com,Hi,Thanks\n"]
    )


def _target(path: Path, seeds: Sequence[bytes]) -> Target:
    def parse(data: bytes) -> bool:
        path.write_bytes(data)
        return any(one is not None for one in read_messages(path))

    return Target(seeds, parse, (CorpusError,))
