"""The act of performed work, form R-1.

Appendix 50 to order No. 562 of the Minister of Finance, 20 December 2012.
"""

from django.template.loader import render_to_string

from enrollment.models import Order
from enrollment.rules.companies import BUSINESS_NUMBER
from offer_site.days import almaty_day
from payments.providers.bank_transfer.invoice import services
from payments.rules.amounts import in_figures, in_words


def act_paper(order: Order) -> bytes:
    """The act of a performed order, with the company as it accepted the offer.

    Its number is the order's code, its date the day of performance.
    """
    from offer_site.pdf import set_text, style

    acceptance = order.acceptance
    performed_on = order.enrollment.day_of_performance
    company = order.party.as_accepted(acceptance.sealed["party"])
    context = {
        "order": order,
        "academy": order.edition.academy,
        "company": company,
        "number_label": " · ".join(BUSINESS_NUMBER[company.is_sole_trader]),
        "accepted_on": almaty_day(acceptance.accepted_at),
        "performed_on": performed_on,
        "service": services(order),
        "figures": in_figures(order.price),
        "words": in_words(order.price),
    }
    html = render_to_string("pdf/act.html", context)
    return set_text(html, style("act"), identifier=f"{order.code} R-1 {performed_on}".encode())
