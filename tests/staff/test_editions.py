"""The offer at staff's desk: read, compared, withdrawn and made again; never edited (2.4, 12.2)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.html import escape

from enrollment.models import Order, ReportKind, Withdrawal
from enrollment.operations.offering.offers import DIFFERENCES, publish_offer, withdraw_offer
from enrollment.operations.ordering.reports import report_payment
from enrollment.rules.offer_terms import read_differences
from enrollment.rules.order_states import OrderState
from offer_site.journal.models import Entry
from tests.enrollment.editions import a_later_edition
from tests.given import NOON, PUBLISHED, a_placed_order, a_published_offer, an_owner
from tests.papers import a_document

pytestmark = pytest.mark.django_db


def page(name, *arguments):
    return reverse(f"admin:enrollment_edition_{name}", args=arguments)


@pytest.mark.clause("12.2")
def test_the_page_shows_every_known_difference_with_both_quotations(at_managers_desk):
    edition = a_published_offer()

    content = at_managers_desk.get(page("change", edition.pk)).content.decode()

    known = read_differences(edition.file(DIFFERENCES))
    assert len(known) == 121
    assert [
        one.ru for one in known if escape(one.ru) not in content or escape(one.kk) not in content
    ] == []
    for file in edition.files.all():
        assert file.sha256 in content


@pytest.mark.clause("12.2")
def test_the_page_compares_an_edition_with_the_one_before_it(at_managers_desk, tmp_path):
    a_published_offer()
    later, _is_new = publish_offer(
        folder=a_later_edition(tmp_path), by="system", at=PUBLISHED + timedelta(days=1)
    )

    content = at_managers_desk.get(page("change", later.pk)).content.decode()

    assert "<del>Споры</del>" in content
    assert "<ins>Неурегулированные споры</ins>" in content
    assert "<ins>Келісімге келмеген даулар</ins>" in content


@pytest.mark.clause("12.2")
def test_nobody_edits_adds_or_deletes_an_edition(at_owners_desk):
    edition = a_published_offer()
    assert at_owners_desk.post(page("change", edition.pk), {"name": "other"}).status_code == 403
    assert at_owners_desk.get(page("add")).status_code == 403
    assert at_owners_desk.post(page("delete", edition.pk), {"post": "yes"}).status_code == 403
    edition.refresh_from_db()
    assert edition.name == a_published_offer().name


@pytest.mark.clause("2.4")
def test_the_owner_withdraws_the_offer_with_a_reason_and_makes_it_again(at_owners_desk):
    order = a_placed_order()
    edition = order.edition
    assert (
        page("withdrawal", edition.pk)
        in at_owners_desk.get(page("change", edition.pk)).content.decode()
    )

    read = {"shown": order.code, "is_read": "on"}
    refused = at_owners_desk.post(page("withdrawal", edition.pk), {"reason": "", **read})
    assert refused.status_code == 200
    assert not Withdrawal.objects.exists()

    at_owners_desk.post(page("withdrawal", edition.pk), {"reason": "Жаңа бағалар", **read})
    assert Withdrawal.objects.standing().get().reason == "Жаңа бағалар"
    assert Order.objects.get(pk=order.pk).state == OrderState.LAPSED
    content = at_owners_desk.get(page("change", edition.pk)).content.decode()
    assert page("withdrawal", edition.pk) not in content
    assert "Жаңа бағалар" in content

    at_owners_desk.post(page("lifting", edition.pk), {"reason": "Дайын"})
    assert not Withdrawal.objects.standing().exists()
    assert Entry.objects.filter(verb="offer.withdrawal-lifted").count() == 1


@pytest.mark.clause("2.4")
def test_the_owner_sees_first_what_lapses_and_whose_money_is_on_its_way(at_owners_desk):
    order = a_placed_order()
    report_payment(
        order=order,
        kind=ReportKind.TRANSFER,
        number="15",
        day=NOON.date(),
        document=a_document(),
        by="visitor",
        at=NOON,
    )
    address = page("withdrawal", order.edition_id)

    content = at_owners_desk.get(address).content.decode()

    assert content.count(order.code) >= 2
    assert order.party.full_name in content
    assert "15" in content
    reason = {"reason": "Жаңа бағалар", "shown": order.code}
    assert at_owners_desk.post(address, reason).status_code == 200  # not said to be read
    assert not Withdrawal.objects.exists()


@pytest.mark.django_db(transaction=True)  # a refusal ends the transaction
@pytest.mark.clause("2.4")
def test_an_order_that_was_not_shown_does_not_lapse_unseen(at_owners_desk):
    order = a_placed_order()
    later = a_placed_order(cohort=order.cohort)
    address = page("withdrawal", order.edition_id)
    typed = {"reason": "Жаңа бағалар", "shown": order.code, "is_read": "on"}

    refused = at_owners_desk.post(address, typed)

    assert refused.status_code == 200
    assert later.code in refused.content.decode()
    assert not Withdrawal.objects.exists()
    shown = refused.context["form"]["shown"].value()
    assert set(shown.split()) == {order.code, later.code}
    assert at_owners_desk.post(address, typed | {"shown": shown}).status_code == 302
    assert Order.objects.filter(state=OrderState.LAPSED).count() == 2


@pytest.mark.clause("2.4")
def test_a_manager_reads_the_offer_and_does_not_withdraw_it(at_managers_desk):
    edition = a_published_offer()
    assert (
        page("withdrawal", edition.pk)
        not in at_managers_desk.get(page("change", edition.pk)).content.decode()
    )
    assert at_managers_desk.post(page("withdrawal", edition.pk), {"reason": "?"}).status_code == 403
    assert not Withdrawal.objects.exists()


@pytest.mark.clause("2.4")
def test_an_edition_that_is_withdrawn_says_so_in_the_list(at_managers_desk):
    edition = a_published_offer()
    withdraw_offer(edition=edition, reason="2.4", by=an_owner(), at=NOON)
    content = at_managers_desk.get(
        page("changelist"), headers={"accept-language": "ru"}
    ).content.decode()
    assert "отозвана" in content
