"""The page of a contract's proof, under the visitor's language."""

from django.urls import path

from .views import proof

urlpatterns = [path("cabinet/<slug:code>/proof/", proof, name="proof")]
