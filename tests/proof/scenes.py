"""A contract that met everything a contract can meet so far,
and its proof as a folder on a disk.
"""

import io
import json
import subprocess
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from django.db import transaction

from certificates.operations import issue_certificate
from certificates.operations.corrections import replace_certificate
from enrollment.models import Order, PartyKind
from enrollment.operations.halves.rests import move_rest_day
from enrollment.operations.halves.suspensions import suspend_overdue
from enrollment.operations.training.enrollments import complete_enrollment
from offer_site.days import end_of_day, start_of_day
from offer_site.journal.sealing import seal_journal
from offer_site.notices.outbox import send_due_notices
from offer_site.proof.making import make_proof
from tests.enrollment.halves.scenes import (
    REST_ON,
    an_agreement,
    order_under,
    pay_the_rest,
    staff_evidence,
)
from tests.given import (
    NOON,
    a_cohort,
    a_paid_order,
    a_placed_order,
    a_receipt,
    an_application,
    an_owner,
    receive,
)
from tests.payments.refunds.scenes import an_approved_case

MOVED_TO = REST_ON + timedelta(days=7)
ENDED = NOON + timedelta(days=70)
STRANGER = "stranger@example.kz"
LONGEST = {
    "surname": "Мұхаметжанова-Төлегенқызы",
    "name": "Айгүлбаршын Нұрсұлтанбекқызы",
    "patronymic": "Әлимаханқызы",
    "address": (
        "Шығыс Қазақстан облысы, Өскемен қаласы, Қаныш Сәтбаев атындағы даңғыл, 124/2-үй, 345-пәтер"
    ),
}


def a_full_contract() -> Order:
    """Halves agreed, half paid, the day moved, suspended, paid whole, completed,
    certified anew, a refund declined.
    """
    cohort = a_cohort(seats=30)
    request = an_agreement(cohort=cohort, email="learner@example.kz", telegram="learner")
    order = order_under(request, **LONGEST)
    receive(a_receipt(order, amount=order.prepayment), order)
    a_paid_order(cohort=cohort, email=STRANGER)  # whose code and address must be nowhere
    seal_journal(at=NOON + timedelta(hours=1))
    with transaction.atomic():
        evidence = staff_evidence(at=NOON + timedelta(days=2))
        move_rest_day(
            order=order,
            to_day=MOVED_TO,
            reason="Жалақы кешікті",
            evidence=evidence,
            at=NOON + timedelta(days=2),
        )
    suspend_overdue(at=end_of_day(MOVED_TO))
    pay_the_rest(order, at=end_of_day(MOVED_TO) + timedelta(hours=9))
    seal_journal(at=end_of_day(MOVED_TO) + timedelta(hours=12))
    order = Order.objects.get(pk=order.pk)
    performed = start_of_day(order.cohort.ends_on) + timedelta(hours=12)
    complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=performed)
    made = issue_certificate(enrollment_id=order.enrollment.pk, at=performed + timedelta(days=1))
    replace_certificate(
        certificate=made, reason="аты түзетілді", by=an_owner(), at=performed + timedelta(days=2)
    )
    an_approved_case(order, 0, at=ENDED - timedelta(days=3))
    list(send_due_notices(at=ENDED - timedelta(days=2)))
    seal_journal(at=ENDED - timedelta(days=1))
    return Order.objects.get(pk=order.pk)


def a_company_order() -> Order:
    return a_paid_order(application=an_application(kind=PartyKind.COMPANY))


def an_unsealed_order() -> Order:
    a_placed_order()
    return a_paid_order()


def unpacked(content: bytes, folder: Path) -> Path:
    """Unpack an archive; return the one folder in it."""
    with ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    (inside,) = folder.iterdir()
    return inside


def proof_of(order: Order, folder: Path, *, by: str = "staff:1", reason: str = "") -> Path:
    return unpacked(make_proof(order=order, by=by, reason=reason, at=ENDED).content, folder)


class Commands(HTMLParser):
    """The commands that stand on a page, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.inside = self.inside or tag == "pre"
        self.found += [""] if tag == "pre" else []

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "pre"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found[-1] += data


def commands_of(folder: Path) -> list[str]:
    """Read what README.html tells its reader to type; pdfsig is not on every machine."""
    page = Commands()
    page.feed((folder / "README.html").read_text())
    return [each for each in page.found if "pdfsig" not in each]


def typed(folder: Path, commands: list[str]) -> subprocess.CompletedProcess[str]:
    """Type commands one after the other, as far as they go,
    into a plain shell without Python in it.
    """
    script = "\n".join(commands)
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    return subprocess.run(
        ["sh", "-eu"], input=script, cwd=folder, env=env, capture_output=True, text=True
    )


def told(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "proof.json").read_text())


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def with_a_byte_changed(path: Path, *, line: int = 0) -> None:
    """Change the byte in the middle of a file, or of one of its lines."""
    content = bytearray(path.read_bytes())
    before = sum(map(len, content.splitlines(keepends=True)[: line - 1])) if line else 0
    middle = before + 100 if line else len(content) // 2
    content[middle] = (content[middle] + 1) % 256
    path.write_bytes(content)
