"""Drafts of the offer: edited, compared, signed off and published, or refused (12.2)."""

from datetime import date, timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from enrollment.models import Edition, OfferDraft, Tariff
from enrollment.operations.offering.drafts import (
    begin_draft,
    comparison_of_draft,
    drop_draft,
    edit_numbers,
    findings_of,
    publish_draft,
    sign_off_draft,
)
from enrollment.rules.offer_terms import COUNTS
from offer_site.journal.models import Entry
from tests.accounts.test_second_factor import app_code
from tests.enrollment.offering.scenes import (
    CHANGES,
    EFFECT,
    a_draft,
    a_signed_draft,
    edited,
    texts_with,
)
from tests.given import NOON, OFFER, a_published_offer, an_owner, refusal

pytestmark = [pytest.mark.django_db, pytest.mark.clause("12.2")]


def published(draft, *, effect=EFFECT, code="", at=NOON):
    draft.refresh_from_db()
    return publish_draft(
        draft=draft, effective_from=effect, seen=draft.digest, code=code, by=an_owner(), at=at
    )


# --- Writing
def test_a_draft_begins_with_the_bytes_of_the_last_edition():
    draft = a_draft()
    assert draft.contents == {name: (OFFER / name).read_bytes() for name in draft.contents}
    row = Entry.objects.get(verb="draft.begun")
    assert row.facts == {
        "name": "2026-12-01",
        "from": a_published_offer().name,
        "digest": draft.digest,
    }


@pytest.mark.parametrize("name", ["новая", "", "-1", OFFER.name])
def test_a_draft_has_the_name_of_no_edition_that_is_there(name):
    a_published_offer()
    with refusal():
        begin_draft(name=name, by=an_owner(), at=NOON)
    assert not OfferDraft.objects.exists()


def test_a_name_has_one_open_draft_and_is_free_again_when_it_is_dropped():
    draft = a_draft()
    with refusal():
        begin_draft(name=draft.name, by=an_owner(), at=NOON)
    drop_draft(draft=draft, reason="2.4", by=an_owner(), at=NOON)
    begin_draft(name=draft.name, by=an_owner(), at=NOON)
    assert OfferDraft.objects.open().count() == 1


def test_an_edit_is_kept_with_its_digests_and_the_same_words_change_nothing():
    draft = a_draft()
    edited(draft, texts_with(draft, ru=CHANGES["ru.md"]))
    (digests,) = Entry.objects.filter(verb="draft.edited").values_list("facts", flat=True)
    assert list(digests) == ["ru.md"]
    edited(draft, {"ru.md": OfferDraft.objects.get().ru.replace("\n", "\r\n")})
    assert Entry.objects.filter(verb="draft.edited").count() == 1


def test_words_that_were_written_on_an_older_state_are_refused():
    draft = a_draft()
    seen = draft.digest
    edited(draft, texts_with(draft, ru=CHANGES["ru.md"]))
    before = OfferDraft.objects.get().digest
    with refusal():
        edit_numbers(
            draft=draft,
            counts=dict.fromkeys(COUNTS, 1),
            prices=[1] * 9,
            seen=seen,
            by=an_owner(),
            at=NOON,
        )
    assert OfferDraft.objects.get().digest == before


def test_numbers_and_prices_are_written_into_their_places_and_nothing_else_moves():
    draft = a_draft()
    terms = a_published_offer().terms
    counts = {name: terms[name] for name in COUNTS} | {"clarification_answer_working_days": 5}
    prices = [tariff["price"] for tariff in terms["tariffs"]]
    prices[8] = 599990
    draft = edit_numbers(
        draft=draft, counts=counts, prices=prices, seen=draft.digest, by=an_owner(), at=NOON
    )
    before = (OFFER / "terms.toml").read_text().splitlines()
    after = draft.terms.splitlines()
    assert [(old, new) for old, new in zip(before, after, strict=True) if old != new] == [
        ("clarification_answer_working_days = 3", "clarification_answer_working_days = 5"),
        ("price = 499990", "price = 599990"),
    ]
    assert {finding.clause for finding in findings_of(draft)} == {"4.1", "9.5"}


# --- Compared
def test_a_draft_is_compared_in_both_languages_at_once():
    draft = a_draft()
    draft = edited(draft, texts_with(draft, kk=CHANGES["kk.md"], ru=CHANGES["ru.md"]))
    comparison = comparison_of_draft(draft, at=NOON)
    assert comparison.earlier == a_published_offer()
    (change,) = comparison.texts
    assert change.place == "10.3"
    assert ("Неурегулированные споры", True) in change.ru.after
    assert ("Келісімге келмеген даулар", True) in change.kk.after
    assert not change.is_in_one_language


