"""Addresses of certificates: with a language for the owner, without one for QR codes."""

from django.urls import path

from certificates.views.cabinet import certificate_file, certificate_preview
from certificates.views.shared import (
    certificate,
    certificate_of_link,
    certificate_picture_of,
)
from certificates.views.verification import verify, verify_code

plain_urlpatterns = [
    path("verify/", verify, name="verify"),
    path("verify/<str:code>/", verify_code, name="verify_code"),
]

urlpatterns = [
    path("cabinet/<slug:code>/certificate/", certificate_preview, name="certificate_preview"),
    path("cabinet/<slug:code>/certificate.pdf", certificate_file, name="certificate_file"),
    path("certificates/<slug:code>/", certificate, name="certificate"),
    path("certificates/<slug:code>/certificate.pdf", certificate_of_link, name="certificate_pdf"),
    path(
        "certificates/<slug:code>/certificate-<slug:kind>.png",
        certificate_picture_of,
        name="certificate_picture",
    ),
]
