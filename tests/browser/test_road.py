"""The whole road as a person walks it:
from a tariff on the site to a certificate that anyone can verify.
"""

import re
import subprocess
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import axe_findings, scrolls_sideways
from tests.browser.words import WORDS
from tests.sites import Site

SURNAME = "Қожағұлова-Нұрмұхамбетова"
NAME = "Гүлнұр"
PATRONYMIC = "Әбдіманапқызы"
FULL_NAME = f"{SURNAME} {NAME} {PATRONYMIC}"
OWNER = "owner@example.kz"
GOOD_CARD = "4111 1111 1111 1111"
POOR_CARD = "4000 0566 5566 5556"


class Buyer:
    """A person with a phone, who reads one language."""

    def __init__(self, site: Site, page: Page, language: str, *, look: bool) -> None:
        self.site = site
        self.page = page
        self.language = language
        self.look = look
        self.words = WORDS[language]
        self.email = f"buyer.{language}@example.kz"

    def looks(self) -> None:
        """The page fits the phone, and nothing on it shuts anybody out."""
        if self.look:
            assert not scrolls_sideways(self.page), self.page.url
            assert axe_findings(self.page) == [], self.page.url

    def sends_an_order(self) -> None:
        """From the home page to the button that orders."""
        words = self.words
        page = self.page
        page.goto(f"{self.site.url}/{self.language}/")
        self.looks()
        page.get_by_role("link", name=words.choose).click()
        self.looks()
        page.get_by_role(
            "button", name=words.place_order
        ).click()  # nothing is filled in yet: every field says so
        expect(page.get_by_role("alert")).to_be_visible()
        self.looks()
        page.get_by_label(words.surname, exact=True).fill(SURNAME)
        page.get_by_label(words.given_name, exact=True).fill(NAME)
        page.get_by_label(re.compile(rf"^\s*{words.patronymic}")).first.fill(PATRONYMIC)
        page.get_by_role("textbox", name=words.phone).fill("8 701 000 00 00")
        page.get_by_role("textbox", name=words.email).fill(self.email)
        page.get_by_role("checkbox", name=re.compile(f"^{words.truth}")).check()
        page.get_by_role("checkbox", name=re.compile(f"^{words.consent}")).check()
        page.get_by_role("button", name=words.place_order).click()

    def orders(self) -> None:
        """From the home page to an unpaid order."""
        page = self.page
        self.sends_an_order()
        expect(page.get_by_role("heading", level=1)).to_have_text(self.words.pay_today)
        expect(page.get_by_text(self.email)).to_be_visible()
        self.looks()

    def pays(self, card: str) -> None:
        """At the bank's page, which calls the site back, and returns to the order."""
        words = self.words
        page = self.page
        page.locator("#card summary").click()
        page.locator("#card").get_by_role("button", name=words.pay).click()
        page.get_by_label(words.card_number).fill(card)
        page.get_by_label(words.valid_until).fill("12/30")
        page.get_by_label(words.card_code).fill("123")
        self.looks()
        page.get_by_role("button", name=words.pay_at_bank).click()

    def tells_the_address(self) -> None:
        """On the page of the paid order, which asks for it no more afterwards."""
        field = self.page.get_by_role("textbox", name=self.words.address)
        field.fill("050060, Алматы қаласы, Әл-Фараби даңғылы, 77/8, 214-пәтер")
        field.press("Enter")
        expect(field).to_have_count(0)
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.words.money_has_come)
        self.looks()


def sign_in(site: Site, page: Page, email: str, words: object) -> None:
    page.get_by_role("textbox", name=words.email).fill(email)
    page.get_by_role("button", name=words.send_code).click()
    letter = site.wait_for_letter(to=email, subject="код")
    code = re.search(r"\b(\d{3}) ?(\d{3})\b", text_of(letter))
    page.get_by_label(words.code).fill("".join(code.groups()))
    page.get_by_role("button", name=words.sign_in, exact=True).click()


def text_of(letter: EmailMessage) -> str:
    return letter.get_body(("plain",)).get_content()


def attachment(letter: EmailMessage) -> bytes:
    """The one PDF that a letter carries."""
    (paper,) = (
        each for each in letter.iter_attachments() if each.get_content_type() == "application/pdf"
    )
    return paper.get_content()


