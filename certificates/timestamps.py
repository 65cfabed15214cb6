"""Time-stamps of another authority (RFC 3161): they prove that a signature stood at a time,
even to who doubts ours.
"""

from dataclasses import dataclass
from http.client import HTTPException
from secrets import randbits
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from asn1crypto import algos, tsp

LONGEST_ANSWER = 12_000  # bytes; an authority's chain of certificates is in it


class TimestampError(RuntimeError):
    """Say why an authority's time-stamp was not had."""


@dataclass(frozen=True)
class Authority:
    """Who gives time-stamps: at which address,
    and for how many seconds an answer is waited for in all.
    """

    url: str
    seconds: float = 5

    def stamp(self, digest: bytes) -> Any:
        """Have a SHA-256 digest stamped; raise TimestampError if the authority is away,
        refuses or answers nonsense.
        """
        nonce = randbits(63)
        imprint = tsp.MessageImprint(
            {
                "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "hashed_message": digest,
            }
        )
        wish = tsp.TimeStampReq(
            {"version": 1, "message_imprint": imprint, "nonce": nonce, "cert_req": True}
        )
        try:
            answer = tsp.TimeStampResp.load(self._ask(wish.dump()), strict=True)
            if answer["status"]["status"].native not in ("granted", "granted_with_mods"):
                raise TimestampError("the time-stamping authority refused")
            token = answer["time_stamp_token"]
            said = token["content"]["encap_content_info"]["content"].parsed
            is_ours = (
                said["nonce"].native == nonce
                and said["message_imprint"]["hashed_message"].native == digest
            )
        except (OSError, HTTPException) as error:
            raise TimestampError(
                f"the time-stamping authority is away: {type(error).__name__}"
            ) from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise TimestampError("the time-stamping authority answered nonsense") from error
        if not is_ours:
            raise TimestampError("the time-stamping authority stamped something else")
        return token

    def _ask(self, wish: bytes) -> bytes:
        ends = monotonic() + self.seconds
        headers = {
            "Content-Type": "application/timestamp-query",
            "Accept": "application/timestamp-reply",
        }
        request = Request(self.url, data=wish, headers=headers, method="POST")  # noqa: S310  a setting, checked
        at_home = urlsplit(self.url).hostname in ("localhost", "127.0.0.1", "::1")
        answer = b""
        with (_direct_opener if at_home else _opener).open(
            request, timeout=self.seconds
        ) as response:
            while piece := response.read1(LONGEST_ANSWER):
                answer += piece
                if len(answer) > LONGEST_ANSWER:
                    raise TimestampError("the time-stamping authority answered too much")
                if monotonic() > ends:
                    raise TimeoutError
        return answer


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


_opener = build_opener(_NoRedirects)
_direct_opener = build_opener(_NoRedirects, ProxyHandler({}))
