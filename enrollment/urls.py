"""The pages of the contract, under the visitor's language."""

from django.urls import path, re_path

from enrollment.views import (
    checkout,
    company,
    confirmations,
    contacts,
    find,
    guardians,
    halves,
    home,
    invoices,
    offer,
    orders,
    partners,
    proposals,
    reports,
    waiting,
)

# The visitor's language is not known to who prints a partner's link.
plain_urlpatterns = [
    re_path(r"^share/(?P<name>(?:kk|ru)-[0-9a-f]{20}\.png)$", home.share_card, name="share_card"),
    path("partner/<slug:key>/", partners.partner, name="partner"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("waiting/", waiting.waiting, name="waiting"),
    path("preview/", home.preview, name="home_preview"),
    path("webinar/<str:code>/", home.webinar, name="webinar"),
    path("offer/", offer.offer, name="offer"),
    path("offer/offer.pdf", offer.offer_pdf, name="offer_pdf"),
    path("offer/<slug:name>/", offer.offer, name="offer_edition"),
    path("offer/<slug:name>/offer.pdf", offer.offer_pdf, name="offer_edition_pdf"),
    path("offer/<slug:name>/<slug:language>.md", offer.offer_text, name="offer_edition_text"),
    path("checkout/<slug:tariff>/", checkout.checkout, name="checkout"),
    path("checkout/<slug:tariff>/company/", company.company_checkout, name="company_checkout"),
    path("learners.csv", company.list_template, name="list_template"),
    re_path(r"^halves/(?P<code>HF[0-9A-Z]{6})/$", halves.halves, name="halves"),
    path("halves/<slug:code>/order/", halves.halves_checkout, name="halves_checkout"),
    path("halves/<slug:package>/", halves.halves_ask, name="halves_ask"),
    path("invoices/<slug:code>/cancellation/", invoices.cancellation, name="invoice_cancellation"),
    path("invoices/<slug:code>/restoration/", invoices.restoration, name="invoice_restoration"),
    path("invoices/<slug:code>/report/", invoices.report, name="invoice_report"),
    # Before all that begins with a code.
    path("orders/find/", find.order_find, name="order_find"),
    path("orders/<slug:code>/cancellation/", orders.cancellation, name="order_cancellation"),
    path("orders/<slug:code>/restoration/", orders.restoration, name="order_restoration"),
    path("orders/<slug:code>/guardian/", guardians.consent, name="guardian_consent"),
    path("orders/<slug:code>/guardian/email/", guardians.email, name="guardian_email"),
    path(
        "orders/<slug:code>/proposals/<slug:subject>/<int:number>/",
        proposals.proposal,
        name="proposal",
    ),
    path("orders/<slug:code>/email/", orders.email, name="order_email"),
    path("orders/<slug:code>/address/", contacts.address, name="order_address"),
    path("orders/<slug:code>/report/", reports.report, name="order_report"),
    path(
        "orders/<slug:code>/confirmations/<slug:subject>/",
        confirmations.confirmation,
        name="order_confirmation",
    ),
    path("orders/<slug:code>/contract.pdf", orders.contract, name="order_contract"),
]
