"""Who may speak as Kaspi, and in which format it is answered."""

import urllib.parse
import urllib.request
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse

from payments.models import ProviderMessage
from tests.given import NOON, a_placed_order
from tests.payments.kaspi import TXN, a_payment, a_question, send

BANK = "192.0.2.10"
STRANGER = "198.51.100.7"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON)


def status(*, peer, forwarded=None):
    more = {"REMOTE_ADDR": peer} | ({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {})
    return send(
        {"command": "check", "txn_id": "1", "account": "SM000000", "sum": "1"}, **more
    ).status_code


def test_without_addresses_there_is_no_door(settings, django_assert_num_queries):
    settings.KASPI_ALLOWED_ADDRESSES = []
    assert status(peer="127.0.0.1") == 404


def test_a_stranger_is_refused_in_one_line_and_no_query(
    db, settings, django_assert_num_queries, caplog
):
    settings.KASPI_ALLOWED_ADDRESSES = [BANK]
    with django_assert_num_queries(0):
        assert status(peer=STRANGER) == 403
    assert [record.getMessage() for record in caplog.records] == [
        f"kaspi request from {STRANGER} refused"
    ]
    assert not ProviderMessage.objects.exists()
    assert status(peer=BANK) == 200
    assert status(peer=f"::ffff:{BANK}") == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, BANK, 403),  # nobody's word counts: the peer is a stranger
        (1, BANK, 200),
        (1, f"{BANK}, {STRANGER}", 403),  # the sender wrote the first part himself
        (1, f"{STRANGER}, {BANK}", 200),
        (2, f"{BANK}, {STRANGER}", 200),
        (2, f"{BANK}, {STRANGER}, {STRANGER}", 403),
        (2, BANK, 403),  # one proxy was passed by
        (1, "bank", 403),
        (1, None, 403),
    ],
)
def test_only_what_our_own_proxies_added_is_believed(db, settings, proxies, forwarded, expected):
    settings.KASPI_ALLOWED_ADDRESSES = [BANK]
    settings.TRUSTED_PROXIES = proxies
    assert status(peer=STRANGER, forwarded=forwarded) == expected


def test_a_network_may_be_allowed(db, settings):
    settings.KASPI_ALLOWED_ADDRESSES = ["192.0.2.0/28"]
    assert (status(peer="192.0.2.15"), status(peer="192.0.2.16")) == (200, 403)


@pytest.mark.parametrize("method", ["post", "head", "put"])
def test_only_get_is_spoken(method):
    response = getattr(Client(), method)("/callbacks/kaspi/")
    assert (response.status_code, response.headers["Allow"]) == (405, "GET")


def test_the_last_slash_may_be_missing(db):
    assert Client().get("/callbacks/kaspi", {"command": "check"}).status_code == 200
    assert reverse("kaspi_callback") == "/callbacks/kaspi/"


def test_json_is_utf8_and_sets_no_cookie(db):
    response = send(a_question(a_placed_order(), account="SM000000"))
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert "Мұндай тапсырыс жоқ" in response.content.decode()
    assert not response.cookies
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "private, no-store"


def test_xml_says_the_same(db, settings):
    settings.KASPI_ANSWERS = "xml"
    order = a_placed_order()
    response = send(a_question(order))
    assert response.headers["Content-Type"] == "application/xml; charset=utf-8"
    said = ElementTree.fromstring(response.content)
    assert (said.tag, [each.tag for each in said]) == (
        "response",
        ["txn_id", "result", "sum", "comment", "fields"],
    )
    assert (said.findtext("txn_id"), said.findtext("result")) == (TXN, "0")
    assert said.findtext("sum") == f"{order.prepayment}.00"
    (field,) = said.find("fields")
    assert (field.tag, field.get("name"), field.text) == (
        "field1",
        "Курс",
        f"{order.cohort.course.name}, БІРГЕ",
    )

    paid = ElementTree.fromstring(send(a_payment(order)).content)
    assert [each.tag for each in paid] == [
        "txn_id",
        "prv_txn_id",
        "prv_txn",
        "result",
        "sum",
        "comment",
    ]
    assert paid.findtext("prv_txn") == str(ProviderMessage.objects.get(kind="pay").pk)


def test_xml_escapes_what_it_repeats(db, settings):
    settings.KASPI_ANSWERS = "xml"
    txn = '1<&>"'
    order = a_placed_order()
    order.cohort.course.name = 'A & <B> "C"'
    order.cohort.course.save()
    response = send(a_question(order, txn_id=txn))
    assert b"<txn_id>1&lt;&amp;&gt;" in response.content
    said = ElementTree.fromstring(response.content)
    assert said.findtext("txn_id") == txn
    assert said.findtext("fields/field1") == 'A & <B> "C", БІРГЕ'


@pytest.mark.parametrize("answers", ["json", "xml"])
@pytest.mark.parametrize(
    "query", ["command=pay&txn_id=%FF", "command=check&txn_id=1%00&account=1", "%", "a" * 3000]
)
def test_nonsense_is_answered_in_the_protocol_too(db, settings, answers, query):
    settings.KASPI_ANSWERS = answers
    response = Client().get(f"/callbacks/kaspi/?{query}")
    assert response.status_code == 200
    said = (
        response.json()["result"]
        if answers == "json"
        else ElementTree.fromstring(response.content).findtext("result")
    )
    assert int(said) == 5


def test_over_real_http(transactional_db, live_server):
    order = a_placed_order()
    with urllib.request.urlopen(
        f"{live_server.url}/callbacks/kaspi/?{urllib.parse.urlencode(a_payment(order))}"
    ) as response:
        assert response.status == 200
        assert b'"result": 0' in response.read()
