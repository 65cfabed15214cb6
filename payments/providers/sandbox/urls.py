"""The sandbox bank's addresses, as the provider's own are named."""

from django.urls import path

from . import views

urlpatterns = [
    path("sandbox/card/test", views.test, name="sandbox_test"),
    path("sandbox/card/orders/create", views.create_order, name="sandbox_create_order"),
    path("sandbox/card/orders/cancel", views.cancel_order, name="sandbox_cancel_order"),
    path("sandbox/card/orders/<str:token>/", views.order_page, name="sandbox_order"),
    path("sandbox/card/orders/<str:token>/secure/", views.secure_page, name="sandbox_secure"),
]
