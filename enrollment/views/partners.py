"""A partner's own link: it marks the orders of whoever follows it, and changes no price (2.6)."""

from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from enrollment.models import Partner
from offer_site.web.visitor import cookie_name

COOKIE = "partner"
SALT = "enrollment.partner-of-this-browser"


@never_cache
@require_safe
def partner(request: HttpRequest, key: str) -> HttpResponse:
    """Remember the partner until the browser is closed, and lead to the packages.

    The prices are those of every visitor; a webinar's code, which only staff can make, passes on as
    from any other link. The link of a partner who is closed, or of nobody, marks nothing.
    """
    code = request.GET.get("webinar", "")
    query = f"?{urlencode({'webinar': code})}" if code else ""
    response = redirect(f"{reverse('home')}{query}#packages")
    found = Partner.objects.active().filter(link_key=key).first()
    if found is None:
        response.delete_cookie(cookie_name(COOKIE))
        return response
    response.set_cookie(
        cookie_name(COOKIE),
        signing.dumps(found.link_key, salt=SALT),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def partner_of(request: HttpRequest) -> Partner | None:
    """The partner whose link this browser followed, while the partner takes orders."""
    signed = request.COOKIES.get(cookie_name(COOKIE), "")
    if not signed:
        return None
    try:
        key = signing.loads(signed, salt=SALT)
    except signing.BadSignature:
        return None
    return Partner.objects.active().filter(link_key=str(key)).first()
