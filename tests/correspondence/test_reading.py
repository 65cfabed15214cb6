"""Reading what anybody may send: the words, the files, and nothing that does harm. Pure."""

import time
from base64 import b64encode

import pytest
from hypothesis import given as whatever
from hypothesis import strategies

from offer_site.correspondence.reading import identity_of, read_letter, words_of_html
from tests.correspondence.mails import SENT, a_mail, deep, raw_mail

PDF = b"%PDF-1.7 a paper %%EOF"


def test_a_letter_is_read_with_its_words_and_files():
    read = read_letter(a_mail("Student@Example.KZ", files=(("шарт.pdf", PDF),)))
    assert (read.sender, read.recipient) == ("student@example.kz", "lesbek.l@mail.ru")
    assert read.subject == "Курс туралы сұрақ"
    assert read.text == "Сәлеметсіз бе! Сабақ қашан басталады?"
    assert (read.message_id, read.written_at) == ("<1@example.kz>", SENT)
    assert [(each.name, each.content) for each in read.files] == [("шарт.pdf", PDF)]
    assert read.has_text
    assert not read.is_automatic


@pytest.mark.parametrize("alphabet", ["utf-8", "windows-1251", "koi8-r", "utf-16"])
def test_old_alphabets_are_read(alphabet):
    coded = b64encode("Здравствуйте".encode(alphabet))
    read = read_letter(
        raw_mail(
            "From: a@example.kz",
            f"Subject: =?{alphabet}?B?{coded.decode()}?=",
            f"Content-Type: text/plain; charset={alphabet}",
            "Content-Transfer-Encoding: base64",
            "",
            coded,
        )
    )
    assert (read.subject, read.text) == ("Здравствуйте", "Здравствуйте")


@pytest.mark.parametrize("told", ["", "none-such", "zip", "punycode", "idna", "hex"])
def test_what_is_no_alphabet_is_guessed(told):
    head = ["From: a@example.kz", b"Subject: " + "Сұрақ".encode()]
    read = read_letter(
        raw_mail(*head, f"Content-Type: text/plain; charset={told}", "", "Жауап".encode())
    )
    assert (read.subject, read.text) == ("Сұрақ", "Жауап")


def test_a_page_is_read_for_its_words_alone():
    page = (
        "<html><head><title>t</title><style>p{color:red}</style></head><body><p>Жауап</p>"
        "<script>alert(1)</script><img src=https://tracker.example/1.png><p>Рақмет &amp; сау</p>"
    )
    assert words_of_html(page) == "Жауап\n\nРақмет & сау"
    assert read_letter(a_mail("a@example.kz", text=" ", html=page)).text == "Жауап\n\nРақмет & сау"
    both = read_letter(a_mail("a@example.kz", text="plain", html=page))
    assert both.text == "plain"


@pytest.mark.parametrize(
    "sender",
    ["a@example.kz, b@example.kz", "", "nobody", "a@example.kz\r\nFrom: b@example.kz"],
)
def test_a_letter_of_several_senders_or_none_is_nobodys(sender):
    assert read_letter(raw_mail(f"From: {sender}", "Subject: x", "", "text")).sender == ""


def test_what_is_only_quoted_is_no_text():
    assert not read_letter(a_mail("a@example.kz", text="> you wrote\n> this\n\n")).has_text


def test_a_program_that_answers_is_known():
    assert read_letter(
        a_mail("a@example.kz", Auto_Submitted="auto-replied (vacation)")
    ).is_automatic
    assert not read_letter(a_mail("a@example.kz", Auto_Submitted="no")).is_automatic


def test_only_our_own_server_is_believed_about_the_sender():
    ours = "Authentication-Results: mxs.mail.ru; dkim=pass header.d=example.kz"
    forged = "Authentication-Results: mx.mail.ru.example; dkim=pass"
    rest = ("From: a@example.kz", "Subject: x", "", "text")
    assert "dkim=pass" in read_letter(raw_mail(ours, forged, *rest)).found_by("mail.ru")
    # What stands below the first was there before it came to us.
    assert read_letter(raw_mail(forged, ours, *rest)).found_by("mail.ru") == ""


def test_names_of_files_lead_nowhere():
    mail = a_mail("a@example.kz", files=(("../../etc/passwd", PDF), ("..", PDF)))
    assert [each.name for each in read_letter(mail).files] == ["passwd", "2"]


def test_an_attached_mail_is_one_file():
    outer = raw_mail(
        "From: a@example.kz",
        "Subject: Fwd",
        "Content-Type: multipart/mixed; boundary=b",
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "see below",
        "--b",
        "Content-Type: message/rfc822",
        "",
        a_mail("b@example.kz", text="inner"),
        "--b--",
    )
    read = read_letter(outer)
    assert read.text == "see below"
    assert [each.content_type for each in read.files] == ["message/rfc822"]


