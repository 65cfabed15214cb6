"""A record that came in behind the forms and would hang, garble or forge a paper is set apart;
the others go out.
"""

from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import given as whatever
from hypothesis import strategies

from certificates.models import Certificate
from certificates.operations import (
    issue_due_certificates,
)
from certificates.operations.facts import UNPRINTABLE, UNREADABLE
from certificates.rules import UnprintableError, printable
from enrollment.forms.fields import NameField, PlainField
from enrollment.models import Learner, Party
from offer_site.encryption import encrypt
from tests import given
from tests.certificates.test_issue_certificate import AFTER

POISON = {
    "too long": "сөз " * 60_000,
    "an image of a file": '<img src="file:///etc/passwd">',
    "a variable": "{{ certificate.record }}",
    "a tag": "{% include '/etc/passwd' %}",
    "a line turned round": "Алматы \u202eytic",
    "marks piled up": "Алм" + "а\u0301\u0302\u0303\u0304\u0305",
    "NUL": "Алматы\0",
    "letters of another alphabet": "北京市",
    "a private character": "Алматы \ue000",
}


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def write_address(party: Party, raw: bytes) -> None:
    """Write behind the forms and the model, as an import of old rows does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE enrollment_party SET address = %s WHERE id = %s",
            [encrypt(raw).decode(), party.pk],
        )


@pytest.mark.django_db
@pytest.mark.clause("9.1", "9.3")
@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_a_poisoned_address_is_set_apart_and_the_next_one_goes_out(poison):
    cohort = given.a_cohort()
    poisoned, whole = (given.a_completed_enrollment(cohort=cohort) for _ in range(2))
    write_address(poisoned.order.party, poison.encode())
    outcomes = issue_due_certificates(at=AFTER)
    assert [(each.what, each.detail) for each in outcomes] == [
        ("failed", UNPRINTABLE),
        ("issued", ""),
    ]
    assert Certificate.objects.rendered().get().enrollment == whole


@pytest.mark.django_db
def test_a_lone_surrogate_is_set_apart_as_what_cannot_be_read():
    poisoned = given.a_completed_enrollment()
    write_address(poisoned.order.party, "Алматы \ud800".encode("utf-8", "surrogatepass"))
    assert [each.detail for each in issue_due_certificates(at=AFTER)] == [UNREADABLE]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["an image of a file", "a variable", "a line turned round", "marks piled up"]
)
def test_a_poisoned_name_is_set_apart_and_goes_out_once_it_is_corrected(name):
    enrollment = given.a_completed_enrollment()
    Learner.objects.filter(pk=enrollment.learner_id).update(surname=POISON[name])
    assert [each.detail for each in issue_due_certificates(at=AFTER)] == [UNPRINTABLE]
    Learner.objects.filter(pk=enrollment.learner_id).update(surname="Әбілқасымова")
    assert [each.what for each in issue_due_certificates(at=AFTER)] == ["issued"]
    assert Certificate.objects.get().learner_name.startswith("Әбілқасымова")


@pytest.mark.parametrize(
    "poison", [*POISON.values(), "Алматы \ud800"], ids=[*POISON, "a lone surrogate"]
)
@pytest.mark.parametrize(
    "field", [PlainField(max_length=250), NameField()], ids=["address", "name"]
)
def test_the_forms_refuse_it_or_take_out_what_cannot_be_seen(field, poison):
    kept = ""
    with suppress(ValidationError):
        kept = field.clean(poison)
    assert kept in ("Алматы ytic", "北京市", "")


@whatever(strategies.text(max_size=450))
def test_what_is_printable_is_short_and_without_markup(text):
    try:
        printed = printable(text)
    except UnprintableError:
        return
    assert len(printed) <= 400
    assert not set("<>{}\0\u202e") & set(printed)
