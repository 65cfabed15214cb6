"""Who saw a person's protected data, found by the person (5.4, 11.4)."""

from django.db.models import Q, QuerySet

from enrollment.models import Order
from offer_site.codes import normalize_order_code
from offer_site.emails import one_spelling
from offer_site.journal.models import Entry

# The journal's verbs of seeing and taking: address, IIN, income, documents, papers, the proof.
SIGHTS = (
    "personal_data.seen",
    "personal_data.exported",
    "document.seen",
    "income.seen",
    "certificate.read",
    "act.read",
    "clarification.read",
    "halves.picture_seen",
    "proof.made",
    "refund_case.letter_read",
)


def sights_of(searched: str) -> QuerySet[Entry]:
    """The journal's rows of who saw the data of an e-mail, or of an order's code."""
    seen = Entry.objects.filter(verb__in=SIGHTS)
    code = normalize_order_code(searched)
    if code:
        return seen.filter(chain=code)
    email = one_spelling(searched)
    orders = Order.objects.filter(Q(party__email=email) | Q(party__formers__email=email))
    return seen.filter(chain__in=orders.values("code"))
