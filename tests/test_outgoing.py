"""Asking an unfriendly server: whatever it does, there is one answer or one error, in time."""

import gzip
import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Event, Thread
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from offer_site.outgoing import HttpAnswer, OutgoingError, ask
from tests.processes import free_port

OK = b"HTTP/1.1 200 OK\r\n"
SECRET = "bot123:secret"


class Server:
    """Reads a request whole, answers it as `manner` does, and keeps what it was asked."""

    def __init__(self, manner: Callable[[socket.socket, Event], None], wrap=None) -> None:
        self.manner = manner
        self.wrap = wrap
        self.asked: list[bytes] = []
        self.stopped = Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}/{SECRET}"
        self.thread = Thread(target=self.serve, daemon=True)

    def serve(self) -> None:
        while True:
            try:
                connection, _address = self.listening.accept()
            except OSError:
                return
            with suppress(OSError), connection:
                talking = self.wrap(connection) if self.wrap else connection
                self.asked.append(self.request(talking))
                self.manner(talking, self.stopped)
                if self.wrap:
                    talking.close()

    def request(self, connection: socket.socket) -> bytes:
        read = b""
        while not read.endswith(b"\r\n\r\nasked"):
            if not (piece := connection.recv(65536)):
                break
            read += piece
        return read


@contextmanager
def a_server(manner, wrap=None) -> Iterator[Server]:
    server = Server(manner, wrap)
    server.thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        server.listening.shutdown(socket.SHUT_RDWR)
        server.listening.close()
        server.thread.join(5)
        assert not server.thread.is_alive()


def sends(*pieces: bytes):
    return lambda connection, _stopped: [connection.sendall(piece) for piece in pieces]


def drips(begin: bytes, piece: bytes):
    """Send a piece each twentieth of a second until nobody listens."""

    def drip(connection, stopped):
        connection.sendall(begin)
        while not stopped.wait(0.05):
            connection.sendall(piece)

    return drip


def says_nothing(_connection, stopped):
    stopped.wait(10)


def failed(url: str, **more) -> OutgoingError:
    with pytest.raises(OutgoingError) as caught:
        ask(url, body=b"asked", **more)
    return caught.value


def test_an_answer_is_its_status_and_its_bytes():
    with a_server(sends(OK, b"Content-Length: 4\r\n\r\n", b"yes\n")) as server:
        answer = ask(server.url, body=b"asked", headers={"X-Key": "k"})
    assert answer == HttpAnswer(200, b"yes\n")
    (request,) = server.asked
    assert request.startswith(f"POST /{SECRET} HTTP/1.1\r\n".encode())
    assert b"X-Key: k\r\n" in request
    assert b"Accept-Encoding: identity\r\n" in request
    assert request.endswith(b"\r\n\r\nasked")


def test_a_redirect_is_an_answer_and_is_not_followed():
    moved = b"HTTP/1.1 307 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    with a_server(sends(moved)) as server:
        answer = ask(server.url, body=b"asked")
    assert (answer.status, answer.is_success) == (307, False)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "manner",
    [
        says_nothing,
        drips(b"", b"H"),
        drips(OK, b"X-Slow: 1\r\n"),
        drips(OK + b"\r\n", b"."),
        drips(OK + b"Content-Length: 100000\r\n\r\n", b"."),
        drips(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n.\r\n"),
    ],
    ids=["silence", "status line", "headers", "body", "body of a length", "chunks"],
)
def test_a_server_that_drips_holds_nobody_past_the_deadline(manner):
    with a_server(manner) as server:
        began = monotonic()
        error = failed(server.url, seconds=0.4)
        assert monotonic() - began < 2
    assert error.retry is True


@pytest.mark.parametrize(
    "head",
    [b"\r\n", b"Content-Length: 99999999999\r\n\r\n"],
    ids=["without a length", "with a length"],
)
def test_an_endless_body_is_read_no_further_than_its_limit(head):
    with a_server(drips(OK + head + b"x" * 5000, b"x" * 5000)) as server:
        error = failed(server.url, longest=20_000)
    assert (str(error), error.retry) == ("an answer of more than 20000 bytes", False)


