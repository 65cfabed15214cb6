"""Every letter says the same in both languages, the customer's own first,
and nothing can be slipped into it.
"""

import re
from email import message_from_bytes
from email.header import decode_header, make_header

import pytest

from offer_site.languages import speaking
from offer_site.notices.kinds import LETTERS, NoticeKind
from offer_site.notices.letters import letter_bytes, words_in, write_letter
from offer_site.notices.operations import send_notice
from tests.mailbox import parse, text_of
from tests.notices.post import BUYER, FACTS, LONG_NAME, NOW, a_notice, letterhead

KAZAKH_ONLY = set("әғқңөұүһіӘҒҚҢӨҰҮҺІ")
ENGLISH_SENTENCE = re.compile(
    r"\b(the|your|and|order|pay|code|letter|account|date|when)\b", re.IGNORECASE
)


def the_letter(kind, **more):
    """Write a letter; return it as a mail program reads it."""
    return parse(letter_bytes(a_notice(kind, **more), at=NOW)[1])


def html_of(letter):
    return letter.get_body(("html",)).get_content()


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_letter_speaks_both_languages_and_no_other(db, kind, language):
    notice = a_notice(kind, language=language)
    for spoken in ("kk", "ru"):
        words = words_in(spoken, notice, {**notice.facts, "order": notice.order_code}, letterhead())
        said = [
            words.subject,
            words.heading,
            *words.paragraphs,
            words.answer_from_here,
            words.button,
        ]
        assert len(words.paragraphs) >= 2
        for sentence in filter(None, said):
            assert not ENGLISH_SENTENCE.search(sentence), sentence
        has_kazakh = any(KAZAKH_ONLY & set(sentence) for sentence in said)
        assert has_kazakh == (spoken == "kk")
    for row in LETTERS[kind].rows:
        for spoken in ("kk", "ru"):
            with speaking(spoken):
                assert not ENGLISH_SENTENCE.search(str(row.label)), row.label


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("kind", NoticeKind)
def test_text_and_html_say_the_same(db, kind, language):
    notice = a_notice(kind, language=language)
    letter = parse(letter_bytes(notice, at=NOW)[1])
    for spoken in ("kk", "ru"):
        for paragraph in words_in(
            spoken, notice, {**notice.facts, "order": ""}, letterhead()
        ).paragraphs:
            assert paragraph in text_of(letter)
            assert paragraph.replace("'", "&#x27;") in html_of(letter)
    assert "{{" not in html_of(letter)
    assert "{%" not in text_of(letter)


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        (
            "kk",
            "Шарт жасалды, курс 7 желтоқсанда басталады · "
            "Договор заключён, начало курса 7 декабря: SM4K7Q2X",
        ),
        (
            "ru",
            "Договор заключён, начало курса 7 декабря · "
            "Шарт жасалды, курс 7 желтоқсанда басталады: SM4K7Q2X",
        ),
    ],
)
def test_the_customers_own_language_comes_first(db, language, subject):
    letter = the_letter(NoticeKind.CONTRACT_CONCLUDED, language=language)
    assert letter["Subject"].replace("\N{NO-BREAK SPACE}", " ") == subject
    first, second = ("Договор", "Шарт") if language == "ru" else ("Шарт", "Договор")
    assert text_of(letter).index(first) < text_of(letter).index(second)
    assert f'<html lang="{language}">' in html_of(letter)


@pytest.mark.clause("4.3")
def test_a_placed_order_says_what_is_due_until_when(db):
    text = text_of(the_letter(NoticeKind.ORDER_PLACED))
    assert "149\N{NO-BREAK SPACE}990\N{NO-BREAK SPACE}₸" in text
    assert "22.11.2026, 24:00" in text
    assert FACTS[NoticeKind.ORDER_PLACED]["order_url"] in text
    assert "2.2.1" in text


@pytest.mark.clause("2.3")
def test_the_contract_comes_with_its_proof(db):
    letter = the_letter(NoticeKind.CONTRACT_CONCLUDED, attachments=[("contract", "SM4K7Q2X")])
    (paper,) = letter.iter_attachments()
    assert (paper.get_filename(), paper.get_content_type()) == (
        "Шарт SM4K7Q2X.pdf",
        "application/pdf",
    )
    assert paper.get_content().startswith(b"%PDF")
    assert "149\N{NO-BREAK SPACE}990,50\N{NO-BREAK SPACE}₸, 22.11.2026" in text_of(letter)