@pytest.mark.parametrize(
    "bomb",
    [
        deep(55),
        deep(5000),
        deep(40) + b"\r\nx" * 2_000_000,
        raw_mail("From: a@example.kz", "Subject: " + "=?utf-8?q?a?= " * 200_000, "", "text"),
        raw_mail("From: " + "a@example.kz, " * 200_000, "Subject: x", "", "text"),
        raw_mail("From: a@example.kz", "Content-Type: text/html", "", "<" * 3_000_000),
        raw_mail("From: a@example.kz", "Content-Type: text/html", "", "<!--" * 700_000),
        raw_mail("From: a@example.kz", "Content-Type: text/html", "", "&" * 3_000_000),
        raw_mail(
            "From: a@example.kz", 'Content-Type: multipart/mixed; boundary="b"', "",
            *["--b\r\nContent-Type: application/x; name=f\r\n\r\nx"] * 20_000,
        ),
    ],
    ids="levels, more levels, lines, subject, senders, tags, comments, signs, parts".split(", "),
)  # fmt: skip
def test_a_bomb_is_read_in_a_moment(bomb):
    begun = time.process_time()
    read = read_letter(bomb)
    assert time.process_time() - begun < 8
    assert len(read.text) <= 200_000
    assert len(read.files) <= 100


def test_one_letter_has_one_identity_wherever_it_lies():
    raw = a_mail("a@example.kz")
    moved = b"X-Mailru-Moved: 1\r\nReceived: from mx\r\n" + raw
    other = a_mail("a@example.kz", text="Басқа сұрақ")
    one, two, three = (identity_of(each, read_letter(each)) for each in (raw, moved, other))
    assert one == two
    assert one != three, "a Message-ID that was taken from another letter hides none"


@whatever(strategies.binary(max_size=400))
def test_rubbish_is_read(rubbish):
    read = read_letter(rubbish)
    assert "\0" not in read.subject + read.text + read.sender


@whatever(cut=strategies.integers(0, 1200))
def test_a_letter_cut_anywhere_is_read(cut):
    whole = a_mail("a@example.kz", files=(("a.pdf", PDF),), html="<p>x</p>")
    assert "a@example.kz".startswith(read_letter(whole[:cut]).sender)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<html><head><title>t</title><meta charset=utf-8><body><p>Сұрақ</p>", "Сұрақ"),
        ("<head><p>Сұрақ", "Сұрақ"),
        ("<p>Сұрақ</p><!-- a signature <p>Рақмет</p>", "Сұрақ\na signature\nРақмет"),
        ("<p>Сұрақ</p><!-- hidden --!><p>Рақмет</p>", "Сұрақ\n\nРақмет"),
        ("<!--[if mso]><p>old</p><![endif]--><p>Сұрақ</p>", "Сұрақ"),
        ("<![if !mso]><p>Сұрақ</p><![endif]>", "Сұрақ"),
        ("<![nonsense[<p>Сұрақ</p>", "Сұрақ"),
        ("Сұрақ &amp", "Сұрақ &"),
        ("Сұрақ: 3 < 4", "Сұрақ: 3 < 4"),
        ("<style>p{color:red}<p>Сұрақ</p>", "p{color:red}\nСұрақ"),
        ("<title>t<p>Сұрақ</p>", "t\nСұрақ"),
        ("<style>p{color:red}</style><img src=x>", ""),
    ],
)
def test_a_page_that_is_not_whole_is_read_for_its_words_too(page, words):
    assert words_of_html(page) == words
    assert read_letter(a_mail("a@example.kz", text=" ", html=page)).has_text == bool(words)


LONG = 200_000
QUADRATIC = {
    "parameters": ("Content-Type: text/plain" + "; a=b" * LONG,),
    "folded parameters": ("Content-Type: text/plain" + ";\r\n a=b" * LONG,),
    "names": ("Content-Disposition: attachment" + "; filename=b" * LONG,),
    "pieces of a name": ("Content-Disposition: attachment" + "; filename*0*=a" * LONG,),
    "quotes": ('Content-Type: text/plain; a="' + '";\\"' * LONG,),
    "fields": ("X: y\r\n" * 5 * LONG + "X: y",),
}


@pytest.mark.parametrize("within", [False, True], ids=["head", "part"])
@pytest.mark.parametrize("name", QUADRATIC)
def test_no_field_of_a_head_takes_its_own_time(name, within):
    frame = ("Content-Type: multipart/mixed; boundary=b", "", "--b") if within else ()
    mail = raw_mail("From: a@example.kz", "Subject: x", *frame, *QUADRATIC[name], "", "text")
    begun = time.process_time()
    read = read_letter(mail)
    assert time.process_time() - begun < 8
    assert (read.sender, read.subject) == ("a@example.kz", "x")


@pytest.mark.parametrize(
    "sign", ["<a b='", "<a ", "</", "<![", "<!", "<?", "<!--", "--!>", "&#", "<script>", "</scrip"]
)
def test_no_sign_of_a_page_takes_its_own_time(sign):
    for end in ("", ">", "-->"):
        begun = time.process_time()
        words_of_html(sign * 100_000 + end)
        assert time.process_time() - begun < 4


@pytest.mark.parametrize("page", ["<![", "<![a", "<![a[b]]>", "<!a", "<!doctype", "<!-", "&#x;"])
def test_no_page_is_too_odd_to_be_read(page):
    assert words_of_html(f"Сұрақ{page}").startswith("Сұрақ")