def test_a_body_of_just_the_limit_is_read():
    with a_server(sends(OK, b"Content-Length: 7\r\n\r\n", b"1234567")) as server:
        assert ask(server.url, body=b"asked", longest=7).body == b"1234567"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage that is no status line\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        OK + b"X-Long: " + b"x" * 200_000,
        OK + b"Content-Length: 10\r\n\r\nshort",
        OK + b"Content-Length: five\r\n\r\nwrong",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhal",
        OK + b"Transfer-Encoding: chunked\r\n\r\nno chunk",
    ],
    ids=[
        "closed at once",
        "garbage",
        "no status",
        "long header",
        "too short",
        "no length",
        "half a chunk",
        "no chunk",
    ],
)
def test_what_is_no_whole_answer_is_worth_asking_again(answer):
    with a_server(sends(answer)) as server:
        assert failed(server.url).retry is True
    assert len(server.asked) == 1, "nothing is asked twice by itself"


def test_what_a_refusal_says_is_read():
    refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"
    with a_server(sends(refusal)) as server:
        assert ask(server.url, body=b"asked") == HttpAnswer(403, b"no")


@pytest.mark.parametrize(
    "manner",
    [
        sends(b"HTTP/1.1 401 No\r\nContent-Length: 10\r\n\r\nshort"),
        sends(b"HTTP/1.1 401 No\r\n\r\n" + b"x" * 300_000),
        drips(b"HTTP/1.1 401 No\r\n\r\n", b"."),
    ],
    ids=["broken off", "too long", "dripping"],
)
def test_a_refusal_that_is_not_whole_is_a_refusal(manner):
    with a_server(manner) as server:
        assert ask(server.url, body=b"asked", seconds=0.4) == HttpAnswer(401, b"")


def test_a_small_answer_cannot_grow_by_unpacking():
    bomb = gzip.compress(bytes(50_000_000))
    head = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with a_server(sends(OK, head, bomb)) as server:
        assert ask(server.url, body=b"asked").body == bomb


def test_a_server_that_is_away_is_worth_asking_again():
    error = failed(f"http://127.0.0.1:{free_port()}/")
    assert error.retry is True
    assert "ConnectError" in str(error)


def test_an_address_that_refuses_is_followed_by_the_next_one(monkeypatch):
    """`localhost` is first ::1, where nobody listens, and then 127.0.0.1."""
    port = 0
    found = socket.getaddrinfo

    def both(host, *args, **kwargs):
        if host != "localhost":
            return found(host, *args, **kwargs)
        return found("::1", port, type=socket.SOCK_STREAM) + found(
            "127.0.0.1", port, type=socket.SOCK_STREAM
        )

    with a_server(sends(OK, b"Content-Length: 1\r\n\r\n1")) as server:
        port = server.listening.getsockname()[1]
        monkeypatch.setattr(socket, "getaddrinfo", both)
        assert ask(f"http://localhost:{port}/", body=b"asked").body == b"1"


@pytest.mark.parametrize("url", ["gopher://example.kz/", "no address", "//x", "http://"])
def test_what_is_no_address_of_the_web_is_not_asked(url):
    assert failed(url).retry is False


def test_a_server_at_home_is_not_asked_through_a_proxy(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("NO_PROXY", "")
    with a_server(sends(OK, b"Content-Length: 1\r\n\r\n1")) as server:
        assert ask(server.url, body=b"asked").body == b"1"


# --- TLS
@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that nobody knows, for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(pem + made.public_bytes(Encoding.PEM))
    return file


def test_a_server_whose_certificate_nobody_knows_is_not_asked(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def wrap(connection):
        return context.wrap_socket(connection, server_side=True)

    with a_server(sends(OK, b"\r\n"), wrap) as server:
        error = failed(server.url.replace("http:", "https:"))
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)
    assert server.asked == []


def test_a_server_that_never_shakes_hands_is_not_waited_for():
    with a_server(drips(b"", b"\x16")) as server:
        began = monotonic()
        assert failed(server.url.replace("http:", "https:"), seconds=0.4).retry is True
        assert monotonic() - began < 2


# --- Secrets
@pytest.mark.parametrize(
    "manner", [sends(OK, b"Content-Length: 1\r\n\r\n1"), sends(b""), sends(b"garbage")]
)
def test_no_address_and_no_header_is_written_to_the_log_or_the_error(manner, caplog):
    caplog.set_level(logging.DEBUG)
    said = ""
    with a_server(manner) as server:
        try:
            ask(server.url, body=b"asked", headers={"X-Key": "key-secret"})
        except OutgoingError as error:
            said = f"{error!r} {error.__cause__!r}"
    assert "secret" not in caplog.text + said


def test_a_header_that_may_not_be_sent_is_not_told():
    error = failed("http://127.0.0.1:9/", headers={"X-Key": "secret\n"})
    assert "secret" not in f"{error!r} {error.__cause__!r}"