@pytest.mark.clause("9.1")
def test_a_certificate_names_its_holder_and_the_clause(db):
    letter = the_letter(NoticeKind.CERTIFICATE_READY)
    for said in (text_of(letter), html_of(letter)):
        assert LONG_NAME in said
        assert "9.1" in said


def test_the_old_address_gets_no_link(db):
    letter = the_letter(NoticeKind.EMAIL_CORRECTED, facts={"corrected_on": "2026-11-22"})
    text = text_of(letter)
    assert text.count("http") == text.count("/n/") == 2, "the switch of news opens no order"
    assert html_of(letter).count('href="http') == 2


STAFFS = ("terms-near", "terms-over", "deadline-warning", "deadline-alarm", "journal-seal")


@pytest.mark.clause("5.3.5")
@pytest.mark.parametrize("kind", STAFFS)
def test_a_letter_to_staff_has_no_switch_of_news(db, kind):
    letter = the_letter(NoticeKind(kind))
    assert letter["List-Unsubscribe"] is None
    assert "/n/" not in text_of(letter) + html_of(letter)


@pytest.mark.parametrize(
    "smuggled", ["x\r\nBcc: thief@example.kz", "x\nBcc: thief@example.kz", "x\rBcc: t@example.kz"]
)
def test_no_fact_can_begin_a_header(db, smuggled):
    letter = the_letter(NoticeKind.ORDER_LAPSED, order=smuggled[:16])
    assert letter["Bcc"] is None
    code = the_letter(NoticeKind.SIGN_IN_CODE, facts={"code": smuggled})
    assert code["Bcc"] is None
    assert "\n" not in str(make_header(decode_header(code["Subject"])))


@pytest.mark.parametrize("smuggled", [f"{BUYER}\r\nBcc: thief@example.kz", f"{BUYER}\nX: y"])
def test_no_recipient_can_begin_a_header(db, post, smuggled):
    notice = a_notice(to=smuggled)
    assert send_notice(notice_id=notice.pk, at=NOW).result == "dead"
    assert post.letters == []


def test_what_people_typed_stays_words(db):
    facts = {
        **FACTS[NoticeKind.CERTIFICATE_READY],
        "holder": "<img src=x onerror=alert(1)> O'Нил & ұлы",
    }
    letter = the_letter(NoticeKind.CERTIFICATE_READY, facts=facts)
    assert "<img" not in html_of(letter)
    assert facts["holder"] in text_of(letter)


@pytest.mark.parametrize("kind", NoticeKind)
def test_no_letter_knows_a_protected_value(kind):
    letter = LETTERS[kind]
    assert not {"address", "iin", "income", "phone", "postal_address"} & (
        letter.needs | set(letter.optional)
    )


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_line_is_short_plain_ascii(db, kind):
    raw = letter_bytes(a_notice(kind, attachments=[("contract", "SM4K7Q2X")]), at=NOW)[1]
    assert max(len(line) for line in raw.decode("ascii").split("\r\n")) <= 78


def test_a_subject_is_one_bearable_line(db):
    notice = a_notice(order="SM4K7Q2X")
    notice.order_code = "long " * 500
    assert len(write_letter(notice, letterhead()).subject) <= 400


# --- Whom it greets
GREETED = [kind for kind in NoticeKind if not LETTERS[kind].is_by_hand]


@pytest.mark.parametrize("kind", GREETED)
def test_every_letter_of_the_program_greets_by_name_in_text_and_html(db, kind, settings):
    settings.NOTICE_GREETS = "tests.notices.post.greeted"
    letter = the_letter(kind)
    for said in (text_of(letter), html_of(letter)):
        assert "Сәлеметсіз бе, Айгерім!" in said
        assert "Здравствуйте, Айгерім!" in said


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if LETTERS[kind].is_by_hand])
def test_who_writes_by_hand_greets_in_own_words(db, kind, settings):
    settings.NOTICE_GREETS = "tests.notices.post.greeted"
    assert "Айгерім!" not in text_of(the_letter(kind))


