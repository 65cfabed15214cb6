"""The invoice's paper as strangers ask for it: made once, kept, bounded, and behind few renderers
(4.4).
"""

import os
import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from enrollment.models import Academy
from enrollment.operations.links import invoice_link, order_link
from enrollment.operations.ordering.invoices import cancel_invoice
from enrollment.operations.ordering.orders import cancel_order
from enrollment.rules.bounds import DAY, PAPERS_OF_ONE_A_DAY
from offer_site.attempts.models import AttemptCount
from offer_site.attempts.operations import Attempts
from offer_site.clock.schedule import job
from offer_site.kept_papers import KEPT_OF_ONE, kept_paper
from offer_site.renderers import AllBusyError, a_renderer
from tests.at_once import at_once
from tests.enrollment.company import a_placed_invoice
from tests.given import NOON, a_cohort, a_placed_order, a_receipt, receive
from tests.payments.statements.scenes import bank_details
from tests.payments.statements.test_invoice import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.4")]
MANY = 12


@pytest.fixture(autouse=True)
def noon(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def order():
    order = a_placed_order()
    bank_details()
    return order


def visitor(link: str) -> Client:
    client = Client()
    client.get(link.removeprefix("http://localhost:8000"))
    return client


def asked(order, **head: str):
    """The answer to a buyer who opens the invoice of an order."""
    return visitor(order_link(order)).get(f"/kk/orders/{order.code}/invoice.pdf", **head)


def papers() -> list[Path]:
    return sorted(Path(settings.MEDIA_ROOT, "papers").glob("*"))


def test_an_invoice_is_made_once_and_lies_encrypted(order):
    first = asked(order)
    assert first.content.startswith(b"%PDF-")
    [paper] = papers()
    written = paper.stat().st_mtime_ns
    assert asked(order).content == first.content
    assert [(each, each.stat().st_mtime_ns) for each in papers()] == [(paper, written)]
    assert b"%PDF-" not in paper.read_bytes()


def test_the_invoice_of_a_list_is_made_once():
    invoice = a_placed_invoice(3)
    bank_details()
    buyer = visitor(invoice_link(invoice, invoice.orders.with_people()))
    first = buyer.get(f"{invoice.get_absolute_url()}invoice.pdf").content
    [paper] = papers()
    assert paper.name.startswith(f"{invoice.code}-")
    assert buyer.get(f"{invoice.get_absolute_url()}invoice.pdf").content == first
    assert papers() == [paper]


def test_after_a_correction_another_is_made_and_the_old_one_is_not_handed_out(order):
    old = asked(order).content
    Academy.objects.update(bank="«Басқа Банк» АҚ")
    new = asked(order).content
    assert new != old
    assert "Басқа Банк" in text_of(new)
    Academy.objects.update(bank="«Kaspi Bank» АҚ")
    assert asked(order).content == old


def test_another_day_makes_another_invoice():
    order = a_placed_order(at=NOON)
    old = papers()
    assert old == []
    bank_details()
    first = asked(order).content
    order.placed_on += timedelta(days=1)
    order.save(update_fields=["placed_on"])
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        assert "24.11.2026" in text_of(asked(order).content)
    assert "24.11.2026" not in text_of(first)


def test_few_papers_of_one_order_are_kept_and_few_are_made_in_a_day(order):
    assert asked(order).status_code == 200
    count = AttemptCount.objects.get(key__startswith="papers-day")
    made = 1 + KEPT_OF_ONE
    Attempts(count.key, seconds=DAY).add(PAPERS_OF_ONE_A_DAY - made, at=NOON)
    for number in range(KEPT_OF_ONE):
        Academy.objects.update(bank=f"«Банк {number}» АҚ")
        assert asked(order).status_code == 200
        assert len(papers()) <= KEPT_OF_ONE
    Academy.objects.update(bank="«Тағы бір банк» АҚ")
    refused = asked(order)
    assert (refused.status_code, len(papers())) == (302, KEPT_OF_ONE)
    Academy.objects.update(bank=f"«Банк {KEPT_OF_ONE - 1}» АҚ")
    assert asked(order).status_code == 200, "one that was made is handed out"


@pytest.mark.parametrize("harm", ["scratched", "swapped", "gone"])
def test_a_harmed_paper_is_made_anew_and_never_handed_out(order, harm):
    good = asked(order).content
    [paper] = papers()
    if harm == "scratched":
        paper.write_bytes(paper.read_bytes()[:-40])
    elif harm == "swapped":
        asked(a_placed_order(cohort=order.cohort))
        [other] = [each for each in papers() if each != paper]
        paper.write_bytes(other.read_bytes())
    else:
        paper.unlink()
    assert asked(order).content == good
    assert asked(order).content == good
    assert paper in papers()


def test_the_clock_deletes_the_papers_of_orders_that_ended_were_paid_or_are_a_day_old():
    cohort = a_cohort()
    cancelled, paid, unpaid = (a_placed_order(cohort=cohort) for _order in range(3))
    bank_details()
    for order in (cancelled, paid, unpaid):
        asked(order)
    over, open_one = (a_placed_invoice(2, cohort=cohort) for _invoice in range(2))
    for invoice in (over, open_one):
        buyer = visitor(invoice_link(invoice, invoice.orders.with_people()))
        buyer.get(f"{invoice.get_absolute_url()}invoice.pdf")
    assert len(papers()) == 5
    cancel_invoice(invoice=over, by="visitor", at=NOON)
    cancel_order(order=cancelled, by="visitor", at=NOON)
    receive(a_receipt(paid), paid)
    said = [result.line for result in job("sweep_files").run(NOON)]
    assert said == ["papers of invoices deleted: 3"]
    left = papers()
    assert {path.name.partition("-")[0] for path in left} == {unpaid.code, open_one.code}
    for path in left:
        os.utime(path, (1, 1))
    assert len(list(job("sweep_files").run(NOON))) == 1
    assert papers() == []
    assert list(job("sweep_files").run(NOON)) == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_while_all_renderers_are_busy_one_reads_when_to_ask_again(order, language):
    buyer = visitor(order_link(order))
    address = f"/{language}/orders/{order.code}/invoice.pdf"
    with a_renderer("held"):
        answer = buyer.get(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    assert f'<html lang="{language}">' in answer.text
    for words in ("Қазір көп құжат дайындалып жатыр", "Сейчас готовится много документов"):
        assert words in answer.text
    assert buyer.get(address).content.startswith(b"%PDF-")


def test_a_kept_paper_waits_for_no_renderer(order):
    first = asked(order).content
    with a_renderer("held"):
        assert asked(order).content == first


def test_a_renderer_of_another_process_is_busy_here_and_free_when_that_process_dies(order):
    hold = (
        "import time, django; django.setup()\n"
        "from offer_site.renderers import a_renderer\n"
        "with a_renderer('held'): print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", hold]
    env = {**os.environ, "MEDIA_ROOT": str(settings.MEDIA_ROOT)}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        assert asked(order).status_code == 503
        other.kill()
        other.wait()
    assert asked(order).status_code == 200


def test_many_at_once_take_two_threads_and_make_each_paper_once(transactional_db):
    order = a_placed_order()
    bank_details()
    made = []

    def make() -> bytes:
        made.append(1)
        return b"%PDF-"

    asking = partial(kept_paper, of=order.code, made_from=["x"], make=make, turn=lambda: None)
    answers = at_once([asking] * MANY, errors=AllBusyError)
    assert made == [1]
    assert b"%PDF-" in answers


def test_many_visitors_with_a_paper_each_leave_the_others_their_threads(transactional_db):
    cohort = a_cohort(seats=MANY)
    orders = [a_placed_order(cohort=cohort) for _order in range(MANY)]
    bank_details()
    asked(orders[0])  # fonts are read
    answers = at_once([partial(asked, order) for order in orders])
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 503}
    assert statuses.count(503) > 0
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status_code == 503)
    assert all(asked(order).status_code == 200 for order in orders), "each gets it a moment later"


def test_without_the_pool_all_make_their_papers_at_once(transactional_db, settings):
    """The control: with renderers enough for all, nobody is turned away."""
    settings.PAPERS_AT_ONCE = 1000
    cohort = a_cohort(seats=MANY)
    orders = [a_placed_order(cohort=cohort) for _order in range(MANY)]
    bank_details()
    answers = at_once([partial(asked, order) for order in orders])
    assert [answer.status_code for answer in answers] == [200] * MANY
