"""Time-stamps of an outside authority (RFC 3161): independent proof of when we signed."""

from dataclasses import dataclass
from secrets import randbits
from typing import Any

from asn1crypto import algos, tsp

from offer_site.outgoing import NotAskedError, OutgoingError, ask_sparingly

CONNECT_SECONDS = 3
LONGEST_ANSWER = 12_000  # bytes, with the authority's chain of certificates


class TimestampError(RuntimeError):
    """The authority gave no time-stamp; the message says why."""


class NoTurnError(TimestampError):
    """This process has left the authority alone, or waits for it in other threads already."""


@dataclass(frozen=True)
class Authority:
    """A time-stamping authority: its address, and the seconds to wait for a whole answer."""

    url: str
    seconds: float = 5

    def stamp(self, digest: bytes) -> Any:
        """A stamp of a SHA-256 digest, over the network.

        Raises TimestampError if the authority is away, refuses or answers nonsense.
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
            info = token["content"]["encap_content_info"]["content"].parsed
            is_ours = (
                info["nonce"].native == nonce
                and info["message_imprint"]["hashed_message"].native == digest
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise TimestampError("the time-stamping authority answered nonsense") from error
        if not is_ours:
            raise TimestampError("the time-stamping authority stamped something else")
        return token

    def _ask(self, wish: bytes) -> bytes:
        headers = {
            "Content-Type": "application/timestamp-query",
            "Accept": "application/timestamp-reply",
        }
        try:
            answer = ask_sparingly(
                self.url,
                body=wish,
                headers=headers,
                seconds=self.seconds,
                connect_seconds=CONNECT_SECONDS,
                longest=LONGEST_ANSWER,
            )
        except NotAskedError as error:
            raise NoTurnError(f"the time-stamping authority was {error}") from error
        except OutgoingError as error:
            raise TimestampError(f"the time-stamping authority is away: {error}") from error
        if not answer.is_success:
            raise TimestampError(f"the time-stamping authority is away: HTTP {answer.status}")
        return answer.body