def test_a_stranger_is_greeted_without_a_name(db):
    text = text_of(the_letter(NoticeKind.ORDER_PLACED))
    assert "Сәлеметсіз бе!" in text
    assert "Здравствуйте!" in text


def test_a_name_that_was_typed_stays_words(db, settings):
    settings.NOTICE_GREETS = "tests.notices.post.greeted_with_markup"
    assert "<b>" not in html_of(the_letter(NoticeKind.ORDER_PLACED))


# --- Subjects
def test_no_two_kinds_have_one_subject(db):
    """A list of letters shows subjects alone: each tells itself apart from the others."""
    subjects: dict[str, str] = {}
    for kind in GREETED:
        subject = str(the_letter(kind)["Subject"])
        assert subject not in subjects, (kind, subjects.get(subject))
        subjects[subject] = kind


@pytest.mark.parametrize(
    ("days", "kk", "ru"),
    [
        (7, "Қалған соманы төлеуге 7 күн қалды", "До оплаты остатка 7 дней"),
        (3, "Қалған соманы төлеуге 3 күн қалды", "До оплаты остатка 3 дня"),
        (1, "Қалған соманы төлеуге 1 күн қалды", "До оплаты остатка 1 день"),
        (0, "Қалған соманы бүгін 24:00-ге дейін төлеңіз", "Оплатите остаток сегодня до 24:00"),
    ],
)
@pytest.mark.clause("4.3.1")
def test_the_subject_says_how_many_days_are_left_for_the_rest(db, days, kk, ru):
    facts = {**FACTS[NoticeKind.REST_REMINDER], "days": days}
    letter = the_letter(NoticeKind.REST_REMINDER, facts=facts)
    assert letter["Subject"] == f"{kk} · {ru}: SM4K7Q2X"


# --- Files
def test_a_letter_names_its_files_and_their_size(db):
    letter = the_letter(NoticeKind.CONTRACT_CONCLUDED, attachments=[("contract", "SM4K7Q2X")])
    for said in (text_of(letter), html_of(letter)):
        assert "Шарт SM4K7Q2X.pdf, 1\N{NO-BREAK SPACE}КБ" in said


LONG_FILE = "Талапқа-қажет-құжаттар-туралы-академияның-хаты-12-2026-жылғы-22-қараша.pdf"


def test_a_long_name_of_a_file_is_cut_into_lines_and_read_whole(db, settings):
    settings.NOTICE_ATTACHMENTS = {"contract": "tests.notices.post.long_paper"}
    raw = letter_bytes(a_notice(attachments=[("contract", "SM4K7Q2X")]), at=NOW)[1]
    assert max(len(line) for line in raw.decode("ascii").split("\r\n")) <= 78
    (paper,) = parse(raw).iter_attachments()
    assert paper.get_filename() == LONG_FILE
    # and by an old program too, which reads the head part by part
    assert [part.get_filename() for part in message_from_bytes(raw).walk()][-1] == LONG_FILE


DAYS_OF = {
    NoticeKind.REST_REMINDER: ("20261221", "Қалған-соманы-төлеу-21.12.2026.ics"),
    NoticeKind.CLARIFICATION: ("20261125", "Жауап-беру-25.11.2026.ics"),
    NoticeKind.EDITION_COMING: ("20261214", "Не-өзгеретінін-оқу-14.12.2026.ics"),
}


@pytest.mark.parametrize("kind", DAYS_OF)
def test_a_letter_with_a_day_brings_it_for_the_calendar(db, kind):
    letter = the_letter(kind)
    day, name = DAYS_OF[kind]
    (file,) = letter.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == (name, "text/calendar")
    lines = file.get_content()
    lines = lines if isinstance(lines, str) else lines.decode()
    assert f"DTSTART;VALUE=DATE:{day}\r\n" in lines.replace("\r\n", "\n").replace("\n", "\r\n")


def test_a_day_that_is_not_there_brings_no_file(db):
    facts = {**FACTS[NoticeKind.EDITION_COMING]}
    del facts["object_until"]
    assert list(the_letter(NoticeKind.EDITION_COMING, facts=facts).iter_attachments()) == []
