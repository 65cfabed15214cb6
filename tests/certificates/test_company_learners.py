"""From a company's file to its certificates: one list, one invoice, one transfer;
a contract and a certificate each.
"""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine

from certificates.models import Certificate
from certificates.operations import issue_due_certificates
from enrollment.models import Acceptance, Invoice
from enrollment.operations.training.enrollments import complete_enrollment
from offer_site.accounts.models import User
from offer_site.days import start_of_day
from payments.operations.statements.imports import import_statement
from tests.enrollment.company import NAMES
from tests.enrollment.ordering.test_company_checkout import send, typed
from tests.given import NOON, a_cohort, an_owner
from tests.payments.statements.scenes import a_statement, an_operation, bank_details

pytestmark = [pytest.mark.django_db, pytest.mark.clause("1.1", "9.2")]


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def test_seven_learners_from_a_file_get_seven_certificates_with_the_companys_facts(client):
    cohort = a_cohort(seats=20)
    with time_machine.travel(NOON, tick=False):
        file = BytesIO(
            ("Тегі;Аты;Әкесінің аты\n" + "\n".join(";".join(each) for each in NAMES)).encode(
                "kz1048"
            )
        )
        file.name = "list.csv"
        read = send(client, file=file, read="yes")
        send(client, *typed(read))
    invoice = Invoice.objects.get()
    bank_details()
    paid = an_operation(purpose=f"Шот {invoice.code}, 7 адам", amount=f"{7 * 149_990}.00")
    import_statement(
        content=a_statement([paid]), name="bank.txt", by="staff:1", at=NOON + timedelta(days=1)
    )
    assert Acceptance.objects.count() == 7
    at = start_of_day(cohort.ends_on) + timedelta(hours=12)
    for order in invoice.orders.as_listed():
        complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=at)
    issue_due_certificates(at=at)
    certificates = list(Certificate.objects.live().order_by("enrollment__learner"))
    assert [each.learner_name for each in certificates] == [
        " ".join(filter(None, name)) for name in NAMES
    ]
    assert len({each.number for each in certificates}) == 7
    for each in certificates:
        assert "«Жаңа Өркен» ЖШС" in each.record
        assert "971240001315" in each.record
    with time_machine.travel(at, tick=False):
        client.force_login(User.objects.create_user("hr@example.kz"))
        cabinet = client.get("/kk/cabinet/").content.decode()
    assert cabinet.count("contract-folded") == 7
    assert f"/kk/invoices/{invoice.code}/" in cabinet
