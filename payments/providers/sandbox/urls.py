"""The sandbox bank's addresses, as the provider's own are named."""

from django.urls import path

from . import kaspi_views, transfers, views

urlpatterns = [
    path("sandbox/card/test", views.test, name="sandbox_test"),
    path("sandbox/card/orders/create", views.create_order, name="sandbox_create_order"),
    path("sandbox/card/orders/cancel", views.cancel_order, name="sandbox_cancel_order"),
    path("sandbox/card/orders/<str:token>/", views.order_page, name="sandbox_order"),
    path("sandbox/card/orders/<str:token>/secure/", views.secure_page, name="sandbox_secure"),
    path("sandbox/bank/", transfers.internet_bank, name="sandbox_bank"),
    path("sandbox/kaspi/online", kaspi_views.online, name="sandbox_kaspi_online"),
    path("sandbox/kaspi/app/", kaspi_views.app, name="sandbox_kaspi_app"),
    path("sandbox/kaspi/app/<str:token>/", kaspi_views.order_page, name="sandbox_kaspi_order"),
    path("sandbox/kaspi/app/<str:token>/again/", kaspi_views.again, name="sandbox_kaspi_again"),
]
