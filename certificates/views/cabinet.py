"""The owner's certificate: a sample before it is issued, the stored file after (9.1, C2)."""

from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from certificates.models import Certificate, PictureKind
from certificates.operations import certificate_file as stored_file
from certificates.operations import certificate_picture, sample_of
from certificates.rendering import SCREEN_DPI, certificate_image
from enrollment.models import Order
from enrollment.views.tries import own_or_refused
from offer_site.renderers import a_renderer
from offer_site.web.downloads import PNG, download

PICTURES = {"png": PictureKind.PRINT, "post": PictureKind.POST, "story": PictureKind.STORY}


@require_safe
@login_required
@never_cache
def certificate_preview(request: HttpRequest, code: str) -> HttpResponse:
    """A sample with the name of now: a PDF, or with `?as=png` a picture of its face."""
    order = own_or_refused(request, Order.objects.belonging_to(request.user).accepted(), code)
    if Certificate.objects.live().rendered().of_order(code).exists():
        return redirect("certificate_file", code=code)
    with a_renderer(order.code):
        pdf = sample_of(order)
        if request.GET.get("as") == "png":
            return HttpResponse(certificate_image(pdf, dpi=SCREEN_DPI), content_type=PNG)
    return download(pdf, f"{order.code}-sample.pdf")


@require_safe
@login_required
@never_cache
def certificate_file(request: HttpRequest, code: str) -> HttpResponse:
    """The issued certificate, the same bytes each time.

    `?as=png` gives a colour picture of 300 dpi (9.4), `?as=post` one for a post, `?as=story` one
    for a story.
    """
    order = own_or_refused(request, Order.objects.belonging_to(request.user), code)
    certificate = Certificate.objects.live().rendered().of_order(order.code).first()
    if certificate is None:
        raise Http404
    kind = PICTURES.get(request.GET.get("as", ""))
    if kind is None:
        return download(stored_file(certificate), certificate.name_for_people(ending="pdf"))
    within = partial(a_renderer, order.code)
    picture = certificate_picture(certificate=certificate, kind=kind, within=within)
    what = "" if kind == PictureKind.PRINT else kind.value
    name = certificate.name_for_people(ending="png", what=what)
    return download(picture.content, name, content_type=PNG)
