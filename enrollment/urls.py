"""The pages of the contract, under the visitor's language."""

from django.urls import path

from enrollment.views import checkout, home, orders

urlpatterns = [
    path("", home.home, name="home"),
    path("webinar/<str:code>/", home.webinar, name="webinar"),
    path("checkout/<slug:tariff>/", checkout.checkout, name="checkout"),
    path("orders/<str:code>/cancellation/", orders.cancellation, name="order_cancellation"),
    path("orders/<str:code>/email/", orders.email, name="order_email"),
    path("orders/<str:code>/contract.pdf", orders.contract, name="order_contract"),
]
