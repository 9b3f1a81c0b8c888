"""Kinds of mail that programs write, exports hold and accidents leave: each read, or skipped for a reason."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from inkling.models.corpus.cleaning.cleaning import Cleaner
from inkling.models.corpus.cleaning.fixed_phrases import load_phrases
from inkling.models.corpus.cleaning.report import CleaningReport
from inkling.models.corpus.mail.html_text import html_to_text
from inkling.models.corpus.mail.mail_parts import parse_mail
from inkling.models.corpus.mail.mail_text import Unread
from inkling.models.corpus.mail.message import RawMessage
from inkling.models.corpus.mail.readers import read_messages
from inkling.models.corpus.pipeline import prepare

HEAD = (
    "From: Ottilie Brandvold <ottilie@brandvold.example>\n"
    "To: Casimir Whitlock <casimir@whitlock.example>\n"
    "Subject: Kiln\n"
    "Message-ID: <one@brandvold.example>\n"
)
OWN = "The kiln is free on Thursday, and I can load it."
THEIRS = "Which of the two glazes do you want for the large bowls?"


def parsed(content: bytes | str) -> RawMessage:
    raw = parse_mail(content.encode() if isinstance(content, str) else content, "c", "1")
    assert raw is not None
    return raw


def cleaned(raw: RawMessage) -> str | None:
    return Cleaner(load_phrases(), CleaningReport()).clean(raw)


def of_type(kind: str, body: str | bytes) -> RawMessage:
    content = body.encode() if isinstance(body, str) else body
    return parsed(f"{HEAD}MIME-Version: 1.0\nContent-Type: {kind}\n\n".encode() + content)


def multipart(kind: str, *parts: str) -> RawMessage:
    inner = "".join(f"--AA\n{part}\n" for part in parts)
    return of_type(f"{kind}; boundary=AA", f"{inner}--AA--\n")


PLAIN = f"Content-Type: text/plain\n\n{OWN}\n"


@pytest.mark.parametrize(
    "content",
    [
        f"\ufeff{HEAD}\n{OWN}\n",
        f"{HEAD}\n{OWN}\n".replace("\n", "\r"),
        f"{HEAD}\n{OWN}\n".replace("\n", "\r\n"),
        f"{len(HEAD) + len(OWN) + 2:<10}\n{HEAD}\n{OWN}\n<?xml version='1.0'?>\n<plist><dict/></plist>\n",
        f"\n\n{HEAD}\n{OWN}\n",
    ],
    ids=["byte order mark", "carriage returns", "both ends", "Apple Mail", "blank lines first"],
)
def test_what_stands_around_a_message_is_no_part_of_it(content: str) -> None:
    raw = parsed(content)
    assert raw.body.strip() == OWN
    assert raw.sender == "Ottilie Brandvold <ottilie@brandvold.example>"


def test_apple_mail_keeps_a_message_a_file(tmp_path: Path) -> None:
    content = f"{HEAD}\n{OWN}\n"
    for name in ("1.emlx", "2.partial.emlx"):
        (tmp_path / name).write_text(f"{len(content)}\n{content}<?xml version='1.0'?>\n<plist/>\n")
    assert [raw.body.strip() for raw in read_messages(tmp_path) if raw] == [OWN, OWN]


TYPED = "We\u2019ll meet at the café \u2013 don\u2019t wait."


@pytest.mark.parametrize(
    ("charset", "written"),
    [
        *((charset, "cp1252") for charset in ("iso-8859-1", "windows-1252")),
        *(
            (charset, written)
            for charset in ("us-ascii", "unknown-8bit", "nonsense", "utf-8", "")
            for written in ("cp1252", "utf-8")
        ),
    ],
)
def test_a_wrong_or_missing_charset_spoils_no_letter(charset: str, written: str) -> None:
    kind = f"text/plain; charset={charset}" if charset else "text/plain"
    assert of_type(kind, TYPED.encode(written)).body == TYPED


@pytest.mark.parametrize(
    ("charset", "written", "text"),
    [
        (
            "gb2312",
            "gb18030",
            "\u6211\u4eec\u5728\u8001\u5730\u65b9\u89c1\uff0c\u9555\u57fa\u4e5f\u6765\u3002",
        ),
        ("shift_jis", "cp932", "\u2460\u306f\u9ad8\u6a4b\u3055\u3093\u3067\u3059\u3002"),
        ("iso-8859-9", "cp1254", "\u201c\u015eimdi\u201d geliyorum"),
        ("ks_c_5601-1987", "cp949", "\ub0b4\uc77c \ub9cc\ub098\uc694"),
    ],
)
def test_a_charset_is_read_as_the_larger_one_that_programs_mean(
    charset: str, written: str, text: str
) -> None:
    assert of_type(f"text/plain; charset={charset}", text.encode(written)).body == text


def test_damage_within_utf8_stays_damage() -> None:
    text = "Gr\u00fc\u00dfe aus der T\u00f6pferei".encode() + b" und \xff so"
    assert (
        of_type("text/plain; charset=utf-8", text).body
        == "Gr\u00fc\u00dfe aus der T\u00f6pferei und \ufffd so"
    )


def test_html_names_its_own_charset() -> None:
    page = f'<html><head><meta charset="windows-1252"></head><body>{TYPED}</body></html>'
    assert of_type("text/html", page.encode("cp1252")).body == TYPED


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("=?UTF-8?Q?F=C3=B6x=2C_Ida?= <ida@fox.example>", '"F\u00f6x, Ida" <ida@fox.example>'),
        ('"=?utf-8?q?F=C3=B6x?=" <ida@fox.example>', '"F\u00f6x" <ida@fox.example>'),
        ("=?utf-8?B?RsO2?= =?utf-8?B?eA==?= <ida@fox.example>", "F\u00f6x <ida@fox.example>"),
        ("=?utf-8?Q?F=C3?= =?utf-8?Q?=B6x?= <ida@fox.example>", "F\u00f6x <ida@fox.example>"),
        ("F\u00f6x <ida@fox.example>", "F\u00f6x <ida@fox.example>"),
    ],
)
def test_names_in_headers_are_decoded_and_stay_one(header: str, text: str) -> None:
    raw = parsed(f"From: {header}\nSubject: x\n\n{OWN}\n")
    assert raw.sender == text


def test_flowing_lines_are_joined_and_quotes_stay_marked() -> None:
    quoted = f"> {THEIRS[:30]} \n> {THEIRS[30:]}"
    body = f"{quoted}\n\nThe kiln is \nfree.\n From Monday on it is not.\n-- \nOttilie\n"
    raw = of_type("text/plain; format=flowed", body)
    lines = raw.body.split("\n")
    assert lines[2:4] == ["The kiln is free.", "From Monday on it is not."]
    assert lines[4] == "-- "
    assert cleaned(raw) == "The kiln is free.\nFrom Monday on it is not."
    joined = of_type("text/plain; format=flowed; delsp=yes", "\u6211\u4eec \n\u89c1\u9762\n".encode())
    assert joined.body.strip() == "\u6211\u4eec\u89c1\u9762"


SIGNED = (
    f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{OWN}\n\n- -- \nOttilie\n"
    "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"
)


def test_what_is_signed_is_read_without_its_signature() -> None:
    assert cleaned(of_type("text/plain", SIGNED)) == OWN
    signed = multipart("multipart/signed", PLAIN, "Content-Type: application/pgp-signature\n\nabcd")
    assert cleaned(signed) == OWN


INVITED = "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR"
FORWARDED = f"Content-Type: message/rfc822\n\nFrom: Ida <ida@fox.example>\nSubject: Bowls\n\n{THEIRS}"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (
            of_type("text/plain", "-----BEGIN PGP MESSAGE-----\n\nhQEMA2\n-----END PGP MESSAGE-----\n"),
            Unread.ENCRYPTED,
        ),
        (of_type("application/pkcs7-mime; smime-type=enveloped-data", "MIAG"), Unread.ENCRYPTED),
        (multipart("multipart/encrypted", "Content-Type: application/octet-stream\n\nx"), Unread.ENCRYPTED),
        (multipart("multipart/alternative", PLAIN, INVITED), Unread.CALENDAR),
        (multipart("multipart/mixed", FORWARDED), Unread.FORWARDED),
        (of_type("message/rfc822", f"From: ida@fox.example\n\n{THEIRS}"), Unread.FORWARDED),
        (
            multipart("multipart/mixed", "Content-Type: application/ms-tnef; name=winmail.dat\n\nx"),
            Unread.ATTACHED,
        ),
        (parsed(f"X-Gmail-Labels: Spam,Unread\n{HEAD}\n{OWN}\n"), Unread.SPAM),
    ],
)
def test_what_holds_no_text_of_the_writer_is_skipped_under_its_reason(
    raw: RawMessage, reason: Unread
) -> None:
    report = CleaningReport()
    assert Cleaner(load_phrases(), report).clean(raw) is None
    assert raw.body == ""
    assert report.steps[reason].messages == 1


def test_the_reasons_stand_in_the_table(tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_text(f"{HEAD}Content-Type: application/pkcs7-mime\n\nMIAG\n")
    (tmp_path / "2.eml").write_text(f"{HEAD}\n{OWN}\n")
    table = prepare([tmp_path]).report.table()
    assert (str(Unread.ENCRYPTED), "1", "0", "0") in table


@pytest.mark.parametrize(
    "raw",
    [
        multipart("multipart/mixed", PLAIN, FORWARDED),
        multipart("multipart/mixed", PLAIN, 'Content-Type: text/plain; name="run.log"\n\nthe pump stopped'),
        multipart("multipart/mixed", PLAIN, "Content-Type: application/ms-tnef; name=winmail.dat\n\nx"),
        multipart("multipart/alternative", PLAIN, f"Content-Type: text/html\n\n<p>{OWN}</p>"),
        multipart(
            "multipart/alternative",
            "Content-Type: text/plain\n\n \n",
            f"Content-Type: text/html\n\n<p>{OWN}</p>",
        ),
        multipart(
            "multipart/mixed",
            f"Content-Type: text/html\n\n<p>{OWN}</p>",
            f"Content-Type: text/plain\n\n{'_' * 40}\nPotters mailing list\nhttps://lists.example/listinfo/potters",
        ),
        of_type("text/plain", f"{OWN}\0\n"),
    ],
    ids=["forward", "log", "winmail", "alternative", "blank plain", "footer of a list", "NUL"],
)
def test_of_several_parts_the_writers_own_are_read(raw: RawMessage) -> None:
    assert cleaned(raw) == OWN


ATTRIBUTION = "Lee Park kirja, t\u00e4n\u00e4\u00e4n:"


@pytest.mark.parametrize(
    "html",
    [
        f'<div>{OWN}</div><div class="gmail_quote"><div class="gmail_attr">{ATTRIBUTION}</div>'
        f'<blockquote class="gmail_quote">{THEIRS}</blockquote></div>',
        f'<div>{OWN}</div><div class="gmail_quote"><div class="gmail_attr">'
        "---------- V\u00e4litetty ---------<br>L\u00e4hett\u00e4j\u00e4: Lee</div><br>"
        f"<div>{THEIRS}</div></div>",
        f'<div>{OWN}</div><hr><div id="divRplyFwdMsg"><b>Keneltä:</b> Lee</div><div>{THEIRS}</div>',
        f'<div>{OWN}</div><div id="x_appendonsend"></div><div>{THEIRS}</div>',
        f'<div>{OWN}</div><div class="yahoo_quoted"><div>{ATTRIBUTION}</div><p>{THEIRS}</div>',
        f'<p>{OWN}</p><div class="moz-cite-prefix">{ATTRIBUTION}<br></div><blockquote>{THEIRS}</blockquote>',
        f'<div class="moz-cite-prefix">{ATTRIBUTION}</div><blockquote>{THEIRS}</blockquote><p>{OWN}</p>',
        f'<p>{OWN}</p><div class="gmail_signature"><div>Studio of Clay<br>12 Mill Lane</div></div>',
        f'<div style="display:none">{THEIRS}</div><p>{OWN}</p>',
        f'<p>{OWN}<img src="x"><br></p><pre class="moz-signature">-- \nStudio of Clay</pre>',
    ],
    ids=[
        "Gmail",
        "Gmail forward",
        "Outlook",
        "Outlook web",
        "Yahoo",
        "Thunderbird",
        "below",
        "signature",
        "hidden",
        "pre",
    ],
)
def test_html_of_mail_programs_says_what_is_quoted_in_any_language(html: str) -> None:
    assert cleaned(of_type("text/html; charset=utf-8", html)) == OWN


def test_html_between_two_quotes_is_the_writers() -> None:
    html = f"<blockquote>{THEIRS}</blockquote><p>{OWN}</p><blockquote>{THEIRS}</blockquote><p>See you.</p>"
    lines = [line for line in html_to_text(html).split("\n") if line and not line.startswith(">")]
    assert lines == [OWN, "See you."]


def test_a_message_counted_in_bytes_may_hold_what_looks_like_a_separator(tmp_path: Path) -> None:
    inner = f"{OWN}\n\nFrom ida@fox.example Mon Mar  4 09:12:00 2024\nNote: this line is text.\n"
    separator = "From ottilie@brandvold.example Mon Mar  4 09:12:00 2024\n"
    box = "".join(f"{separator}{HEAD}Content-Length: {len(inner)}\n\n{inner}\n" for _ in range(2))
    (tmp_path / "cl2.mbox").write_text(box)
    assert [raw.body for raw in read_messages(tmp_path / "cl2.mbox") if raw] == [inner, inner]


@pytest.mark.parametrize("length", [3, 10_000_000, 0])
def test_a_wrong_count_is_not_believed(tmp_path: Path, length: int) -> None:
    separator = "From - Mon Mar  4 09:12:00 2024\n"
    box = "".join(f"{separator}{HEAD}Content-Length: {length}\n\n{OWN}\n\n" for _ in range(2))
    (tmp_path / "odd.mbox").write_text(box)
    assert [raw.body.strip() for raw in read_messages(tmp_path / "odd.mbox") if raw] == [OWN, OWN]


def test_an_escaped_from_is_the_writers_and_a_quoted_one_is_not() -> None:
    assert (
        cleaned(of_type("text/plain", f"{OWN}\n\n>From Monday on it is not.\n"))
        == f"{OWN}\n\nFrom Monday on it is not."
    )
    assert cleaned(of_type("text/plain", f"{OWN}\n\n>From Monday on?\n>It is not.\n")) == OWN


def test_an_answer_to_itself_has_nothing_before_it(tmp_path: Path) -> None:
    for name, text in (("1", OWN), ("2", "I will bring the glaze for the large bowls along.")):
        (tmp_path / f"{name}.eml").write_text(f"{HEAD}In-Reply-To: <one@brandvold.example>\n\n{text}\n")
    assert [message.previous_body for message in prepare([tmp_path]).messages] == [None, None]


def test_an_export_of_a_pst_file_is_a_folder_of_messages_without_endings(tmp_path: Path) -> None:
    (tmp_path / "Sent Items").mkdir()
    (tmp_path / "Sent Items" / "1").write_text(f"{HEAD}\n{OWN}\n")
    (tmp_path / "Sent Items" / "1-prices.csv").write_text("clay,7\nglaze,9\n")
    (tmp_path / "Sent Items" / "mbox").write_text(f"From - Mon Mar  4 09:12:00 2024\n{HEAD}\n{THEIRS}\n")
    assert sorted(raw.body.strip() for raw in read_messages(tmp_path) if raw) == sorted([OWN, THEIRS])


@pytest.mark.lengthy
def test_a_message_of_fifty_megabytes_is_read_for_its_text(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"] = "Ottilie <ottilie@brandvold.example>"
    message.set_content(f"{OWN}\n")
    message.add_attachment(b"\0" * 37_000_000, maintype="image", subtype="png", filename="kiln.png")
    (tmp_path / "large.eml").write_bytes(message.as_bytes())
    (raw,) = read_messages(tmp_path / "large.eml")
    assert raw is not None
    assert cleaned(raw) == OWN
    below = of_type("text/plain", f"{OWN}\n\n" + f"> {THEIRS}\n" * 60_000)
    assert cleaned(below) == OWN


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig", "cp1252"])
def test_a_table_is_read_in_the_charset_that_outlook_and_excel_wrote(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "sent.csv").write_bytes(
        f'"Subject","Body","From: (Name)","To: (Name)"\r\n"Kiln","{TYPED}","Ida Fox","Lee Park"\r\n'.encode(
            encoding
        )
    )
    (raw,) = read_messages(tmp_path / "sent.csv")
    assert raw is not None
    assert (raw.body, raw.sender, raw.to) == (TYPED, "Ida Fox", "Lee Park")


def test_a_column_may_hold_whole_messages(tmp_path: Path) -> None:
    whole = f"{HEAD}MIME-Version: 1.0\n\n{OWN}\n".replace('"', '""')
    (tmp_path / "all.csv").write_text(f'"file","message"\n"sent/1","{whole}"\n')
    (raw,) = read_messages(tmp_path / "all.csv")
    assert raw is not None
    assert (raw.body.strip(), raw.subject) == (OWN, "Kiln")
