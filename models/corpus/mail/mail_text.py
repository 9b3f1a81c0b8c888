"""The text of a parsed message: the parts that its writer wrote, or the reason why there is none."""

from email.message import Message as MailMessage
from enum import StrEnum

from inkling.models.corpus.mail.charsets import decode, html_charset
from inkling.models.corpus.mail.flowed import unflow
from inkling.models.corpus.mail.html_text import html_to_text
from inkling.models.corpus.mail.sealed import is_encrypted, is_sealed, open_text

_MAX_PARTS = 200
_MAX_DEPTH = 30
_MAX_TEXT = 1 << 20


class Unread(StrEnum):
    """Why a message that could be parsed gives no text to learn from."""

    ENCRYPTED = "encrypted or sealed (S/MIME, OpenPGP)"
    CALENDAR = "calendar invitations and answers"
    FORWARDED = "only a forwarded message"
    ATTACHED = "only attachments"
    SPAM = "labelled as spam"


def text_of(mail: MailMessage) -> tuple[str, Unread | None]:
    """The text of a message's own parts, and the reason where there is none.

    Of alternative parts the plain one is taken, unless it is blank. HTML becomes text. Attached files and
    messages are not the writer's. A text is cut at 2^20 bytes: nobody types that much.
    """
    parts = _Parts()
    text = parts.read(mail, 0)
    if parts.invitation:
        return "", Unread.CALENDAR
    if text.strip():
        return text, None
    if parts.sealed:
        return "", Unread.ENCRYPTED
    if parts.forwarded:
        return "", Unread.FORWARDED
    return "", Unread.ATTACHED if parts.attached else None


class _Parts:
    def __init__(self) -> None:
        self.sealed = self.invitation = self.forwarded = self.attached = False
        self._seen = 0

    def read(self, part: MailMessage, depth: int) -> str:
        self._seen += 1
        if self._seen > _MAX_PARTS or depth > _MAX_DEPTH:
            return ""
        kind = part.get_content_type()
        if is_sealed(part):
            self.sealed = True
            return ""
        if kind == "message/rfc822":
            self.forwarded = True
            return ""
        if part.is_multipart():
            return self._read_all(part, kind, depth)
        if kind == "text/calendar":
            method = str(part.get_param("method") or "").upper()
            self.invitation = self.invitation or method in ("REQUEST", "REPLY", "CANCEL", "COUNTER")
            return ""
        if kind.startswith("multipart/"):
            kind = "text/plain"  # a boundary that occurs nowhere: the parser leaves one piece of text
        if kind not in ("text/plain", "text/html") or _is_file(part):
            self.attached = True
            return ""
        return self._leaf(part, kind)

    def _read_all(self, part: MailMessage, kind: str, depth: int) -> str:
        payload = part.get_payload()
        children = (
            [child for child in payload if isinstance(child, MailMessage)]
            if isinstance(payload, list)
            else []
        )
        if kind == "multipart/alternative":
            texts = {child.get_content_type(): self.read(child, depth + 1) for child in reversed(children)}
            plain = texts.get("text/plain", "")
            return plain if plain.strip() else next((text for text in texts.values() if text.strip()), "")
        return "\n\n".join(text for child in children if (text := self.read(child, depth + 1)).strip())

    def _leaf(self, part: MailMessage, kind: str) -> str:
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            return ""
        payload = payload[:_MAX_TEXT]
        charset = part.get_content_charset()
        if kind == "text/html":
            return html_to_text(decode(payload, charset or html_charset(payload)))
        text = decode(payload, charset)
        self.sealed = self.sealed or is_encrypted(text)
        text = open_text(text)
        if str(part.get_param("format") or "").lower() == "flowed":
            text = unflow(text, delete_space=str(part.get_param("delsp") or "").lower() == "yes")
        return text


def _is_file(part: MailMessage) -> bool:
    # An inline part with a name is a file that the program shows, such as a log.
    return part.get_content_disposition() == "attachment" or part.get_filename() is not None
