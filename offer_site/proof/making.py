"""The proof of a contract: an archive that a court or an auditor checks without us (2.3, A5)."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from enrollment.models import Order
from enrollment.operations.agreements.by_link import open_keys
from enrollment.operations.paper.contracts import contract_pdf
from offer_site.days import ALMATY
from offer_site.documents import FileIsUnreadableError, StoredFileError
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record
from offer_site.mails import holds
from offer_site.signing import identity
from payments.models import RefundCase
from payments.operations.refunds.letters import refund_letter_attachment

from .agreements import answers_by_link
from .archive import Archive
from .certificate import certificates
from .chain import journal
from .checking import CERTIFICATE, STEPS, check_script
from .claims import claims, force_majeure
from .clarifications import clarifications
from .consents import consents, guardian_consent
from .contract import contract
from .halves import halves
from .letters import letters
from .money import money_of
from .paper import ProofContents, proof_paper
from .parts import Part, moment, readable
from .performance import deadlines, performance
from .received import received
from .refunds import refunds

# In the order of a reader's questions. A new part is one more function here.
PARTS = (
    contract,
    consents,
    guardian_consent,
    money_of,
    halves,
    performance,
    deadlines,
    clarifications,
    claims,
    answers_by_link,
    force_majeure,
    refunds,
    certificates,
    letters,
    received,
    journal,
)
FORM = 1  # the version of proof.json's format


@dataclass(frozen=True)
class Proof:
    """The archive and its file name."""

    file_name: str
    content: bytes


def make_proof(*, order: Order, by: str, reason: str = "", at: datetime) -> Proof:
    """Make the proof as of this moment, after the journal records who took it and why (5.4).

    Raises SigningKeyError without the academy's key, and RuleViolation if there is no contract or
    its files are too large.
    """
    own = identity()
    _have_papers_made(order, at=at)
    order, parts, keys = _read(order, by=by, reason=reason, at=at)
    stem = f"proof-{order.code}-{at.astimezone(ALMATY):%Y%m%d-%H%M%S}"
    archive = Archive(stem, at=at)
    faults = list(_add_files(archive, parts, keys))
    contents = ProofContents(
        order=order, parts=parts, faults=faults, at=at, fingerprint=own.fingerprint
    )
    archive.add("proof.json", readable(_for_machines(contents)))
    archive.add("proof.pdf", proof_paper(contents))
    archive.add("check.sh", check_script().encode())
    archive.add("README.html", _page(contents).encode())
    return Proof(f"{stem}.zip", archive.finish())


def _have_papers_made(order: Order, *, at: datetime) -> None:
    """Make the papers that no letter has needed yet; a lost one is told among the faults."""
    if not hasattr(order, "acceptance"):
        return
    with suppress(StoredFileError):
        contract_pdf(order, at=at)
    for case in RefundCase.objects.filter(order=order).prefetch_related("decisions"):
        if case.approved:
            with suppress(StoredFileError):
                refund_letter_attachment(str(case.pk), at=at)


@transaction.atomic
def _read(
    order: Order, *, by: str, reason: str, at: datetime
) -> tuple[Order, Sequence[Part], Sequence[str]]:
    """Read everything with the order locked; the journal row of this proof is included.

    Last come the keys with which a letter would still answer for the student.
    """
    Order.objects.locked().get(pk=order.pk)
    order = (
        Order.objects.with_people()
        .select_related("acceptance", "enrollment__cohort", "invoice")
        .get(pk=order.pk)
    )
    if not hasattr(order, "acceptance"):
        raise RuleViolation(
            _("There is no contract yet: the payment concludes it."), clause="2.2.1"
        )
    facts = {"reason": reason} if reason else {}
    record(
        "proof.made",
        about=("order", order.code),
        order=order.code,
        facts=facts,
        by=by,
        at=at,
        clause="5.4",
    )
    return order, [part(order) for part in PARTS], open_keys(order, at=at)


def _add_files(archive: Archive, parts: Sequence[Part], keys: Sequence[str]) -> Any:
    """Add every file; yields those that are gone, cannot be read, or differ from their digests.

    A letter that holds one of the keys is left out too: with it another could answer (0064).
    """
    for part in parts:
        for file in part.files:
            try:
                content = file.read()
            except FileIsUnreadableError:
                yield {"file": file.name, "fault": "unreadable", "recorded_sha256": file.sha256}
                continue
            if content is None:
                yield {"file": file.name, "fault": "not kept", "recorded_sha256": file.sha256}
                continue
            if file.name.endswith(".eml") and holds(content, keys):
                yield {"file": file.name, "fault": "withheld", "recorded_sha256": file.sha256}
                continue
            archive.add(file.name, content)
            if file.sha256 and hashlib.sha256(content).hexdigest() != file.sha256:
                yield {"file": file.name, "fault": "changed", "recorded_sha256": file.sha256}


def _for_machines(contents: ProofContents) -> dict[str, Any]:
    return {
        "form": FORM,
        "order_code": contents.order.code,
        "made_at": contents.at,
        "certificate_sha256": contents.fingerprint,
        "faults": contents.faults,
        **{part.name: part.facts for part in contents.parts},
    }


def _page(contents: ProofContents) -> str:
    has_certificate = any(
        file.name.startswith("certificates/") for part in contents.parts for file in part.files
    )
    steps = [*STEPS, CERTIFICATE] if has_certificate else STEPS
    context = {
        "order": contents.order,
        "made_at": moment(contents.at),
        "steps": steps,
        "fingerprint": contents.fingerprint,
        "academy": contents.order.edition.academy,
        "faults": contents.faults,
    }
    return render_to_string("proof/readme.html", context)
