"""The pages that join apps, under the visitor's language."""

from django.urls import path

from . import cabinet_views, clarification, invoice, order

urlpatterns = [
    path("orders/<slug:code>/", order.order, name="order"),
    path("orders/<slug:code>/clarification/", clarification.clarification, name="clarification"),
    path("invoices/<slug:code>/", invoice.invoice, name="invoice"),
    path("cabinet/", cabinet_views.cabinet, name="cabinet"),
    path("cabinet/<slug:code>/name/", cabinet_views.certificate_name, name="certificate_name"),
    path("cabinet/<slug:code>/cohort/", cabinet_views.cohort_move, name="cohort_move"),
    path(
        "cabinet/<slug:code>/consents/<slug:purpose>/withdrawal/",
        cabinet_views.consent_withdrawal,
        name="consent_withdrawal",
    ),
]
