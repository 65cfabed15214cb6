"""A draft of the offer at staff's desk: edited, signed off, published by the owner alone (12.2)."""

import pytest
from django.urls import reverse

from enrollment.admin.drafts import PublicationForm
from enrollment.models import Edition, OfferDraft
from enrollment.rules.offer_terms import COUNTS
from tests.enrollment.offering.scenes import CHANGES, a_draft, a_signed_draft, texts_with
from tests.given import a_published_offer

pytestmark = [pytest.mark.django_db, pytest.mark.clause("12.2")]


def page(name, *arguments):
    return reverse(f"admin:enrollment_offerdraft_{name}", args=arguments)


def test_a_manager_begins_a_draft_and_edits_both_texts_together(at_managers_desk):
    a_published_offer()
    at_managers_desk.post(page("add"), {"name": "2027-01-15"})
    draft = OfferDraft.objects.get()
    files = texts_with(draft, kk=CHANGES["kk.md"], ru=CHANGES["ru.md"])
    typed = {"seen": draft.digest, "kk": files["kk.md"], "ru": files["ru.md"]}
    crlf = {name: text.replace("\n", "\r\n") for name, text in typed.items()}

    at_managers_desk.post(page("texts", draft.pk), crlf)

    draft.refresh_from_db()
    assert draft.contents["ru.md"].decode() == files["ru.md"]
    content = at_managers_desk.get(page("change", draft.pk)).content.decode()
    assert "<ins>Неурегулированные споры</ins>" in content
    assert "<ins>Келісімге келмеген даулар</ins>" in content


@pytest.mark.django_db(transaction=True)  # a refusal ends the transaction
def test_words_on_an_older_state_stay_in_the_form(at_managers_desk):
    draft = a_draft()
    typed = {"seen": "0" * 64, "kk": "менің сөзім", "ru": "мои слова"}
    answer = at_managers_desk.post(page("texts", draft.pk), typed)
    assert answer.status_code == 200
    assert "мои слова" in answer.content.decode()
    assert OfferDraft.objects.get().digest == draft.digest


def test_numbers_and_prices_have_fields_and_a_wrong_step_is_named(at_managers_desk):
    draft = a_draft()
    terms = a_published_offer().terms
    numbers = {name: terms[name] for name in COUNTS} | {"claim_days": 15}
    prices = {f"price_{row['row']}": row["price"] for row in terms["tariffs"]}
    form = at_managers_desk.get(page("numbers", draft.pk)).content.decode()
    assert all(f'name="{name}"' in form for name in (*numbers, *prices))

    at_managers_desk.post(page("numbers", draft.pk), numbers | prices | {"seen": draft.digest})

    draft.refresh_from_db()
    assert "claim_days = 15" in draft.terms
    content = at_managers_desk.get(page("change", draft.pk)).content.decode()
    assert "10.2.3" in content
    assert page("signature", draft.pk) not in content


def test_a_manager_signs_and_the_owner_publishes(at_managers_desk, at_owners_desk):
    draft = a_draft()
    files = texts_with(draft, kk=CHANGES["kk.md"], ru=CHANGES["ru.md"])
    changes = {"seen": draft.digest, "kk": files["kk.md"], "ru": files["ru.md"]}
    at_managers_desk.post(page("texts", draft.pk), changes)
    draft.refresh_from_db()
    refused = at_managers_desk.post(page("signature", draft.pk), {"seen": draft.digest})
    assert refused.status_code == 200
    at_managers_desk.post(page("signature", draft.pk), {"seen": draft.digest, "is_read": "on"})
    draft.refresh_from_db()
    assert draft.signed_by.email == "manager@desk.example.kz"

    day = {"seen": draft.digest, "effective_from": "2099-01-15"}
    assert at_managers_desk.post(page("publication", draft.pk), day).status_code == 403
    shown = at_owners_desk.get(page("publication", draft.pk)).content.decode()
    assert "<ins>Неурегулированные споры</ins>" in shown
    answer = at_owners_desk.post(page("publication", draft.pk), day)

    assert answer.status_code == 302
    edition = Edition.objects.get(draft=draft)
    assert edition.effective_from.year == 2099
    assert edition.published_by.startswith("staff:")
    shown = at_owners_desk.get(reverse("admin:enrollment_edition_change", args=[edition.pk]))
    assert "15.01.2099" in shown.content.decode()


def test_the_owner_is_asked_for_the_second_factor_anew(settings):
    draft = a_signed_draft()
    assert "code" not in PublicationForm(subject=draft).fields
    settings.STAFF_SECOND_FACTOR = True
    assert "code" in PublicationForm(subject=draft).fields


def test_a_curator_sees_no_draft(at_curators_desk):
    draft = a_draft()
    assert at_curators_desk.get(page("change", draft.pk)).status_code == 403
