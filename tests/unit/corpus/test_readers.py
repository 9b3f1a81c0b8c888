"""Every format read from real files, whole and damaged."""

import csv
import gzip
import json
import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest

from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.corpus.mail.html_text import html_to_text
from inkling.models.corpus.mail.json_lines import parse_date
from inkling.models.corpus.mail.message import RawMessage
from inkling.models.corpus.mail.readers import is_json_lines, read_messages

BODY = "Can we meet on Thursday?\nThe kiln is free.\n"


def mail(body: str = BODY, **headers: str) -> EmailMessage:
    message = EmailMessage()
    fields = {
        "From": "Ottilie Brandvold <ottilie@brandvold.example>",
        "To": "Casimir Whitlock <casimir@whitlock.example>",
        "Subject": "Kiln schedule",
        "Date": "Mon, 04 Mar 2024 09:12:00 +0100",
        "Message-ID": "<one@brandvold.example>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    for name, value in fields.items():
        message[name] = value
    message.set_content(body)
    return message


def read(path: Path) -> list[RawMessage]:
    return [raw for raw in read_messages(path) if raw is not None]


def write_eml(folder: Path, content: bytes, name: str = "one.eml") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def assert_kiln(raw: RawMessage) -> None:
    assert raw.body.strip() == BODY.strip()
    assert raw.sender == "Ottilie Brandvold <ottilie@brandvold.example>"
    assert raw.to == "Casimir Whitlock <casimir@whitlock.example>"
    assert raw.subject == "Kiln schedule"
    assert raw.id == "<one@brandvold.example>"
    assert raw.date is not None
    assert raw.date.isoformat() == "2024-03-04T09:12:00+01:00"


@pytest.mark.parametrize("name", ["box.mbox", "archive", "Sent.mbx"])
def test_mbox(tmp_path: Path, name: str) -> None:
    box = mailbox.mbox(tmp_path / name)
    box.add(mail())
    box.add(mail("From here on\nit works.\n", Message_ID="<two@x>", In_Reply_To="<one@brandvold.example>"))
    box.close()
    first, second = read(tmp_path / name)
    assert_kiln(first)
    assert second.previous_id == "<one@brandvold.example>"
    assert second.body.strip().endswith("it works.")


@pytest.mark.parametrize(
    "separator", ["From - Mon Mar 04 09:12:00 2024", "From ", "From a@b.example Mon Mar  4 09:12:00 2024"]
)
def test_a_line_of_text_that_begins_with_from_separates_nothing(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "box.mbox"
    text = "From here on it works.\nNote: so.\n\nFrom Monday, 9:00 on.\nFrom 2024 too.\n>From then on\n"
    path.write_bytes(f"{separator}\n{mail(text)}\n{separator}\r\n{mail()}".encode())
    first, second = read(path)
    assert first.body.strip() == text.replace(">From", "From").strip()
    assert_kiln(second)


def test_maildir_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "Mail")
    box.add(mail())
    box.add_folder("Sent").add(mail("Yes, let us.\n", Message_ID="<two@x>"))
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    raws = read(tmp_path / "Mail")
    assert sorted(raw.body.strip() for raw in raws) == [BODY.strip(), "Yes, let us."]
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before


def test_folder_of_eml_files_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "2024" / "03").mkdir(parents=True)
    write_eml(tmp_path, mail().as_bytes())
    write_eml(tmp_path / "2024" / "03", mail("Deep down.\n").as_bytes(), "two.EML")
    (tmp_path / "notes.doc").write_bytes(b"\x00\x01")
    assert sorted(raw.body.strip() for raw in read(tmp_path)) == [BODY.strip(), "Deep down."]


def test_multipart_takes_the_plain_text_and_no_attachment(tmp_path: Path) -> None:
    message = mail()
    message.add_alternative("<p>Can we meet in <b>HTML</b>?</p>", subtype="html")
    message.add_attachment("secret table", filename="table.txt")
    (raw,) = read(write_eml(tmp_path, message.as_bytes()))
    assert_kiln(raw)


