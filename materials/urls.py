"""The pages of materials, under the visitor's language."""

from django.urls import path

from . import views

urlpatterns = [
    path("cabinet/<slug:code>/materials/<int:number>/", views.material, name="material"),
    path(
        "cabinet/<slug:code>/materials/<int:number>/open/",
        views.material_opening,
        name="material_opening",
    ),
]
