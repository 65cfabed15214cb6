"""Pages for paying, with a language prefix, and the providers' addresses, without one."""

from django.conf import settings
from django.urls import URLPattern, path

from payments import views
from payments.providers.bank_installment import views as bank_installment
from payments.providers.card import urls as card
from payments.providers.kaspi import urls as kaspi
from payments.sandbox import urls as sandbox

urlpatterns = [
    path("orders/<slug:code>/payments/", views.payment_start, name="payment_start"),
    path("orders/<slug:code>/invoice.pdf", views.invoice, name="order_invoice"),
    path("invoices/<slug:code>/invoice.pdf", views.company_invoice, name="invoice_pdf"),
    path("orders/<slug:code>/instalments/", bank_installment.instalments, name="order_instalments"),
    path("orders/<slug:code>/act.pdf", views.act, name="order_act"),
    path("orders/<slug:code>/payments/return/", views.payment_return, name="payment_return"),
]

plain_urlpatterns: list[URLPattern] = [
    *card.urlpatterns,
    *kaspi.urlpatterns,
    *(sandbox.urlpatterns if settings.SANDBOX_BANK else []),
]
