"""The webhook of Telegram: no session, no cookie, no page."""

import logging
from collections import Counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt

from offer_site.web.callbacks import without_log_line

from .operations import receive_update

log = logging.getLogger(__name__)
LONGEST_BODY = 200_000  # bytes; the longest text of a message has 4096 characters
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  the header's name
refused: Counter[str] = Counter()  # updates refused since this process began


@csrf_exempt
@xframe_options_exempt
def telegram_callback(request: HttpRequest) -> HttpResponse:
    """Store and handle a genuine update (secret header); any other is 403 and one log line."""
    if request.method != "POST":
        return without_log_line(HttpResponse(status=405, headers={"Allow": "POST"}))
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LONGEST_BODY:
        return without_log_line(HttpResponse(status=413))
    secret_sent = request.headers.get(SECRET_HEADER, "")
    secret = settings.TELEGRAM_SECRET
    if not (
        secret and constant_time_compare(secret_sent.encode(errors="replace"), secret.encode())
    ):
        refused["secret"] += 1
        log.warning("telegram update with a wrong secret refused, no. %d", refused["secret"])
        return without_log_line(HttpResponse(status=403))
    answer = receive_update(body=request.body, at=timezone.now())
    return JsonResponse(answer) if answer else HttpResponse()
