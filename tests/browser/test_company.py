"""A company's list in a real browser: typed and from a file, without a script,
to the invoice and its paper.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.pages import axe_findings, scrolls_sideways
from tests.enrollment.company import NAMES
from tests.sites import Site

COMPANY = {
    "company_name": (
        "«Батыс өңірлік тамақ өнеркәсібі технологиялары» жауапкершілігі шектеулі серіктестігі"
    ),
    "bin": "971240001315",
    "company_address": "Ақтөбе қ., 46",
    "postal_address": "030012, а/ж 118",
    "surname": "Жұмағалиева",
    "name": "Сәуле",
    "position": "директор",
    "phone": "8 701 000 00 00",
}


@pytest.mark.clause("1.1", "3.1")
@pytest.mark.parametrize(("language", "width"), [("kk", 360), ("ru", 1280)])
def test_a_company_orders_from_a_file_and_gets_one_invoice(
    embedded_site: Site, new_page: Callable[..., Page], language: str, width: int
) -> None:
    page = new_page(language=language, width=width)

    def looks() -> None:
        assert not scrolls_sideways(page), page.url
        assert axe_findings(page) == [], page.url

    page.goto(f"{embedded_site.url}/{language}/checkout/ozim/company/")
    looks()
    for name, said in COMPANY.items():
        page.fill(f"[name={name}]", said)
    page.fill("[name=email]", f"hr.{language}@example.kz")
    content = ("Тегі;Аты;Әкесінің аты\n" + "\n".join(";".join(each) for each in NAMES[:4])).encode(
        "kz1048"
    )
    page.set_input_files(
        "[name=file]", {"name": "list.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.click("button[name=read]")
    assert page.input_value("[name=learners-3-surname]") == NAMES[3][0]
    assert page.input_value("[name=bin]") == COMPANY["bin"]
    page.click("button[name=place]")  # no consent is given yet
    looks()
    for purpose in ("truth", "contract", "employees"):
        page.check(f"[name=consent_{purpose}]")
    page.click("button[name=place]")
    page.wait_for_url("**/invoices/SH*/")
    assert page.locator(".learners-listed li").count() == 4
    looks()
