"""Each cleaning step, on invented mail."""

import time

import pytest

from inkling.models.corpus.cleaning.cleaning import Cleaner, Step
from inkling.models.corpus.cleaning.duplicates import boilerplate_paragraphs, fingerprint, near_duplicates
from inkling.models.corpus.cleaning.fixed_phrases import PhraseFinder, load_phrases
from inkling.models.corpus.cleaning.machine_mail import has_machine_headers, has_machine_text, is_tabular
from inkling.models.corpus.cleaning.noise import common_words, cut_scan_marks, is_garbled
from inkling.models.corpus.cleaning.quoting import cut_quoted
from inkling.models.corpus.cleaning.report import CleaningReport
from inkling.models.corpus.cleaning.signatures import cut_notices, cut_signature
from inkling.models.corpus.mail.message import RawMessage

PHRASES = load_phrases()
SENDER = frozenset({"ottilie", "brandvold"})
LONG = "Could you please send me the list of glazes that the evening class used last week, before Friday?"

ONE_LETTER = frozenset("ai")


def own_text(text: str) -> str:
    return "\n".join(cut_quoted(text.split("\n"), PHRASES)).strip()


def is_machine_mail(raw: RawMessage) -> bool:
    return has_machine_headers(raw, PHRASES) or has_machine_text(raw.body, PHRASES)


def signed(text: str) -> str:
    return "\n".join(cut_signature(text.split("\n"), PHRASES, SENDER)).strip()


@pytest.mark.parametrize(
    "quoted",
    [
        "> older text\n> more",
        "On Mon, Mar 4, 2024 at 10:02 AM Casimir Whitlock wrote:\n> older text",
        "On Mon, Mar 4, 2024 at 10:02 AM Casimir Whitlock wrote:\n\nolder text",
        "-----Original Message-----\nFrom: Casimir\nolder text",
        "----- original Message ----\nolder text",
        "From: Casimir Whitlock\nSent: Monday, March 4, 2024\nTo: Ottilie\nSubject: Kiln\n\nolder text",
        "To: Ottilie\ncc: Ida\nSubject: Kiln\n\nolder text",
        "---------------------- Forwarded by Casimir Whitlock on 03/04/2024 10:02 AM ---------\n\nolder",
        "Begin forwarded message:\n\nolder text",
        "Casimir Whitlock@ACME\n03/04/2024 10:02 AM\nTo: Ida/HOU/ACME@ACME\ncc:\nSubject: Kiln\n\nolder",
        "________________________________\nFrom: Casimir\nDate: Monday\nSubject: Kiln\n\nolder text",
    ],
)
def test_quoted_and_forwarded_text_is_cut(quoted: str) -> None:
    assert own_text(f"{LONG}\n\nOttilie\n\n{quoted}") == f"{LONG}\n\nOttilie"


@pytest.mark.parametrize(
    "text",
    [
        "From what I hear, it is fine.\nTo be honest, I doubt it.",
        "Subject to your approval, we start on Monday.",
        "She wrote: come at ten.",
        "Can you tell me who wrote:\nthe second page?",
    ],
)
def test_prose_that_looks_like_a_header_stays(text: str) -> None:
    assert own_text(text) == text


def test_mark_of_the_original_message_within_a_line_is_cut() -> None:
    assert own_text("That is great.\nIda Original Message\nolder text") == "That is great.\nIda"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("See you there.\n\n--\nOttilie Brandvold\nStudio Manager", "See you there."),
        (
            "See you there.\n\nThanks,\nOttilie Brandvold\nStudio Manager\n713-555-0142",
            "See you there.\n\nThanks,\nOttilie",
        ),
        (
            "See you there.\n\nBest regards,\n\nOttilie\nPhone: (713) 555-0142",
            "See you there.\n\nBest regards,\n\nOttilie",
        ),
        (
            "See you there.\n\nOttilie Brandvold\nDirector of Glazes\nSpringfield, Texas 77002",
            "See you there.\n\nOttilie",
        ),
        ("See you there.\n\nOttilie Brandvold", "See you there.\n\nOttilie"),
        ("See you there.\n\nOttilie", "See you there.\n\nOttilie"),
        (
            "See you there.\nThanks for all your help with the kiln.",
            "See you there.\nThanks for all your help with the kiln.",
        ),
        (
            "Thanks,\nOttilie\n\nP.S. I will bring the glaze list with me tomorrow.",
            "Thanks,\nOttilie\n\nP.S. I will bring the glaze list with me tomorrow.",
        ),
        (
            "My number is 713-555-0142 and I am here until five.",
            "My number is 713-555-0142 and I am here until five.",
        ),
        ("Bring:\nSmall Kiln\nRed Clay", "Bring:\nSmall Kiln\nRed Clay"),
    ],
)
def test_signature_is_reduced_to_closing_and_first_name(text: str, kept: str) -> None:
    assert signed(text) == kept


