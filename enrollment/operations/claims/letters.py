"""What the letters about a claim state, and the plain text that goes with each (12.1).

The words of a claim may state an address, so they stand in the attached text and never among the
facts of a letter (S2).
"""

from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.models import Claim, DocumentRequest
from offer_site.file_names import file_name
from offer_site.languages import reading_order, speaking
from offer_site.notices.attachments import Attachment
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.notices.operations import queue_notice

COPY = "claim-copy"
ANSWER_COPY = "claim-answer"
REQUEST_COPY = "claim-request"


def claim_link(claim: Claim) -> str:
    """The claim's page in the cabinet, in the order's language."""
    with speaking(claim.order.language):
        address = reverse("claim", args=[claim.order.code, claim.pk])
    return f"{settings.SITE_URL}{address}"


def write_about(
    claim: Claim,
    kind: NoticeKind,
    *,
    attachment: str = "",
    at: datetime,
    occasion: str = "first",
    key: str = "",
    **facts: str | int,
) -> Notice:
    """Queue a letter about a claim to the registered e-mail, with its text attached, if any."""
    order = claim.order
    amount = {"amount": claim.amount} if claim.amount else {}
    return queue_notice(
        kind,
        about=("claim", str(claim.pk)),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=occasion,
        at=at,
        attachments=[(attachment, key or str(claim.pk))] if attachment else [],
        facts={
            "claim": claim.number,
            "due_on": claim.answer_term.due_on.isoformat(),
            "is_signed": "yes" if claim.signed_at else "",
            "claim_url": claim_link(claim),
            **amount,
            **facts,
        },
    )


def claim_copy(key: str, *, at: datetime) -> list[Attachment]:
    """The claim as it was filed, in the order's language."""
    claim = _claim(int(key))
    return [_text(_("Claim"), "claim", claim, (claim.order.language,))]


def claim_answer_copy(key: str, *, at: datetime) -> list[Attachment]:
    """The answer to a claim, in both languages: they are of equal force."""
    claim = _claim(int(key))
    languages = reading_order(claim.order.language)
    return [_text(_("Answer to the claim"), "answer", claim, languages)]


def claim_request_copy(key: str, *, at: datetime) -> list[Attachment]:
    """What documents a claim lacks, in both languages."""
    request = DocumentRequest.objects.select_related("term").get(pk=int(key))
    claim = _claim(request.claim_id)
    languages = reading_order(claim.order.language)
    name = _("Documents for the claim")
    return [_text(name, "request", claim, languages, request=request, more=str(request.number))]


def _claim(key: int) -> Claim:
    return (
        Claim.objects.with_all()
        .select_related("order__party", "order__edition__academy")
        .prefetch_related("files")
        .get(pk=key)
    )


def _text(
    name: Promise,
    template: str,
    claim: Claim,
    languages: tuple[str, ...],
    *,
    more: str = "",
    **context: object,
) -> Attachment:
    """A text with a name in the order's language."""
    with speaking(claim.order.language):
        title = file_name(str(name), str(claim.pk), more, ending="txt")
    parts = []
    for language in languages:
        with speaking(language):
            parts.append(render_to_string(f"claims/{template}.txt", {"claim": claim, **context}))
    text = "\n\n".join("\n".join(_lines(part)) for part in parts)
    return Attachment(title, "text/plain", f"{text}\n".encode())


def _lines(part: str) -> list[str]:
    """The lines of a template without its indents, and never two empty ones in a row."""
    lines: list[str] = []
    for line in (each.strip() for each in part.strip().splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return lines
