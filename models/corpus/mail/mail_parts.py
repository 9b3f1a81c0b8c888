"""From one message of standard mail (RFC 5322 with MIME) to a raw message."""

import re
from email.errors import MessageError
from email.header import decode_header
from email.message import Message as MailMessage
from email.parser import BytesParser
from email.policy import compat32

from inkling.models.corpus.mail.charsets import decode
from inkling.models.corpus.mail.json_lines import parse_date
from inkling.models.corpus.mail.mail_text import Unread, text_of
from inkling.models.corpus.mail.message import RawMessage

_KEPT_HEADERS = ("auto-submitted", "precedence", "list-id", "list-unsubscribe")
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_ADDRESSES = ("From", "To", "Cc", "Reply-To")
_NOT_IN_NAMES = re.compile(r"[,;:<>@\"]")
_ENVELOPE = re.compile(rb"\A(?:\xef\xbb\xbf|\s)+")
_LENGTH_LINE = re.compile(rb"\A\s*(\d{1,10})[ \t]*\r?\n")
_UNENCODED = (None, "unknown-8bit")
# Lines of base64 beyond what any text needs: a file of megabytes, which the parser reads line by line.
_LARGE = 1 << 22
_LONG_FILE = re.compile(rb"((?:[A-Za-z0-9+/]{40,100}\r?\n){20000}+)(?:[A-Za-z0-9+/]{40,100}\r?\n)++")
_SPAM_LABELS = frozenset(("spam", "junk", "pourriel", "correo no deseado", "lixo eletrônico"))


def parse_mail(content: bytes, corpus: str, fallback_id: str) -> RawMessage | None:
    """Parse the bytes of one message; None when it has no text or cannot be parsed."""
    try:
        # The old policy never raises on a broken header, where the new one may.
        mail = BytesParser(policy=compat32).parsebytes(_plain_bytes(content))
        return message_of_mail(mail, corpus, fallback_id)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, IndexError):
        return None


def _plain_bytes(content: bytes) -> bytes:
    """A message without what programs add around it: the UTF-8 mark, and Apple Mail's byte count and property
    list.
    """
    counted = _LENGTH_LINE.match(content)
    if counted:
        content = content[counted.end() : counted.end() + int(counted.group(1))]
    content = _ENVELOPE.sub(b"", content)
    if len(content) > _LARGE:
        content = _LONG_FILE.sub(rb"\1", content)
    return content if b"\n" in content else content.replace(b"\r", b"\n")


def message_of_mail(mail: MailMessage, corpus: str, fallback_id: str) -> RawMessage | None:
    """Take a parsed message's text and headers; None when it has no text and no reason is known."""
    body, unread = text_of(mail)
    labels = {label.strip().casefold() for label in _header(mail, "X-Gmail-Labels").split(",")}
    if not _SPAM_LABELS.isdisjoint(labels):
        body, unread = "", Unread.SPAM
    if not body.strip() and unread is None:
        return None
    own_id = next(iter(_MESSAGE_ID.findall(_header(mail, "Message-ID"))), fallback_id)
    answered = _MESSAGE_ID.findall(_header(mail, "In-Reply-To")) or _MESSAGE_ID.findall(
        _header(mail, "References")
    )
    return RawMessage(
        id=own_id,
        corpus=corpus,
        body=body,
        sender=_header(mail, "From"),
        to=", ".join(filter(None, (_header(mail, name) for name in ("To", "Cc", "Reply-To")))),
        date=parse_date(_header(mail, "Date")),
        subject=_header(mail, "Subject"),
        previous_id=answered[-1] if answered and answered[-1] != own_id else None,
        unread=unread,
        headers={name: _header(mail, name) for name in _KEPT_HEADERS if mail.get(name) is not None},
    )


def _header(mail: MailMessage, name: str) -> str:
    """A header as text: encoded words (RFC 2047) decoded, folding undone, damage replaced."""
    value = mail.get(name)
    if value is None:
        return ""
    try:
        pieces = decode_header(value)
    except (ValueError, LookupError, MessageError):
        return " ".join(str(value).split())
    decoded = [
        (piece if isinstance(piece, str) else decode(piece, charset), charset not in _UNENCODED)
        for piece, charset in pieces
    ]
    if name in _ADDRESSES:
        # "Fox, Dana" in an encoded word is one name, not two addresses.
        decoded = [(_quoted_name(text) if encoded else text, False) for text, encoded in decoded]
    return " ".join("".join(text for text, _ in decoded).split())


def _quoted_name(text: str) -> str:
    return '"{}"'.format(text.replace('"', "'")) if _NOT_IN_NAMES.search(text) else text
