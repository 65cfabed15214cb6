"""The example of the proxy lets through what the site takes, and no more."""

import re

import pytest
from django.conf import settings
from django.urls import get_resolver, resolve, reverse

from certificates.forms import LARGEST_FILE as LARGEST_CERTIFICATE
from enrollment.rules.learner_list import LARGEST_FILE
from offer_site.telegram.views import LONGEST_BODY as LONGEST_UPDATE
from offer_site.web.bodies import WITH_A_DOCUMENT
from payments.providers.card.views import LONGEST_BODY
from tests.processes import PROJECT

EXAMPLE = (PROJECT / "docs" / "proxy.nginx.conf").read_text()
UNITS = {"k": 1024, "m": 1024**2}


ORDER = "SM4K7Q2X"
# Every page that a file may come to, as somebody opens it.
WITH_FILES = {
    "order_report": [ORDER],
    "invoice_report": ["SH4K7Q2X"],
    "order_instalments": [ORDER],
    "cabinet_letters": [ORDER],
    "cabinet_breach": [ORDER, 1],
    "cabinet_work": [ORDER, 1],
    "claim_create": [ORDER],
    "claim_documents": [ORDER, 1],
    "force_majeure_create": [ORDER],
    "force_majeure": [ORDER, 1],
    "admin:materials_material_add": [],
    "admin:payments_statementfile_changelist": [],
}
# These refuse by themselves, in words, what is far larger than they need.
REFUSING = {"company_checkout", "verify"}


def blocks():
    """The lines of each location, by its path or, if it is an expression, by that."""
    found = re.findall(r"location (~ )?(\S+) \{(.*?)\n    \}", EXAMPLE, re.DOTALL)
    expressions = [(opening, lines) for tilde, opening, lines in found if tilde]
    plain = {opening: lines for tilde, opening, lines in found if not tilde}
    return expressions, plain


def block_for(path):
    """The location that nginx takes: the first expression that fits, or else the longest path."""
    expressions, plain = blocks()
    for expression, lines in expressions:
        if re.search(expression, path):
            return lines
    return plain[max((each for each in plain if path.startswith(each)), key=len)]


def size_of(directive, text):
    number, unit = re.search(rf"{directive} (\d+)([km]);", text).groups()
    return int(number) * UNITS[unit]


def largest_body(text):
    return size_of("client_max_body_size", text)


def taken_by(path):
    """The bytes that the page's view takes."""
    view = resolve(path)
    least = WITH_A_DOCUMENT if view.app_name == "admin" else 0
    return max(getattr(view.func, "largest_body", least), least)


@pytest.mark.parametrize("name", WITH_FILES)
def test_where_a_file_may_come_it_fits_and_stays_in_memory(name):
    path = reverse(name, args=WITH_FILES[name])
    lines = block_for(path)
    assert largest_body(lines) >= taken_by(path) >= WITH_A_DOCUMENT
    assert size_of("client_body_buffer_size", lines) == largest_body(lines)


def test_a_certificate_to_check_fits():
    assert largest_body(block_for(reverse("verify"))) > LARGEST_CERTIFICATE


def test_no_page_that_takes_files_is_forgotten():
    """Every view that is marked has its line above."""
    marked = {
        ":".join(filter(None, [namespace, each.name]))
        for namespace, each in every_address(get_resolver())
        if hasattr(each.callback, "largest_body")
    }
    assert marked - REFUSING == set(WITH_FILES) - {"admin:payments_statementfile_changelist"}


def every_address(resolver, namespace=""):
    for each in resolver.url_patterns:
        if hasattr(each, "url_patterns"):
            yield from every_address(each, each.namespace or namespace)
        else:
            yield namespace, each


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
