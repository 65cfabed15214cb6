"""The pages that join apps, under the visitor's language."""

from django.urls import path

from . import cabinet_views, claims, clarification, force_majeure, invoice, order

urlpatterns = [
    path("orders/<slug:code>/", order.order, name="order"),
    path("orders/<slug:code>/clarification/", clarification.clarification, name="clarification"),
    path("invoices/<slug:code>/", invoice.invoice, name="invoice"),
    path("cabinet/", cabinet_views.cabinet, name="cabinet"),
    path("cabinet/<slug:code>/claims/", claims.claim_create, name="claim_create"),
    path("cabinet/<slug:code>/claims/<int:number>/", claims.claim, name="claim"),
    path(
        "cabinet/<slug:code>/claims/<int:number>/documents/",
        claims.claim_documents,
        name="claim_documents",
    ),
    path(
        "cabinet/<slug:code>/claims/<int:number>/files/<int:file>/",
        claims.claim_file,
        name="claim_file",
    ),
    path(
        "cabinet/<slug:code>/claims/<int:number>/signature/",
        claims.claim_signature,
        name="claim_signature",
    ),
    path(
        "cabinet/<slug:code>/claims/<int:number>/withdrawal/",
        claims.claim_withdrawal,
        name="claim_withdrawal",
    ),
    path("cabinet/<slug:code>/claims/<int:number>/reply/", claims.claim_reply, name="claim_reply"),
    path(
        "cabinet/<slug:code>/force-majeure/",
        force_majeure.force_majeure_create,
        name="force_majeure_create",
    ),
    path(
        "cabinet/<slug:code>/force-majeure/<int:number>/",
        force_majeure.force_majeure,
        name="force_majeure",
    ),
    path("cabinet/<slug:code>/name/", cabinet_views.certificate_name, name="certificate_name"),
    path(
        "cabinet/<slug:code>/consents/<slug:purpose>/withdrawal/",
        cabinet_views.consent_withdrawal,
        name="consent_withdrawal",
    ),
]
