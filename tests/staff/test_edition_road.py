"""One edition by the doors of staff, of the clock and of a student, in both languages (12.2)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from enrollment.models import Edition, EditionNotice, EditionTalk, OfferDraft, Order
from offer_site.clock.schedule import job
from offer_site.notices.models import Notice
from tests.accounts.signing import signed_in
from tests.enrollment.offering.scenes import CHANGES, EFFECT, texts_with
from tests.given import NOON, a_paid_order

pytestmark = [pytest.mark.django_db, pytest.mark.clause("12.2", "12.2.1")]


def address(model, name, *arguments):
    return reverse(f"admin:enrollment_{model}_{name}", args=arguments)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_from_the_first_word_of_a_draft_to_the_end_of_the_talk(at_owners_desk, language):
    with time_machine.travel(NOON - timedelta(hours=1), tick=False):
        order = a_paid_order(at=NOON - timedelta(hours=1), language=language)
    before = Order.objects.filter(pk=order.pk).values().get()
    with time_machine.travel(NOON, tick=False):
        at_owners_desk.post(address("offerdraft", "add"), {"name": "2026-12-01"})
        draft = OfferDraft.objects.get()
        files = texts_with(draft, kk=CHANGES["kk.md"], ru=CHANGES["ru.md"])
        texts = {"seen": draft.digest, "kk": files["kk.md"], "ru": files["ru.md"]}
        at_owners_desk.post(address("offerdraft", "texts", draft.pk), texts)
        draft.refresh_from_db()
        signature = {"seen": draft.digest, "is_read": "on"}
        at_owners_desk.post(address("offerdraft", "signature", draft.pk), signature)
        day = {"seen": draft.digest, "effective_from": EFFECT.isoformat()}
        at_owners_desk.post(address("offerdraft", "publication", draft.pk), day)
        edition = Edition.objects.get(name="2026-12-01")

        said = [done.line for done in job("tell_of_editions").run(NOON)]
        assert said == ["edition 2026-12-01: 1 contracts told, 0 left"]
        letter = Notice.objects.get(kind="edition-coming")
        assert (letter.recipient, letter.language) == (order.party.email, language)

        page = f"/{language}/cabinet/{order.code}/editions/{edition.name}/"
        assert letter.facts["answer_url"].endswith(page)
        student = signed_in(order.party.email)
        assert student.get(page).status_code == 200
        student.post(page, {"answer": "objected", "words": "10.3"})

        talks = at_owners_desk.get(address("editiontalk", "changelist") + "?attention=open")
        assert order.code in talks.content.decode()
        talk = EditionTalk.objects.get()
        closing = {"outcome": "goes-on", "reason": "звонок 23 ноября"}
        at_owners_desk.post(address("editiontalk", "closing", talk.pk), closing)
        assert not EditionTalk.objects.open().exists()
        notice = EditionNotice.objects.get()
        shown = at_owners_desk.get(address("editionnotice", "change", notice.pk))
        assert "10.3" in shown.content.decode()
        told = at_owners_desk.get(address("edition", "change", edition.pk))
        assert told.status_code == 200
    assert Order.objects.filter(pk=order.pk).values().get() == before
