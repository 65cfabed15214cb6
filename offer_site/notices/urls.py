from django.urls import URLPattern, path

from . import views

urlpatterns: list[URLPattern] = []
plain_urlpatterns = [
    path("dev/mail/", views.dev_mail, name="dev_mail"),
    path("dev/mail/<str:name>/", views.dev_mail_letter, name="dev_mail_letter"),
    path("dev/mail/<str:name>/html/", views.dev_mail_html, name="dev_mail_html"),
    path(
        "dev/mail/<str:name>/<int:number>/", views.dev_mail_attachment, name="dev_mail_attachment"
    ),
]
