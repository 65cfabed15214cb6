"""The sandbox bank's addresses, named like the provider's own."""

from django.urls import path

from . import api, cabinet, kaspi_views, transfers, views

urlpatterns = [
    path("sandbox/card/test", api.test, name="sandbox_test"),
    path("sandbox/card/orders/create", api.create_order, name="sandbox_create_order"),
    path("sandbox/card/orders/cancel", api.cancel_order, name="sandbox_cancel_order"),
    path("sandbox/card/payments/get", api.get_payment, name="sandbox_get_payment"),
    path("sandbox/card/payments/find", api.find_payment, name="sandbox_find_payment"),
    path("sandbox/card/v2/payments/find", api.find_payment, name="sandbox_find_payment_v2"),
    path("sandbox/card/v2/payments/list", api.list_payments, name="sandbox_list_payments"),
    path("sandbox/card/payments/confirm", api.confirm, name="sandbox_confirm"),
    path("sandbox/card/payments/void", api.void, name="sandbox_void"),
    path("sandbox/card/payments/refund", api.refund, name="sandbox_refund"),
    path("sandbox/card/cabinet/", cabinet.operations, name="sandbox_cabinet"),
    path("sandbox/card/orders/<str:token>/", views.order_page, name="sandbox_order"),
    path("sandbox/card/orders/<str:token>/secure/", views.secure_page, name="sandbox_secure"),
    path("sandbox/bank/", transfers.internet_bank, name="sandbox_bank"),
    path("sandbox/kaspi/online", kaspi_views.online, name="sandbox_kaspi_online"),
    path("sandbox/kaspi/app/", kaspi_views.app, name="sandbox_kaspi_app"),
    path("sandbox/kaspi/app/<str:token>/", kaspi_views.order_page, name="sandbox_kaspi_order"),
    path("sandbox/kaspi/app/<str:token>/again/", kaspi_views.again, name="sandbox_kaspi_again"),
]
