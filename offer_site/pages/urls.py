"""The pages that join apps, under the visitor's language."""

from django.urls import path

from . import cabinet_views, clarification, conduct, invoice, order

urlpatterns = [
    path("orders/<slug:code>/", order.order, name="order"),
    path("orders/<slug:code>/clarification/", clarification.clarification, name="clarification"),
    path("invoices/<slug:code>/", invoice.invoice, name="invoice"),
    path("cabinet/", cabinet_views.cabinet, name="cabinet"),
    path("cabinet/<slug:code>/name/", cabinet_views.certificate_name, name="certificate_name"),
    path("cabinet/<slug:code>/lessons/", conduct.lessons, name="cabinet_lessons"),
    path("cabinet/<slug:code>/breaches/<int:number>/", conduct.breach, name="cabinet_breach"),
    path("cabinet/<slug:code>/ending/", conduct.ending, name="cabinet_ending"),
    path("cabinet/<slug:code>/ending/answer/", conduct.ending_answer, name="cabinet_ending_answer"),
    path(
        "cabinet/<slug:code>/ending/withdrawal/",
        conduct.ending_withdrawal,
        name="cabinet_ending_withdrawal",
    ),
    path(
        "cabinet/<slug:code>/consents/<slug:purpose>/withdrawal/",
        cabinet_views.consent_withdrawal,
        name="consent_withdrawal",
    ),
]