def test_notices_and_device_lines_go_and_prose_stays() -> None:
    notice = (
        "This message is intended only for the use of the intended recipient and may contain confidential "
        "information. If you received it in error, please notify the sender and delete this message."
    )
    lines = [LONG, "", notice, "", "Sent from my iPhone", "I sent it in error, sorry."]
    kept = [line for line in cut_notices(lines, PHRASES) if line]
    assert kept == [LONG, "I sent it in error, sorry."]
    assert cut_notices(["See you soon. Sent from my iPhone"], PHRASES)[0] == "See you soon."


@pytest.mark.parametrize(
    "raw",
    [
        RawMessage("1", "c", LONG, headers={"auto-submitted": "auto-replied"}),
        RawMessage("1", "c", LONG, headers={"precedence": "bulk"}),
        RawMessage("1", "c", LONG, headers={"list-id": "<potters.example>"}),
        RawMessage("1", "c", LONG, sender="no-reply@parcels.example"),
        RawMessage("1", "c", LONG, sender="Mail Delivery <MAILER-DAEMON@example.org>"),
        RawMessage("1", "c", LONG, subject="Out of Office AutoReply: Kiln"),
        RawMessage("1", "c", LONG, subject="Automatic reply: Kiln"),
        RawMessage("1", "c", f"{LONG}\nTo unsubscribe, write to us."),
    ],
)
def test_machine_made_mail_is_told(raw: RawMessage) -> None:
    assert is_machine_mail(raw)


@pytest.mark.parametrize("sender", ["Ida Fennimore <ida@clayemail.example>", "ida@dealsby.example", ""])
def test_mail_by_a_person_is_not_machine_made(sender: str) -> None:
    raw = RawMessage("1", "c", LONG, sender=sender, subject="Re: Kiln", headers={"auto-submitted": "no"})
    assert not is_machine_mail(raw)


@pytest.mark.parametrize(
    "lines",
    [
        [
            "Day        Kiln     Hours",
            "Mon        1        4",
            "Tue        2        8",
            "Wed        1        6",
        ],
        ["| a | b | c |", "| 1 | 2 | 3 |", "| 4 | 5 | 6 |", "| 7 | 8 | 9 |"],
        ["10/01 455.2 77812 99120 0.4432 // 88 ## 551 22 781.2 90% 4412 99182 7712"],
        ["THE KILN IS HOT TODAY AND NOBODY MAY TOUCH IT " * 8],
        ["x" * 40, "y" * 50, LONG],
        ["a@b.example c@d.example e@f.example g@h.example i@j.example k@l.example"],
        [],
    ],
)
def test_tables_schedules_and_codes_are_no_prose(lines: list[str]) -> None:
    assert is_tabular(lines)


def test_prose_with_some_figures_is_prose() -> None:
    assert not is_tabular([LONG, "1. Kiln at 10:30", "2. Glaze for $40", "3. Clay, 12 bags", "See you at 5!"])


def test_scan_marks_go_and_gaps_before_punctuation_close() -> None:
    lines = [
        "UNCLASSIFIED",
        "Page 3 of 4",
        "See you there , Ida .",
        "• and 'm bring clay",
        "12",
        "I agree ?",
        "Yes.? I do",
    ]
    kept = [line for line in cut_scan_marks(lines, PHRASES) if line]
    assert kept == ["See you there, Ida.", "and  bring clay", "I agree?", "Yes. I do"]


def test_garbled_text_is_told_from_prose_by_the_rest_of_the_corpus() -> None:
    common = common_words([LONG] * 5)
    assert not is_garbled(LONG, common, ONE_LETTER)
    assert is_garbled(
        "Cou1d yuo plcase sond mc thc 1ist 0f g1azcs thot thc evcning closs uscd", common, ONE_LETTER
    )
    assert is_garbled("C o u l d y o u p l e a s e s e n d", frozenset(), ONE_LETTER)
    assert is_garbled("12 // 33 ## -- 45 ..", frozenset(), ONE_LETTER)
    assert not is_garbled("Sounds good to me, see you on Monday then", frozenset(), ONE_LETTER)
    assert not is_garbled("Я и ты с ней в саду у реки", frozenset(), ONE_LETTER)


def test_near_duplicates_are_found_and_short_ones_are_not() -> None:
    other = "The inspector comes on Tuesday morning and wants to see both kilns and all the papers."
    texts = [LONG, f"Hi Ida,\n\n{LONG.upper()}", other, "Sounds good to me.", "Sounds good to me.", other]
    assert near_duplicates(texts) == {0, 5}
    assert near_duplicates([]) == set()
    assert near_duplicates(["a b"]) == set()


def test_part_of_a_longer_message_is_its_duplicate() -> None:
    whole = " ".join(f"word{number}" for number in range(60))
    part = " ".join(f"word{number}" for number in range(20, 50))
    mixed = f"{part} " + " ".join(f"other{number}" for number in range(60))
    assert near_duplicates([part, whole]) == {0}
    assert near_duplicates([mixed, whole]) == set()