def text_of_pdf(content: bytes, folder: Path) -> str:
    file = folder / "paper.pdf"
    file.write_bytes(content)
    done = subprocess.run(
        ["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True
    )
    return " ".join(done.stdout.split())


def complete_the_student(site: Site, page: Page, name: str) -> None:
    """Staff sign in with a code, let the cohort begin and the student finish today,
    and complete the service.
    """
    site.manage("demo_staff")
    page.goto(f"{site.url}/admin/")
    sign_in(site, page, OWNER, WORDS["ru"])
    today = page.evaluate("new Date().toLocaleDateString('sv-SE')")
    page.goto(f"{site.url}/admin/enrollment/cohort/")
    page.locator("#result_list tbody").get_by_role("link").first.click()
    page.locator("[name=starts_on]").fill(today)
    page.get_by_role("button", name="Сохранить", exact=True).click()
    page.goto(f"{site.url}/admin/enrollment/enrollment/")
    page.locator("#result_list tbody tr", has_text=name).get_by_role("link").first.click()
    page.get_by_role("link", name="Назначить день оказания услуги").click()
    page.get_by_label("день оказания услуги").fill(today)
    page.get_by_label("Причина").fill("сдала итоговую работу раньше")
    page.get_by_role("button", name="Назначить день оказания услуги").click()
    page.get_by_role("link", name="Завершить", exact=True).click()
    page.get_by_role("button", name="Завершить", exact=True).click()
    expect(page.get_by_text("Услуга оказана.")).to_be_visible()


def walk(
    site: Site, new_page: Callable[..., Page], tmp_path: Path, language: str, *, javascript: bool
) -> None:
    buyer = Buyer(
        site,
        new_page(language=language, width=360, javascript=javascript),
        language,
        look=javascript,
    )
    words = buyer.words
    page = buyer.page
    buyer.orders()
    buyer.pays(POOR_CARD)
    expect(page.get_by_role("heading", level=1)).to_have_text(words.declined)
    buyer.looks()
    buyer.pays(GOOD_CARD)
    expect(page.get_by_role("heading", level=1)).to_have_text(words.money_has_come, timeout=30_000)
    buyer.looks()

    buyer.tells_the_address()
    contract = site.wait_for_letter(to=buyer.email, subject="Шарт жасалды")
    assert FULL_NAME in text_of_pdf(attachment(contract), tmp_path)
    page.get_by_role("button", name=words.enter_cabinet).click()  # paid here: no code today
    expect(page.get_by_role("heading", level=1)).to_contain_text(words.hello)
    page.get_by_role("link", name=words.documents, exact=True).first.click()
    buyer.looks()
    with page.expect_download() as download:
        page.get_by_role("link", name=words.contract).click()
    assert Path(download.value.path()).read_bytes() == attachment(contract)

    complete_the_student(site, new_page(language="ru", width=1280), SURNAME)
    site.manage("issue_certificates")
    letter = site.wait_for_letter(to=buyer.email, subject="ертификат")
    certificate = attachment(letter)
    assert FULL_NAME in text_of_pdf(certificate, tmp_path)
    site.manage("issue_certificates")
    assert (
        len(
            [
                each
                for each in site.mail
                if buyer.email in each["To"] and "ертификат" in each["Subject"]
            ]
        )
        == 1
    )

    page.goto(f"{site.url}/{language}/cabinet/")
    buyer.looks()
    with page.expect_download() as download:
        page.get_by_role("link", name=words.download_pdf).click()
    assert Path(download.value.path()).read_bytes() == certificate

    code = re.search(r"/verify/([0-9a-z]{26})", site.manage("shell", "-c", CERTIFICATE_ADDRESS))[1]
    stranger = new_page(language=language, width=360, javascript=javascript)
    stranger.goto(f"{site.url}/verify/{code}/?lang={language}")
    expect(stranger.get_by_role("heading", level=1)).to_have_text(words.certificate_valid)
    expect(stranger.get_by_text(FULL_NAME)).to_be_visible()
    assert buyer.email not in stranger.content()


CERTIFICATE_ADDRESS = (
    "from certificates.models import Certificate; "
    "print(f'/verify/{Certificate.objects.get().code}/')"
)


@pytest.mark.clause("2.2.1", "2.3", "3.1", "9.1", "9.3", "12.2.2")
@pytest.mark.parametrize("language", ["kk", pytest.param("ru", marks=pytest.mark.faults)])
def test_the_whole_road_without_javascript_on_the_embedded_site(
    language, embedded_site, new_page, tmp_path
):
    walk(embedded_site, new_page, tmp_path, language, javascript=False)


@pytest.mark.parametrize("language", [pytest.param("kk", marks=pytest.mark.faults), "ru"])
def test_the_whole_road_with_javascript_on_postgresql_with_a_worker(
    language, production_like_site, new_page, tmp_path
):
    walk(production_like_site, new_page, tmp_path, language, javascript=True)
