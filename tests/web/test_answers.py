"""What every answer carries over https, and what is refused before anything looks at it."""

import re
import runpy
from base64 import b64decode
from hashlib import sha384
from http.cookies import SimpleCookie

import pytest
from django.test import Client

from enrollment.operations.links import order_link
from tests.accounts.signing import signed_in
from tests.given import a_paid_order, a_placed_order, an_owner
from tests.processes import PROJECT
from tests.web.observatory import modifiers, points

SITE = "https://academy.example.kz"
OF_HTTPS = ("COOKIE_PREFIX", "SITE_URL", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS")
KINDS = ("SESSION_COOKIE_", "CSRF_COOKIE_", "LANGUAGE_COOKIE_", "SECURE_")
WITH_A_COOKIE = 150  # points at least
WITHOUT = 145


@pytest.fixture
def https(settings, monkeypatch):
    """The settings as they are read where SITE_URL is https."""
    monkeypatch.setenv("SITE_URL", SITE)
    read = runpy.run_path(str(PROJECT / "offer_site" / "settings.py"))
    for name, value in read.items():
        if name in OF_HTTPS or name.startswith(KINDS):
            setattr(settings, name, value)
    return settings


class Browser(Client):
    """A browser that speaks https and remembers which cookies were set."""

    def __init__(self) -> None:
        super().__init__(raise_request_exception=False, HTTP_HOST="academy.example.kz")
        self.was_set = SimpleCookie()

    def open(self, path, **more):
        answer = self.get(path, secure=True, **more)
        self.was_set.update(answer.cookies)
        return answer


def path_of(link):
    return "/" + link.split("/", 3)[3]


# --- Cookies
def test_every_cookie_is_bound_to_this_host_over_https(db, https):
    order = a_placed_order()
    browser = Browser()
    browser.open(path_of(order_link(order)))
    for path in ("/ru/", "/kk/sign-in/", "/kk/checkout/birge/", f"/kk/orders/{order.code}/"):
        assert browser.open(path).status_code == 200, path
    browser.was_set.update(browser.post("/theme/", {"theme": "dark"}, secure=True).cookies)
    sign_in = browser.post(
        "/kk/sign-in/", {"email": order.party.email}, secure=True, headers={"referer": SITE}
    )
    browser.was_set.update(sign_in.cookies)
    names = set(browser.was_set)
    assert names >= {
        "__Host-orders",
        "__Host-theme",
        "__Host-django_language",
        "__Host-csrftoken",
        "__Host-sessionid",
    }
    assert all(name.startswith("__Host-") for name in names)
    for cookie in browser.was_set.values():
        assert (cookie["secure"], cookie["httponly"]) == (True, True), cookie.key
        assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", "Lax")


def test_over_https_a_cookie_of_another_name_opens_nothing(db, https):
    order = a_placed_order()
    browser = Browser()
    browser.open(path_of(order_link(order)))
    laid_under = browser.cookies.pop("__Host-orders").value
    browser.cookies["orders"] = laid_under
    assert browser.open(f"/kk/orders/{order.code}/").status_code == 404
    browser.cookies["__Host-orders"] = laid_under
    assert browser.open(f"/kk/orders/{order.code}/").status_code == 200


def test_over_plain_http_a_developers_cookies_keep_their_names(db, settings):
    order = a_placed_order()
    browser = Client()
    browser.get(path_of(order_link(order)))
    assert browser.get(f"/kk/orders/{order.code}/").status_code == 200
    assert "orders" in browser.cookies
    assert (settings.COOKIE_PREFIX, settings.SESSION_COOKIE_NAME) == ("", "sessionid")


def test_a_message_waits_in_a_cookie_of_this_host(db, https):
    order = a_placed_order()
    browser = Browser()
    browser.open(path_of(order_link(order)))
    page = browser.open(f"/kk/orders/{order.code}/act.pdf", headers={"referer": f"{SITE}/kk/"})
    assert page.status_code == 302
    assert "__Host-messages" in browser.was_set


# --- Callbacks
@pytest.mark.parametrize(
    "path", ["card/pay/", "card/nothing/", "kaspi/", "kaspi", "telegram/", "nobody/"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_callback_over_plain_http_is_refused_by_name(https, caplog, path, method):
    answer = getattr(Client(HTTP_HOST="academy.example.kz"), method)(f"/callbacks/{path}")
    assert (answer.status_code, answer.get("Location")) == (403, None)
    assert b"https only" in answer.content
    assert f"a callback over plain http refused: /callbacks/{path}" in caplog.messages


def test_every_other_page_over_plain_http_leads_to_https(https):
    answer = Client(HTTP_HOST="academy.example.kz").get("/kk/")
    assert (answer.status_code, answer["Location"]) == (301, f"{SITE}/kk/")


def test_behind_a_proxy_the_callback_is_as_secure_as_the_proxy_says(db, https):
    https.TRUSTED_PROXIES = 1
    https.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    browser = Client(HTTP_HOST="academy.example.kz")
    for scheme, is_by_name in (("http", True), ("https", False)):
        answer = browser.post("/callbacks/card/pay/", headers={"x-forwarded-proto": scheme})
        assert answer.status_code == 403  # over https: for its wrong signature
        assert (b"https only" in answer.content) == is_by_name


# --- A Host
@pytest.mark.parametrize("port", ["0", "00", "65536", "99999999999999999999"])
def test_a_host_with_an_impossible_port_is_refused(port):
    for path in ("/kk/", "/live", "/callbacks/kaspi/", "/nothing"):
        answer = Client(HTTP_HOST=f"localhost:{port}").get(path)
        assert answer.status_code == 400, path


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "localhost:65535", "[::1]:8000"])
def test_a_host_with_a_port_is_answered(host):
    assert Client(HTTP_HOST=host).get("/live").status_code == 200


@pytest.mark.parametrize("host", ["elsewhere.example", "localhost:", "localhost:80:80", "a b"])
def test_a_foreign_host_is_refused_as_before(host):
    assert Client(HTTP_HOST=host).get("/kk/").status_code == 400


# --- What is stored nowhere
def test_every_answer_that_speaks_of_somebody_is_stored_nowhere(db, settings):
    settings.CARD_API_URL = "http://127.0.0.1:9"
    order = a_paid_order()
    unpaid = a_placed_order()
    browser = signed_in(order.user if hasattr(order, "user") else an_owner())
    for each in (order, unpaid):
        browser.get(path_of(order_link(each)))
    gets = [
        "/kk/",
        "/kk/offer/",
        "/kk/cabinet/",
        f"/kk/orders/{order.code}/",
        f"/kk/orders/{order.code}/contract.pdf",
        f"/kk/orders/{order.code}/act.pdf",
        f"/kk/orders/{unpaid.code}/invoice.pdf",
        f"/kk/orders/{unpaid.code}/report/",
        f"/kk/orders/{unpaid.code}/payments/return/",
        f"/kk/orders/{unpaid.code}/payments/return/?result=failed",
        path_of(order_link(order)),
        "/kk/checkout/birge/",
        "/kk/sign-in/",
        "/kk/second-factor/",
        "/admin/",
        "/kk/orders/SM000000/",
        "/verify/",
    ]
    posts = [
        f"/kk/orders/{unpaid.code}/payments/",
        f"/kk/orders/{unpaid.code}/cancellation/",
        "/kk/sessions/end/",
        "/kk/sign-out/",
    ]
    answers = [(path, browser.get(path)) for path in gets]
    answers += [(path, browser.post(path, {})) for path in posts]
    for path, answer in answers:
        assert answer.status_code < 500, path
        assert "no-store" in answer.get("Cache-Control", ""), (path, answer.status_code)


def test_pages_that_speak_of_nobody_may_be_kept(db):
    a_placed_order()
    visitor = Client(headers={"accept-language": "kk"})
    for path in ("/kk/", "/kk/offer/", "/kk/learners.csv"):
        assert "Cache-Control" not in visitor.get(path).headers, path


# --- Headers
def test_the_policy_stands_on_every_kind_of_answer(db, https):
    browser = Browser()
    answers = [
        browser.open(path)
        for path in ("/live", "/kk/nothing/", "/callbacks/card/nothing/", "/ru", "/kk/cabinet/")
    ]
    answers.append(browser.post("/callbacks/card/pay/", secure=True))
    answers.append(browser.get("/kk/", HTTP_HOST="elsewhere.example", secure=True))
    answers.append(browser.get("/kk/", HTTP_HOST="academy.example.kz:0", secure=True))
    answers.append(Client(HTTP_HOST="academy.example.kz").get("/kk/"))
    for answer in answers:
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy, answer
        assert "frame-ancestors 'none'" in policy
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_by_the_observatorys_table_every_page_is_far_above_a_hundred(db, https):
    order = a_placed_order()
    browser = Browser()
    browser.open(path_of(order_link(order)))
    with_cookie = [
        f"/kk/orders/{order.code}/",
        f"/ru/orders/{order.code}/report/",
        "/kk/checkout/birge/",
        "/ru/checkout/birge/company/",
        "/kk/sign-in/",
        "/kk/halves/birge/",
    ]
    for path in with_cookie:
        answer = browser.open(path)
        assert answer.status_code == 200, path
        found = modifiers(answer, cookies=browser.was_set)
        assert points(answer, cookies=browser.was_set) >= WITH_A_COOKIE, (path, found)
    for path in ("/kk/", "/ru/", "/kk/offer/", "/verify/", "/kk/nothing/", "/kk/cabinet/"):
        stranger = Browser()
        answer = stranger.open(path, headers={"accept-language": path[1:3]})
        found = modifiers(answer, cookies=stranger.was_set)
        assert points(answer, cookies=stranger.was_set) >= WITHOUT, (path, found)


def test_a_script_is_loaded_only_as_it_was_shipped(client, db):
    answer = client.get("/verify/")
    (script,) = re.findall(r"<script\b[^>]*>", answer.content.decode())
    digest = re.search(r'integrity="sha384-([^"]+)"', script)[1]
    shipped = (PROJECT / "offer_site" / "static" / "js" / "drop.js").read_bytes()
    assert b64decode(digest) == sha384(shipped).digest()
    assert modifiers(answer, cookies={})["subresource-integrity"] == 5
