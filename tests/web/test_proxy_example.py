"""The example of the proxy lets through what the site takes, and no more."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

from enrollment.rules.learner_list import LARGEST_FILE
from offer_site.telegram.views import LONGEST_BODY as LONGEST_UPDATE
from payments.providers.card.views import LONGEST_BODY
from tests.processes import PROJECT

EXAMPLE = (PROJECT / "docs" / "proxy.nginx.conf").read_text()
UNITS = {"k": 1024, "m": 1024**2}


def block(opening):
    """The lines of one location."""
    return EXAMPLE.split(f"location {opening} {{", 1)[1].split("}", 1)[0]


def largest_body(text):
    number, unit = re.search(r"client_max_body_size (\d+)([km]);", text).groups()
    return int(number) * UNITS[unit]


FILES = re.search(r"location (~ \S*verify\S*) \{", EXAMPLE)[1]


@pytest.mark.parametrize(
    "path",
    [
        reverse("order_report", args=["SM4K7Q2X"]),
        reverse("invoice_report", args=["SH4K7Q2X"]),
        reverse("order_instalments", args=["SM4K7Q2X"]),
        reverse("verify"),
        reverse("admin:payments_statementfile_changelist"),
    ],
)
def test_where_a_file_may_come_it_fits(path):
    assert re.search(FILES.removeprefix("~ "), path)
    assert largest_body(block(FILES)) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE


def test_everywhere_else_a_body_is_as_large_as_the_site_takes_it():
    whole = largest_body(EXAMPLE)
    assert whole >= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert whole > LARGEST_FILE


def test_callbacks_are_refused_over_http_and_taken_over_https():
    over_http, over_https = EXAMPLE.split("listen 443", 1)
    assert "return 403" in over_http.split("location /callbacks/ {", 1)[1].split("}", 1)[0]
    taken = over_https.split("location /callbacks/ {", 1)[1].split("}", 1)[0]
    assert "limit_req" not in taken
    assert largest_body(taken) > max(LONGEST_BODY, LONGEST_UPDATE)
