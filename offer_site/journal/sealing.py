"""The daily seal: the ends of the changed chains under one signed root, mailed out (A5)."""

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from django.conf import settings
from django.db import transaction
from django.db.models import Max, OuterRef, Subquery
from django.db.models.functions import Coalesce

from offer_site.days import almaty_day
from offer_site.notices.attachments import Attachment
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from offer_site.retries import once_more_if_beaten
from offer_site.signing import fingerprint, identity, sign, signed_by

from . import merkle
from .models import SEALED_WITHIN, Entry, Seal, SealedHead, seal_text


@once_more_if_beaten
@transaction.atomic
def seal_journal(*, at: datetime) -> tuple[Seal, bool]:
    """Seal what changed since the last seal, once an Almaty day, even if nothing did (A5).

    Returns the seal of this day, or one of the next days, and whether it was made now. A seal that
    says a later time than that was made under a wrong clock, and stops no seal of today. Raises
    SigningKeyError without a key. The ends are read in one statement: a row written meanwhile
    belongs to the next seal.
    """
    day = almaty_day(at)
    sealed = list(Seal.objects.of_day_or_last(day))
    last = sealed[0] if sealed else None
    of_today = next((seal for seal in sealed if seal.day == day), None)
    if last and last.day > day and last.sealed_at - at <= SEALED_WITHIN:
        return last, False
    if of_today:
        return of_today, False
    own = identity()
    heads = _moved()
    known: dict[str, Any] = {
        "number": last.number + 1 if last else 1,
        "day": day,
        "sealed_at": at,
        "previous": last.root if last else "",
        "chains": len(heads),
        "rows": sum(head.number - before for head, before in heads),
        "tree": merkle.top([leaf_of(head) for head, _before in heads]),
    }
    text = seal_text(**known)
    signature = sign(text.encode())
    seal = Seal.objects.create(
        **known,
        text=text,
        root=merkle.sha256(text),
        signature=base64.b64encode(signature).decode(),
        certificate=own.certificate.public_bytes(Encoding.PEM).decode(),
        fingerprint=own.fingerprint,
    )
    SealedHead.objects.bulk_create(
        SealedHead(seal=seal, place=place, chain=head.chain, number=head.number, digest=head.digest)
        for place, (head, _before) in enumerate(heads)
    )
    _tell(seal, at=at)
    return seal, True


def _moved() -> list[tuple[Entry, int]]:
    """The last row of each chain with unsealed rows, by chain, and the number sealed before."""
    sealed = SealedHead.objects.filter(chain=OuterRef("chain")).order_by().values("chain")
    before = Coalesce(Subquery(sealed.annotate(last=Max("number")).values("last")), 0)
    heads = Entry.objects.heads().unsealed().annotate(before=before)
    # Sorted in Python: databases differ in their collation.
    return sorted(((head, head.before) for head in heads), key=lambda moved: moved[0].chain)


def leaf_of(head: Entry | SealedHead) -> str:
    return merkle.leaf(chain=head.chain, number=head.number, digest=head.digest)


def _tell(seal: Seal, *, at: datetime) -> None:
    """Mail the seal to the owner: a forged journal would not agree with those mailboxes."""
    facts: dict[str, str | int] = {
        "number": seal.number,
        "day": seal.day.isoformat(),
        "chains": seal.chains,
        "rows": seal.rows,
        "root": seal.root,
        "fingerprint": seal.fingerprint,
    }
    for recipient in dict.fromkeys(settings.SEAL_RECIPIENTS):
        queue_notice(
            NoticeKind.JOURNAL_SEAL,
            about=("seal", str(seal.number)),
            to=recipient,
            language=settings.LANGUAGE_CODE,
            facts=facts,
            attachments=[("journal-seal", str(seal.number))],
            at=at,
        )


def seal_attachment(key: str, *, at: datetime) -> list[Attachment]:
    """The text of the seal with this number, its signature, and the certificate for a check."""
    seal = Seal.objects.get(number=int(key))
    return [
        # As text/plain, mail would wrap it.
        Attachment(seal.file_name, "application/octet-stream", seal.text.encode()),
        Attachment(
            f"{seal.file_name}.sig", "application/octet-stream", base64.b64decode(seal.signature)
        ),
        Attachment(f"{seal.file_name}.pem", "application/x-pem-file", seal.certificate.encode()),
    ]


def faults_of(seal: Seal) -> Iterator[str]:
    """What in a seal does not agree with its rows, its signature and the seal before."""
    heads = list(seal.heads.in_their_places())
    before = Seal.objects.filter(number=seal.number - 1).first()
    text = seal_text(
        number=seal.number,
        day=seal.day,
        sealed_at=seal.sealed_at,
        previous=before.root if before else "",
        chains=len(heads),
        rows=seal.rows,
        tree=merkle.top([leaf_of(head) for head in heads]),
    )
    if text != seal.text or merkle.sha256(text) != seal.root:
        yield "text"
    certificate = load_pem_x509_certificate(seal.certificate.encode())
    signature = base64.b64decode(seal.signature)
    if (
        not signed_by(seal.text.encode(), signature, [certificate])
        or fingerprint(certificate) != seal.fingerprint
    ):
        yield "signature"
    rows = Entry.objects.filter(chain=OuterRef("chain"), number=OuterRef("number")).values("digest")
    for head in seal.heads.in_their_places().annotate(now=Subquery(rows)):
        if head.now != head.digest:
            yield f"{head.chain} {head.number}"