def test_html_only_becomes_text(tmp_path: Path) -> None:
    message = mail()
    message.set_content(
        "<html><head><title>x</title><style>p {}</style></head><body><p>Dear Ida,</p><p>Tea &amp; clay<br>at "
        "five?</p><ul><li>cups</ul><blockquote>older text</blockquote><script>alert()</script></body></html>",
        subtype="html",
    )
    (raw,) = read(write_eml(tmp_path, message.as_bytes()))
    assert raw.body == "Dear Ida,\n\nTea & clay\nat five?\n\n- cups\n\n> older text"


@pytest.mark.parametrize(
    "html", ["", "<", "<p", "<b><i>x", "&#99999999;&nope;", "<![CDATA[ x", "</p></p>x", "<!-- x"]
)
def test_broken_html_never_raises(html: str) -> None:
    html_to_text(html)


@pytest.mark.parametrize(("charset", "encoding"), [("utf-8", "quoted-printable"), ("iso-8859-1", "base64")])
def test_transfer_encodings(tmp_path: Path, charset: str, encoding: str) -> None:
    message = mail()
    message.set_content("Grüße aus der Töpferei, bis März = Frühling!\n", charset=charset, cte=encoding)
    (raw,) = read(write_eml(tmp_path, message.as_bytes()))
    assert raw.body.strip() == "Grüße aus der Töpferei, bis März = Frühling!"


def test_japanese_charset_and_encoded_headers(tmp_path: Path) -> None:
    head = (
        "From: =?iso-2022-jp?B?GyRCO3BFRBsoQg==?= <t@example.jp>\n"
        "Subject: =?utf-8?q?Gr=C3=BC?= =?utf-8?q?=C3=9Fe?=\n"
        "Content-Type: text/plain; charset=iso-2022-jp\n\n"
    )
    path = write_eml(tmp_path, head.encode() + "明日会いましょう。".encode("iso-2022-jp"))
    (raw,) = read(path)
    assert raw.body == "明日会いましょう。"
    assert raw.subject == "Grüße"
    assert raw.sender.endswith("<t@example.jp>")
    assert not raw.sender.startswith("=?")


@pytest.mark.parametrize(
    "head",
    [
        "Content-Type: text/plain; charset=no-such-charset",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: text/plain; charset=us-ascii",
        "Content-Type: text/plain",
        "Content-Type: nonsense;;;",
        "Content-Transfer-Encoding: nonsense",
        "Subject: =?no-such?B?////?= =?utf-8?B?broken",
        "Date: the day after\nTo: \xff\xfe",
        "Content-Type: multipart/mixed; boundary=missing",
    ],
)
def test_broken_encodings_are_replaced_not_fatal(tmp_path: Path, head: str) -> None:
    content = b"From: a@b.example\n" + head.encode("latin-1") + b"\n\nCaf\xe9 at five, as agreed\n"
    (raw,) = read(write_eml(tmp_path, content))
    assert raw.body.startswith("Caf")
    assert "at five, as agreed" in raw.body