def test_boilerplate_is_long_and_occurs_in_several_messages() -> None:
    notice = "The studio is closed on every second Sunday of the month and keys are kept with the caretaker."
    is_boilerplate = boilerplate_paragraphs([f"{notice}\nThanks again {n}" for n in range(4)])
    assert is_boilerplate(notice)
    assert is_boilerplate(notice.upper())
    assert not is_boilerplate("Please let me know if you have any questions.")
    assert not boilerplate_paragraphs([notice] * 3)(notice)


def test_fingerprint_ignores_case_space_and_punctuation() -> None:
    assert fingerprint("Sounds  good!") == fingerprint("sounds GOOD")
    assert fingerprint("Sounds good") != fingerprint("Sounds bad")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("click (here|below)", "Please CLICK below"),
        ("op-?ed", "his oped"),
        (r"\(ap\)", "Oslo (AP) - news"),
        ("writes to the .{3,60} list", "x writes to the potters list"),
        ("(a(b|c)d)+x", "acdx"),
    ],
)
def test_finder_finds_what_its_pattern_matches(pattern: str, text: str) -> None:
    assert PhraseFinder([pattern]).occurs(text)
    assert PhraseFinder([pattern, "nowhere"]).count(text) == 1
    assert not PhraseFinder([pattern]).occurs("Sounds good")


@pytest.mark.parametrize(
    ("body", "step"),
    [
        ("> only\n> quoted", Step.QUOTED),
        ("-----Original Message-----\nolder text", Step.QUOTED),
        ("OSLO (Reuters) - Potters of the world met on Monday to talk about clay.", Step.NEWS),
        (f"{LONG} " * 60, Step.LONG),
        ("To unsubscribe, click here.", Step.MACHINE),
        ("Yes\n\nSent from my iPhone", Step.SHORT),
    ],
)
def test_message_to_drop_is_counted_under_its_step(body: str, step: Step) -> None:
    report = CleaningReport()
    assert Cleaner(PHRASES, report).clean(RawMessage("1", "c", body)) is None
    assert report.steps[step].messages == 1


def test_short_message_may_name_a_newspaper() -> None:
    body = "Did you see the op-ed in the Washington Post? It is about us."
    assert Cleaner(PHRASES, CleaningReport()).clean(RawMessage("1", "c", body)) == body


def test_words_in_are_words_dropped_and_kept() -> None:
    body = f"{LONG}\n\nThanks,\nOttilie\n\n-----Original Message-----\nFrom: Ida\n\nolder text here"
    report = CleaningReport()
    text = Cleaner(PHRASES, report).clean(RawMessage("1", "c", body, sender="Ottilie Brandvold"))
    assert text == f"{LONG}\n\nThanks,\nOttilie"
    assert sum(step.words for step in report.steps.values()) == len(body.split()) - len(text.split())
    assert report.table()[0][0] == "step"
    assert all(len(row) == 4 for row in report.table())


HOSTILE = [
    *(
        "@",
        "a@",
        "a@b.",
        "1",
        "1-",
        "я",
        "\n",
        "a\n",
        "x: y\n",
        "> a\n",
        "From: a\n",
        "--\n",
        "(",
        "1(",
        "=\n",
    ),
    *("www.", "http://", "on 1/1/2001 a wrote:", "會", "a" * 60 + "\n" + "a\n", "@" * 1900 + "\n"),
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_own_words_of_anything_take_little_time(unit: str) -> None:
    """Eight times the text is at most 24 times the work; quadratic time would be 64 times."""
    cleaner = Cleaner(load_phrases(), CleaningReport())

    def spent(length: int) -> float:
        text = (unit * length)[:length]
        times = []
        for _ in range(3):
            began = time.process_time()
            cleaner.own_words(text)
            times.append(time.process_time() - began)
        return min(times)

    assert spent(40_000) < 24 * spent(5_000)


@pytest.mark.parametrize(
    ("heads", "own"),
    [
        (["Von: Anna Ott", "Gesendet: Montag, 2. März 2026 09:12", "An: Bo", "Betreff: Plan"], True),
        (["差出人: Anna Ott <a@example.org>", "送信日時: 2026年3月2日 9:12", "宛先: Bo", "件名: Plan"], True),
        (["De : Anna", "Envoyé : lundi 2 mars 2026", "À : Bo", "Objet : Plan"], True),
        (["Monday: the plan", "Tuesday: the talk", "Wednesday: nothing"], False),
        (["Place: room 4", "Time: 10:30"], False),
    ],
)
def test_what_is_quoted_in_another_language_is_not_ones_own(heads: list[str], own: bool) -> None:
    body = "\n".join(["Here is my answer to all of it.", "", *heads, "", "The words of somebody else."])
    found = Cleaner(load_phrases(), CleaningReport()).own_words(body) or ""
    assert found.startswith("Here is my answer")
    assert ("somebody else" in found) is not own


def test_a_line_longer_than_any_mark_survives_and_the_quote_below_it_does_not() -> None:
    long = "word " * 900
    body = f"{long}\n\n-----Original Message-----\nFrom: x\nTo: y\nSubject: z\n\nNot mine."
    assert Cleaner(load_phrases(), CleaningReport()).own_words(body) == long.strip()
