"""Whom a letter greets: the given name of whoever reads this mailbox (12.1)."""

from django.db.models import Q

from enrollment.models import GuardianConsent, HalvesRequest, Party


def name_of(*, to: str, order: str, about: tuple[str, str]) -> str:
    """The given name of a letter's recipient; empty where nobody of ours is known by the e-mail.

    The letter's own order knows best. An e-mail that was corrected, or belongs to a stranger whom
    somebody named, gets no name of that order.
    """
    kind, key = about
    if order and (name := _of_order(order, to)):
        return name
    if kind == "invoice" and (name := _of_party(to, Q(order__invoice__code=key))):
        return name
    if kind == "halves":
        request = HalvesRequest.objects.filter(code=key, email=to)
        if name := _said(request.values_list("name", flat=True).first()):
            return name
    return _of_party(to, Q(order__acceptance__isnull=False))


def _of_order(code: str, email: str) -> str:
    if name := _of_party(email, Q(order__code=code)):
        return name
    consent = GuardianConsent.objects.filter(order__code=code, email=email)
    return _said(consent.values_list("name", flat=True).first())


def _of_party(email: str, which: Q) -> str:
    """The name in the newest of these contracts or orders."""
    found = Party.objects.filter(which, email=email).order_by("-pk")
    return _said(found.values_list("name", flat=True).first())


def _said(name: str | None) -> str:
    """The name, unless it was erased: a dash stands in its place."""
    return name if name and any(sign.isalpha() for sign in name) else ""