def test_machine_headers_are_kept(tmp_path: Path) -> None:
    (raw,) = read(write_eml(tmp_path, mail(Auto_Submitted="auto-replied", List_Id="<x>").as_bytes()))
    assert raw.headers == {"auto-submitted": "auto-replied", "list-id": "<x>"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_columns_in_any_case(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "sent.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(["ID", "From", "To", "Subject", "Date", "Message"])
        writer.writerow(
            ["7", "ida@x.example", "ann@x.example", "Hi; there", "2024-03-04", "Line one\nline, two"]
        )
        writer.writerow(["8", "ida@x.example", "", "", "", ""])
        writer.writerow(["9"])
    found = list(read_messages(path))
    assert [raw.body for raw in found if raw] == ["Line one\nline, two"]
    assert found.count(None) == 2
    assert found[0] is not None
    assert (found[0].id, found[0].sender, found[0].subject) == ("7", "ida@x.example", "Hi; there")


def test_json_lines_of_every_shape(tmp_path: Path) -> None:
    rows: list[object] = [
        {
            "id": "a",
            "corpus": "c",
            "person": "ida",
            "from": "Ida",
            "to": "Ann",
            "date": "2024-03-04T09:12:00",
            "subject": "Kiln",
            "body": "Hello",
            "previous_id": "z",
        },
        {"Text": "Some prose."},
        {"content": "More prose.", "sender": "Ida", "recipients": ["Ann", "Bo"]},
        {"turns": [{"speaker": "A", "text": "Hello."}, {"utterance": "Hi."}, "Bye."]},
        {"body": "Hello", "previous_body": "Before"},
        {"body": ""},
        {"body": 7},
        [1, 2],
        "text",
        None,
    ]
    lines = [json.dumps(row) for row in rows] + ["{broken", "", "\udcff"]
    content = "\n".join(lines).encode("utf-8", "surrogateescape")
    (tmp_path / "mail.jsonl").write_bytes(content)
    (tmp_path / "mail.jsonl.gz").write_bytes(gzip.compress(content))
    found = list(read_messages(tmp_path / "mail.jsonl"))
    assert [raw.body for raw in found if raw] == [
        "Hello",
        "Some prose.",
        "More prose.",
        "Hello.\nHi.\nBye.",
        "Hello",
    ]
    assert found.count(None) == 7
    first, second = found[0], found[1]
    assert first is not None
    assert (first.id, first.corpus, first.person, first.previous_id) == (
        "a",
        "c",
        "ida",
        "z",
    )
    assert second is not None
    assert (second.id, second.corpus) == ("mail.jsonl:2", "mail")
    zipped = [raw.body for raw in read_messages(tmp_path / "mail.jsonl.gz") if raw]
    assert zipped == [raw.body for raw in found if raw]


def test_file_without_an_ending_is_told_by_its_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "rows").write_text('{"body": "Hello there"}\n')
    (tmp_path / "one").write_bytes(mail().as_bytes())
    assert read(tmp_path / "rows")[0].body == "Hello there"
    assert_kiln(read(tmp_path / "one")[0])


def test_bad_file_among_good_ones_is_skipped(tmp_path: Path) -> None:
    write_eml(tmp_path, mail().as_bytes())
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b'{"body": "Hello"}\n' * 5000)[:40])
    (tmp_path / "nobody.csv").write_text("a,b\n1,2\n")
    found = list(read_messages(tmp_path))
    assert [raw.subject for raw in found if raw] == ["Kiln schedule"]
    assert found.count(None) >= 2


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("gone.mbox", None, "does not exist"),
        ("empty.csv", b"", "is empty"),
        ("other.csv", b"a,b\n1,2\n", "no column named body"),
        ("picture", b"\x89PNG\r\n", "none of mbox, Maildir, EML, CSV and JSON lines"),
        ("cut.jsonl.gz", gzip.compress(b'{"body": "Hello"}\n' * 5000, mtime=0)[:40], "cannot be read"),
        ("plain.jsonl.gz", b'{"body": "Hello"}\n', "cannot be read"),
    ],
)
def test_source_that_cannot_be_read_is_one_clear_line(
    tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CorpusError) as caught:
        list(read_messages(path))
    assert str(caught.value).startswith(f"{path}: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="without files"):
        list(read_messages(tmp_path))


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024-03-04T09:12:00+01:00", "2024-03-04T09:12:00+01:00"),
        ("Mon, 04 Mar 2024 09:12:00 +0100", "2024-03-04T09:12:00+01:00"),
        ("", None),
        ("yesterday", None),
        ("Mon, 99 Mar 2024 99:12:00 +0100", None),
    ],
)
def test_dates(text: str, iso: str | None) -> None:
    date = parse_date(text)
    assert (date.isoformat() if date else None) == iso


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("held.jsonl", b"", True),
        ("held.ndjson", b"", True),
        ("held.json", b"", True),
        ("HELD.JSON.GZ", b"", True),
        ("held", b'{"body": "x"}', True),
        ("held", b"From a\n", False),
        ("held.mbox", b"{", False),
    ],
)
def test_what_is_read_as_json_lines_is_known_as_such(
    tmp_path: Path, name: str, content: bytes, expected: bool
) -> None:
    (tmp_path / name).write_bytes(content)
    assert is_json_lines(tmp_path / name) is expected
    assert not is_json_lines(tmp_path)
