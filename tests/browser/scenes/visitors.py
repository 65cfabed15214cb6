"""Pages that anybody opens: the shop, the offer, signing in, verification, errors."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.test.utils import override_settings

from certificates.models import Certificate
from certificates.operations import (
    certificate_file,
    issue_certificate,
    replace_certificate,
    revoke_certificate,
)
from enrollment.models import Edition
from enrollment.operations.links import end_links
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.rules.prices import webinar_code
from offer_site.codes import new_secret_code
from offer_site.languages import speaking
from offer_site.maintenance.now import forget
from offer_site.maintenance.operations import announce_maintenance
from offer_site.web import views
from tests.accounts.signing import ask_for_code, code_in_outbox, give_code
from tests.browser.scenes.scene import Visitor, scene
from tests.given import (
    NOON,
    a_cohort,
    a_completed_enrollment,
    a_home_page,
    a_paid_order,
    a_placed_order,
    an_owner,
)

ISSUED = NOON + timedelta(days=65)
LATER = ISSUED + timedelta(days=7)


@scene("home")
def home(visitor: Visitor) -> Any:
    a_home_page(a_cohort())
    return visitor.opens("home")


@scene("home-bare")
def home_bare(visitor: Visitor) -> Any:
    """Staff have filled in nothing: nothing is invented."""
    a_cohort()
    return visitor.opens("home")


@scene("home-preview")
def home_preview(visitor: Visitor) -> Any:
    a_home_page(a_cohort())
    visitor.signs_in(an_owner().email)
    return visitor.opens("home_preview")


@scene("home-webinar")
def home_webinar(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    cohort = a_cohort()
    a_home_page(cohort)
    over = webinar_code(
        secret=settings.SECRET_KEY, cohort_id=cohort.pk, ends_at=NOON - timedelta(minutes=5)
    )
    yield "over", visitor.opens("home", webinar=over)
    yield "unknown", visitor.opens("home", webinar="WEBINAR")


@scene("home-dark")
def home_dark(visitor: Visitor) -> Any:
    a_home_page(a_cohort())
    visitor.cookies["theme"] = "dark"
    return visitor.opens("home")


def works(*, starts: timedelta) -> None:
    announce_maintenance(
        starts_at=NOON + starts,
        ends_at=NOON + starts + timedelta(minutes=20),
        words_kk="Дерекқорды жаңартамыз.",
        words_ru="Обновляем базу данных.",
        by="staff:1",
        at=NOON,
    )
    forget()


@scene("gallery")
def gallery(visitor: Visitor) -> Any:
    with override_settings(DEBUG=True):
        return visitor.opens("gallery", lang=visitor.language)


@scene("gallery-dark")
def gallery_dark(visitor: Visitor) -> Any:
    with override_settings(DEBUG=True):
        return visitor.opens("gallery", lang=visitor.language, theme="dark")


@scene("home-maintenance-announced")
def home_maintenance_announced(visitor: Visitor) -> Any:
    a_cohort()
    works(starts=timedelta(hours=10))
    shown = visitor.opens("home")
    forget()
    return shown


@scene("maintenance")
def maintenance(visitor: Visitor) -> Any:
    works(starts=timedelta(minutes=-1))
    shown = visitor.opens("home")
    forget()
    return shown


@scene("home-full-price", at=NOON + timedelta(days=8))
def home_full_price(visitor: Visitor) -> Any:
    a_cohort()
    return visitor.opens("home")


@scene("home-sold-out")
def home_sold_out(visitor: Visitor) -> Any:
    a_paid_order(cohort=a_cohort(seats=1))
    return visitor.opens("home")


@scene("home-closed")
def home_closed(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    a_home_page(a_cohort())
    withdraw_offer(edition=Edition.objects.get(), reason="2.4", by=an_owner(), at=NOON)
    yield "page", visitor.opens("home")
    yield "refused", visitor.sends("waiting", values={"email": "gulnur@"})
    yield "noted", visitor.opens("waiting")


@scene("home-nothing-yet")
def home_nothing_yet(visitor: Visitor) -> Any:
    return visitor.opens("home")


@scene("offer")
def offer(visitor: Visitor) -> Any:
    a_cohort()
    return visitor.opens("offer")


@scene("offer-edition")
def offer_edition(visitor: Visitor) -> Any:
    a_cohort()
    return visitor.opens("offer_edition", str(Edition.objects.get()))


@scene("sign-in")
def sign_in(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_paid_order(language=visitor.language)
    yield "email", visitor.opens("account_login")
    yield "email-refused", visitor.sends("account_login", values={"email": "nobody"})
    with speaking(visitor.language):
        ask_for_code(visitor, order.party.email)
        yield "code", visitor.opens("account_confirm_login_code")
        yield "code-refused", give_code(visitor, "000000")


@scene("order-lost")
def order_lost(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_placed_order(language=visitor.language)
    yield "stranger", visitor.opens("order", order.code)
    visitor.opens_order(order)
    end_links(email=order.party.email, at=NOON)
    yield "signed-out", visitor.opens("order", order.code)
    yield "find", visitor.opens("order_find")
    yield "refused", visitor.sends("order_find", values={"sought": "aliya"})
    yield "sent", visitor.sends("order_find", values={"sought": order.code})


@scene("home-returning")
def home_returning(visitor: Visitor) -> Any:
    order = a_placed_order(language=visitor.language)
    visitor.opens_order(order)
    return visitor.opens("home")


@scene("sign-in-at-once")
def sign_in_at_once(visitor: Visitor) -> Any:
    order = a_paid_order(language=visitor.language)
    visitor.opens_order(order)
    return visitor.opens("account_login")


@scene("second-factor")
def second_factor(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    owner = an_owner()
    settings.STAFF_SECOND_FACTOR = True
    try:
        with speaking(visitor.language):
            ask_for_code(visitor, owner.email)
            give_code(visitor, code_in_outbox())
        yield "set-up", visitor.opens("mfa_activate_totp")
        yield "refused", visitor.sends("mfa_activate_totp", values={"code": "000000"})
    finally:
        settings.STAFF_SECOND_FACTOR = False


@scene("sessions-end")
def sessions_end(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    visitor.signs_in(a_paid_order(language=visitor.language).party.email)
    yield "ask", visitor.opens("sessions_end")
    yield "done", visitor.sends("sessions_end", values={})


@scene("verify", at=ISSUED)
def verify(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    certificate = a_certificate(visitor)
    yield "empty", visitor.opens("verify")
    yield "found", visitor.opens("verify_code", certificate.code)
    yield "unknown", visitor.opens("verify_code", new_secret_code())
    yield "mistyped", visitor.opens("verify", code="not a code")
    yield "number", visitor.opens("verify", code=certificate.number)


@scene("verify-file", at=ISSUED)
def verify_file(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    pdf = certificate_file(a_certificate(visitor))
    yield "known", drops(visitor, pdf)
    yield "changed", drops(visitor, pdf + b"\n% changed\n")
    yield "unknown", drops(visitor, b"%PDF-1.7\n%%EOF\n")
    yield "none", visitor.sends("verify", values={})


@scene("verify-replaced", at=LATER)
def verify_replaced(visitor: Visitor) -> Any:
    certificate = a_certificate(visitor)
    replace_certificate(certificate=certificate, reason="қате", by=an_owner(), at=LATER)
    return visitor.opens("verify_code", certificate.code)


@scene("verify-revoked", at=LATER)
def verify_revoked(visitor: Visitor) -> Any:
    certificate = a_certificate(visitor)
    revoke_certificate(certificate=certificate, reason="қате", by=an_owner(), at=LATER)
    return visitor.opens("verify_code", certificate.code)


@scene("error")
def error(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    a_cohort()
    yield "404", visitor.get(f"/{visitor.language}/nothing/")
    for status, view in (("400", views.bad_request), ("403", views.permission_denied)):
        yield status, broken(visitor, view, Exception())
    yield "500", broken(visitor, views.server_error)
    yield "csrf", broken(visitor, views.csrf_failure)
    for status in (413, 503):
        yield str(status), broken(visitor, partial(plain_page, status))


def plain_page(status: int, request: HttpRequest) -> HttpResponse:
    """The page of a status that no view answers with."""
    return views.plain_page(f"{status}.html", status)


def broken(visitor: Visitor, view: Any, *arguments: Any) -> Any:
    """Ask a handler of errors for its page."""
    path = f"/{visitor.language}/"
    request = RequestFactory().get(path)
    request.user = AnonymousUser()
    with speaking(visitor.language):
        response = view(request, *arguments)
        response.request = {"PATH_INFO": path}
    return response


def a_certificate(visitor: Visitor) -> Certificate:
    enrollment = a_completed_enrollment(language=visitor.language)
    return issue_certificate(enrollment_id=enrollment.pk, at=ISSUED)


def drops(visitor: Visitor, content: bytes) -> Any:
    file = BytesIO(content)
    file.name = "certificate.pdf"
    return visitor.sends("verify", values={"file": file})


@scene("webinar")
def webinar(visitor: Visitor) -> Any:
    code = webinar_code(
        secret=settings.SECRET_KEY, cohort_id=a_cohort().pk, ends_at=NOON + timedelta(hours=2)
    )
    return visitor.opens("home", webinar=code)
