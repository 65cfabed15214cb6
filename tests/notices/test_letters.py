"""Every letter says the same in both languages, the customer's own first,
and nothing can be slipped into it.
"""

import re
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
        ("kk", "Шарт жасалды · Договор заключён: SM4K7Q2X"),
        ("ru", "Договор заключён · Шарт жасалды: SM4K7Q2X"),
    ],
)
def test_the_customers_own_language_comes_first(db, language, subject):
    letter = the_letter(NoticeKind.CONTRACT_CONCLUDED, language=language)
    assert letter["Subject"] == subject
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
