"""Asking the provider: every way in which it does not answer ends in one error,
which says whether to ask again.
"""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from payments.providers import asking
from payments.providers.base import ProviderError
from payments.providers.card import client
from tests.processes import serving


class Api(BaseHTTPRequestHandler):
    """An API that answers as it was told to."""

    status = 200
    body = b"{}"
    headers_to_send = {}
    asked: list = []

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.asked.append((self.path, headers, json.loads(self.rfile.read(length))))
        self.send_response(self.status)
        for name, value in self.headers_to_send.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *args):
        pass


@pytest.fixture
def api(settings):
    """Run such an API and point the client at it."""
    handler = type("Handler", (Api,), {"asked": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    settings.CARD_API_URL = f"http://127.0.0.1:{server.server_port}"
    settings.CARD_PUBLIC_ID = "pk_1"
    settings.CARD_API_SECRET = "secret"
    with serving(server):
        yield handler


def refused(**request):
    with pytest.raises(ProviderError) as caught:
        client.post("/orders/create", {"Amount": 1}, request_id="r-1", **request)
    return caught.value.retry


def test_the_request_carries_the_key_its_id_and_whole_numbers(api):
    api.body = b'{"Success": true, "Model": {"Id": "f2K8LV6reGE9WBFn", "Url": "https://orders.example/d/f2K8"}}'
    assert (
        client.create_order({"Amount": 149990, "Currency": "KZT"}, request_id="r-1")["Id"]
        == "f2K8LV6reGE9WBFn"
    )
    path, headers, data = api.asked[0]
    assert (path, data) == ("/orders/create", {"Amount": 149990, "Currency": "KZT"})
    assert headers["x-request-id"] == "r-1"
    assert headers["authorization"] == "Basic cGtfMTpzZWNyZXQ="


@pytest.mark.parametrize(
    ("status", "retry"), [(500, True), (503, True), (429, True), (401, False), (404, False)]
)
def test_an_http_error_is_worth_retrying_or_not(api, status, retry):
    api.status = status
    assert refused() is retry


def test_a_redirect_is_not_followed_with_the_secret(api):
    api.status = 302
    api.headers_to_send = {"Location": "http://127.0.0.1:9/"}
    assert refused() is False
    assert len(api.asked) == 1


@pytest.mark.parametrize(
    ("body", "retry"),
    [
        (b'{"Success": false, "Message": "no"}', False),
        (b'{"Success": 1}', False),
        (b"[]", False),
        (b"<html>", True),
        (b"", True),
        (b'{"Success": true, "Model": {"Amount": NaN}}', True),
        (b'{"Success": true, "Model": "' + b"x" * 200_001 + b'"}', False),
    ],
)
def test_an_answer_that_is_not_a_success_is_an_error(api, body, retry):
    api.body = body
    assert refused() is retry


def test_a_silent_provider_is_not_waited_for_for_ever(settings, monkeypatch):
    monkeypatch.setattr(asking, "SECONDS", 0.2)
    silent = HTTPServer(("127.0.0.1", 0), Api)
    settings.CARD_API_URL = f"http://127.0.0.1:{silent.server_port}"
    assert refused() is True
    silent.server_close()
    assert refused() is True


def test_in_production_only_https_is_spoken(settings):
    settings.SANDBOX_BANK = False
    settings.CARD_API_URL = "http://api.example"
    assert refused() is False
