"""The pages of the contract, under the visitor's language."""

from django.urls import path

from enrollment.views import home

urlpatterns = [
    path("", home.home, name="home"),
    path("webinar/<str:code>/", home.webinar, name="webinar"),
]
