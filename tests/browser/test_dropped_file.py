"""Verifying a file as a stranger does: chosen or dropped on the page,
with JavaScript and without.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from certificates.forms import LARGEST_FILE
from tests.browser.pages import axe_findings, scrolls_sideways
from tests.sites import Site

ISSUE = """
from datetime import timedelta
from django.utils import timezone
from certificates.operations import certificate_file, issue_certificate
from tests import given
now = timezone.now()
starts_on = now.date() + timedelta(days=30)
cohort = given.a_cohort(starts_on=starts_on, on_sale_from=now - timedelta(days=1))
enrollment = given.a_completed_enrollment(cohort=cohort, at=now)
issued = issue_certificate(enrollment_id=enrollment.pk, at=now + timedelta(days=100))
open({path!r}, "wb").write(certificate_file(issued))
print(issued.number, issued.learner_name, sep="|")
"""
LABEL = {"kk": "Сертификаттың PDF файлы", "ru": "PDF сертификата"}
BUTTON = {"kk": "Файлды тексеру", "ru": "Проверить файл"}
VALID = {"kk": "Сертификат жарамды", "ru": "Сертификат действителен"}
CHANGED = {
    "kk": "Бұл файл академия қол қойған күйінде емес",
    "ru": "Это не тот файл, который подписала академия",
}
TOO_LARGE = {"kk": "Файл 2 МБ-тан үлкен", "ru": "Файл больше 2 МБ"}
DROP = """([field, bytes]) => {
  const brought = new DataTransfer();
  const content = [new Uint8Array(bytes)];
  brought.items.add(new File(content, "certificate.pdf", {type: "application/pdf"}));
  for (const kind of ["dragenter", "dragover", "drop"])
    document.querySelector("h1").dispatchEvent(
      new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: brought}));
}"""


@pytest.fixture
def issued(embedded_site: Site, tmp_path: Path) -> tuple[Path, str, str]:
    """A certificate that the running site issued: its file, number and name."""
    pdf = tmp_path / "certificate.pdf"
    number, name = (
        embedded_site.manage("shell", "-c", ISSUE.format(path=str(pdf))).split("\n")[-2].split("|")
    )
    return pdf, number, name


def looks(page: Page, *, javascript: bool) -> None:
    if javascript:
        assert not scrolls_sideways(page)
        assert axe_findings(page) == []


@pytest.mark.clause("9.1")
@pytest.mark.parametrize(
    ("language", "width", "javascript"),
    [("kk", 360, False), ("ru", 1280, True)],
    ids=["kk-360-bare", "ru-1280"],
)
def test_a_file_is_chosen_and_told(
    embedded_site, issued, new_page, tmp_path, language, width, javascript
):
    pdf, number, name = issued
    page = new_page(language=language, width=width, javascript=javascript, expect_statuses={413})
    heading = page.get_by_role("heading", level=1)
    page.goto(f"{embedded_site.url}/verify/?lang={language}")
    looks(page, javascript=javascript)
    page.get_by_label(LABEL[language]).set_input_files(pdf)
    page.get_by_role("button", name=BUTTON[language]).click()
    expect(heading).to_have_text(VALID[language])
    expect(page.get_by_role("main")).to_contain_text(number)
    expect(page.get_by_role("main")).to_contain_text(name)
    looks(page, javascript=javascript)

    changed = tmp_path / "changed.pdf"
    changed.write_bytes(pdf.read_bytes() + b"\n")
    page.get_by_label(LABEL[language]).set_input_files(changed)
    page.get_by_role("button", name=BUTTON[language]).click()
    expect(heading).to_have_text(CHANGED[language])
    looks(page, javascript=javascript)

    large = tmp_path / "large.pdf"
    large.write_bytes(bytes(LARGEST_FILE + 1))
    page.get_by_label(LABEL[language]).set_input_files(large)
    page.get_by_role("button", name=BUTTON[language]).click()
    expect(page.get_by_text(TOO_LARGE[language]).filter(visible=True)).to_be_visible()
    looks(page, javascript=javascript)


@pytest.mark.clause("9.1")
def test_a_file_dropped_anywhere_on_the_page_is_told_at_once(embedded_site, issued, new_page):
    pdf, number, _name = issued
    page = new_page(language="kk", width=1280)
    page.goto(f"{embedded_site.url}/verify/?lang=kk")
    page.evaluate(DROP, [None, list(pdf.read_bytes())])
    expect(page.get_by_role("heading", level=1)).to_have_text(VALID["kk"])
    expect(page.get_by_role("main")).to_contain_text(number)
    page.evaluate(DROP, [None, [0] * (LARGEST_FILE + 1)])
    expect(page.get_by_text(TOO_LARGE["kk"]).filter(visible=True)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(VALID["kk"])
