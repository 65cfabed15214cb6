"""A time-stamping authority on this machine: the far edge of the network,
played by the tests (RFC 3161).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import sleep
from typing import Any

from asn1crypto import tsp
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from pyhanko.sign.timestamps import DummyTimeStamper

from offer_site.signing import new_key_file
from tests.processes import serving

GENERATED = datetime(2027, 1, 27, 7, 0, 5, tzinfo=UTC)


@dataclass
class PlayedAuthority:
    """Answers as `manner` says: stamps, refuses, talks nonsense, stamps another digest, sleeps,
    or never stops.
    """

    url: str = ""
    manner: str = "stamps"
    asked: list[bytes] = field(default_factory=list)

    def answer(self, wish: bytes) -> Iterator[bytes]:
        self.asked.append(wish)
        if self.manner == "nonsense":
            yield b"<html>"
        elif self.manner == "sleeps":
            sleep(3)
        elif self.manner == "never stops":
            for _piece in range(40):
                yield b"\x30" * 1000
        else:
            request = tsp.TimeStampReq.load(wish)
            if self.manner == "another":
                imprint = {**request["message_imprint"].native, "hashed_message": bytes(32)}
                request = tsp.TimeStampReq({**request.native, "message_imprint": imprint})
            answer = _stamper().request_tsa_response(request)
            if self.manner == "refuses":
                answer = tsp.TimeStampResp({"status": {"status": "rejection"}})
            yield answer.dump()


@contextmanager
def an_authority(manner: str = "stamps") -> Iterator[PlayedAuthority]:
    """Run an authority on a free port for as long as the scene lasts."""
    played = PlayedAuthority(manner=manner)

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            wish = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            try:
                for piece in played.answer(wish):
                    self.wfile.write(piece)
            except OSError:
                pass  # the site had heard enough

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Door)
    played.url = f"http://127.0.0.1:{server.server_port}/tsa"
    with serving(server):
        yield played


def _stamper() -> DummyTimeStamper:
    pem = new_key_file(name="A time-stamping authority", at=GENERATED)
    key = load_pem_private_key(pem, None).private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )
    certificate = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    return DummyTimeStamper(
        Certificate.load(certificate), PrivateKeyInfo.load(key), fixed_dt=GENERATED
    )
