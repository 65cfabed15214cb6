"""Answers by a letter's link, as its page sends them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from enrollment.models import LinkAnswer, Order
from enrollment.operations.agreements.by_link import answer_by_link
from enrollment.operations.agreements.proposals import find_proposal
from enrollment.operations.links import proposal_signature
from offer_site.languages import speaking


def answered(
    order: Order,
    subject: str,
    number: int,
    *,
    at: datetime,
    accepts: bool = True,
    answer: Callable[..., LinkAnswer] = answer_by_link,
    **wishes: Any,
) -> LinkAnswer:
    order = Order.objects.with_people().get(pk=order.pk)
    with speaking(order.language):
        proposal = find_proposal(order, subject, number, at=at)
        assert proposal is not None
        values = {
            "order": order,
            "subject": subject,
            "number": number,
            "key": proposal_signature(order, subject, number),
            "about": proposal.words().digest,
            "accepts": accepts,
            "language": order.language,
            "origin": ("198.18.0.1", "pytest"),
            "by": "link",
            "at": at,
        }
        return answer(**values | wishes)