# --- Signed off
def test_a_draft_whose_languages_are_out_of_step_is_neither_signed_nor_published():
    draft = a_draft()
    draft = edited(draft, texts_with(draft, ru=("не позднее 3 (трех)", "не позднее 5 (пяти)")))
    assert {finding.clause for finding in findings_of(draft)} == {"9.5"}
    with refusal():
        sign_off_draft(draft=draft, seen=draft.digest, by=an_owner(), at=NOON)
    with refusal():
        published(draft)
    assert OfferDraft.objects.get().signed_by is None
    assert Edition.objects.count() == 1


def test_the_signature_names_its_person_and_what_changed_in_one_language():
    draft = a_draft()
    draft = edited(draft, texts_with(draft, ru=CHANGES["ru.md"]))
    draft = sign_off_draft(draft=draft, seen=draft.digest, by=an_owner(), at=NOON)
    assert draft.is_signed
    assert draft.signed_by == an_owner()
    facts = Entry.objects.get(verb="draft.signed_off").facts
    assert facts["changed_in_one_language"] == ["10.3"]
    assert facts["differences"] == 121


def test_a_later_edit_leaves_the_signature_behind():
    draft = a_signed_draft()
    draft = edited(draft, {"ru.md": draft.ru.replace("Неурегулированные споры", "Все споры")})
    assert not draft.is_signed
    with refusal():
        published(draft)
    assert Edition.objects.count() == 1


# --- Published
@pytest.mark.clause("12.2.1")
def test_a_signed_draft_is_published_with_both_days():
    draft = a_signed_draft()
    edition = published(draft)
    draft.refresh_from_db()
    assert draft.published_as == edition
    assert (edition.published_at, edition.effective_from) == (NOON, EFFECT)
    assert edition.tells_holders
    assert edition.file("ru.md") == draft.contents["ru.md"]
    facts = Entry.objects.get(verb="offer.published", about_key=edition.name).facts
    assert facts["draft"] == draft.digest
    assert facts["signed_off_by"] == f"staff:{an_owner().pk}"
    assert Tariff.objects.filter(edition=edition).count() == 9
    with refusal():
        published(draft)


@pytest.mark.clause("12.2.1")
def test_the_day_of_effect_leaves_a_day_to_object():
    draft = a_signed_draft()
    with refusal() as caught:
        published(draft, effect=NOON.date())
    assert caught.value.field == "effective_from"
    assert Edition.objects.count() == 1


@pytest.mark.clause("12.2.1")
def test_no_edition_takes_effect_before_one_that_is_published():
    published(a_signed_draft(), effect=date(2026, 12, 20))
    draft = a_draft("2026-12-10")
    draft = edited(draft, {"ru.md": draft.ru.replace("Неурегулированные споры", "Все споры")})
    draft = sign_off_draft(draft=draft, seen=draft.digest, by=an_owner(), at=NOON)
    with refusal() as caught:
        published(draft, effect=date(2026, 12, 10))
    assert "2026-12-01" in str(caught.value)
    assert Edition.objects.count() == 2


def test_the_texts_of_an_edition_are_not_published_again():
    draft = a_draft()
    draft = sign_off_draft(draft=draft, seen=draft.digest, by=an_owner(), at=NOON)
    with refusal():
        published(draft)
    assert Edition.objects.count() == 1


@pytest.mark.clause("3.1")
def test_publishing_asks_for_the_second_factor_anew_and_a_code_works_once(settings):
    settings.STAFF_SECOND_FACTOR = True
    draft = a_signed_draft()
    secret = generate_totp_secret()
    with refusal() as caught:
        published(draft)
    assert caught.value.field == "code"
    TOTP.activate(an_owner(), secret)
    with refusal():
        published(draft, code=app_code(secret, steps=9))
    assert Edition.objects.count() == 1
    code = app_code(secret)
    published(draft, code=code)
    assert Edition.objects.count() == 2
    other = a_draft("2026-12-20")
    other = edited(other, {"ru.md": other.ru.replace("Неурегулированные споры", "Все споры")})
    sign_off_draft(draft=other, seen=other.digest, by=an_owner(), at=NOON)
    with refusal():
        published(other, code=code, effect=EFFECT + timedelta(days=9))
    assert Edition.objects.count() == 2
