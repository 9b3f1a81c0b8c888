"""The readable text of signed or encrypted messages."""

import re
from email.message import Message as MailMessage

_ARMOUR = re.compile(r"-----(BEGIN|END) PGP ([A-Z ]{3,40})-----\s*")
_ARMOUR_HEADER = re.compile(r"[A-Z][A-Za-z-]{2,20}: ")
_MARK = "-----BEGIN PGP "
_SEALED_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted")


def open_text(text: str) -> str:
    """The text of an OpenPGP signed message (RFC 9580, 7) without its armour; other blocks go.

    Lines from "BEGIN PGP SIGNED MESSAGE" to "BEGIN PGP SIGNATURE" are text, whose leading "- " is taken
    away; those of any other block are codes.
    """
    if _MARK not in text:
        return text
    kept: list[str] = []
    in_codes = in_signed = in_header = False
    for line in text.replace("\r\n", "\n").split("\n"):
        armour = _ARMOUR.fullmatch(line) if line.startswith("-----") else None
        if armour:
            begins, kind = armour.group(1) == "BEGIN", armour.group(2)
            in_signed = in_header = begins and kind == "SIGNED MESSAGE"
            in_codes = begins and not in_signed
        elif in_header and (not line.strip() or _ARMOUR_HEADER.match(line)):
            in_header = bool(line.strip())
        elif not in_codes:
            in_header = False
            kept.append(line.removeprefix("- ") if in_signed else line)
    return "\n".join(kept)


def is_encrypted(text: str) -> bool:
    """Whether a text holds an OpenPGP message that only its recipient can read."""
    return "-----BEGIN PGP MESSAGE-----" in text


def is_sealed(mail: MailMessage) -> bool:
    """Whether a part is encrypted, or signed so that its text stands inside the signature."""
    return mail.get_content_type() in _SEALED_TYPES
