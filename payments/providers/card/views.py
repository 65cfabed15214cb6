"""Where the card provider sends its notifications: no session, no cookie, no page."""

import logging
from collections import Counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt

from offer_site.web.callbacks import without_log_line
from payments.models import MessageKind
from payments.operations.paying.messages import receive_message
from payments.providers import CARD

from .signature import is_genuine

logger = logging.getLogger(__name__)
LONGEST_BODY = 32_000  # bytes; real notifications have about one thousand
KINDS = {kind.value: kind for kind in MessageKind}
refused: Counter[str] = Counter()  # notifications refused since this process began, by kind


@csrf_exempt
@xframe_options_exempt
def card_callback(request: HttpRequest, kind: str) -> HttpResponse:
    """Store, handle and answer a genuine notification; refuse any other with one log line."""
    if kind not in KINDS:
        return without_log_line(HttpResponse(status=404))
    if request.method != "POST":
        return without_log_line(HttpResponse(status=405, headers={"Allow": "POST"}))
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LONGEST_BODY:
        return without_log_line(HttpResponse(status=413))
    body = request.body
    if not is_genuine(
        body, signature=request.headers.get("Content-HMAC", ""), secret=settings.CARD_API_SECRET
    ):
        refused[kind] += 1
        logger.warning(
            "card %s notification with a wrong signature refused, no. %d", kind, refused[kind]
        )
        return without_log_line(HttpResponse(status=403))
    answer = receive_message(provider=CARD, kind=KINDS[kind], body=body, at=timezone.now())
    return HttpResponse(b'{"code":%d}' % answer.code, content_type="application/json")
