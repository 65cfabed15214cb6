"""The journal: each row recomputes, each chain is whole, and the seals hold (A5)."""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby, pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.conf import settings

from .reading import Note, canonical, content, day, moment, rows, sha256

FIRST = "0" * 64  # what the first seal names as the one before it
LATE = timedelta(days=1)  # an unsealed row may be older than the last seal by less than this


def rows_recompute_and_follow_each_other(at: datetime) -> Iterator[str]:
    """A5: an edited row has another digest; a removed or inserted one leaves a gap or a fork."""
    sql = """
        SELECT chain, number, at, "by", about_kind, about_key, verb, facts, clause, previous,
                              digest
        FROM journal_entry
        ORDER BY chain, number
    """
    chain = None
    last = 0
    ends = ""
    for name, number, when, by, kind, key, verb, facts, clause, previous, digest in rows(sql):
        if name != chain:
            chain = name
            last = 0
            ends = ""
        written = moment(when).isoformat(timespec="microseconds")
        row = [name, number, written, by, kind, key, verb, content(facts), clause, previous]
        if sha256(canonical(row)) != digest:
            yield f"{name} {number} was edited"
        if number != last + 1:
            yield f"{name}: {number} follows {last or 'nothing'}"
        elif previous != ends:
            yield f"{name} {number} does not follow the row before it"
        last = number
        ends = digest
    sql = """
        SELECT o.code
        FROM enrollment_order o
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.number = 1
        WHERE j.id IS NULL
    """
    yield from (f"{code} has no beginning in the journal" for (code,) in rows(sql))


def sealed_ends_are_still_there(at: datetime) -> Iterator[str]:
    """A5: the rows under a seal are unchanged, even if a whole chain was cut or rewritten."""
    sql = """
        SELECT s.number, h.chain, h.number, h.digest, j.digest
        FROM journal_sealedhead h
        JOIN journal_seal s ON s.id = h.seal_id
        LEFT JOIN journal_entry j ON j.chain = h.chain
            AND j.number = h.number
    """
    for seal, chain, number, digest, now in rows(sql):
        if now is None:
            yield f"{chain} {number} was sealed by {seal}, and is gone"
        elif now != digest:
            yield f"{chain} {number} is not the row that {seal} sealed"
    told = [
        (number, moment(sealed_at))
        for number, sealed_at in rows("SELECT number, sealed_at FROM journal_seal ORDER BY number")
    ]
    yield from _wrong_clocks(told, at)
    number, sealed_at = _last_of_a_right_clock(told, at)
    if sealed_at is not None:
        sql = """
            SELECT j.chain, j.number
            FROM journal_entry j
            LEFT JOIN
                (SELECT chain, MAX(number) AS number
                 FROM journal_sealedhead
                 GROUP BY chain) h ON h.chain = j.chain
            WHERE j.number > COALESCE(h.number, 0)
                AND j.at < %s
        """
        for chain, later in rows(sql, _as_stored(sealed_at - LATE)):
            yield f"{chain} {later} says that it is older than seal {number}, which did not see it"


def _last_of_a_right_clock(
    told: list[tuple[int, datetime]], at: datetime
) -> tuple[int, datetime | None]:
    """The last seal whose time can be trusted.

    A clock was ahead that said a time which has not come, or a later one than a seal after it:
    seals are numbered in the order in which they were made. What such a seal did not see is not
    older than it.
    """
    earliest = at
    for number, said in reversed(told):
        if said <= earliest + LATE:
            return number, said
        earliest = min(earliest, said)
    return 0, None


def _wrong_clocks(told: list[tuple[int, datetime]], at: datetime) -> Iterator[Note]:
    for (number, said), (after, then) in pairwise([*told, (0, at)]):
        if said > then + LATE:
            other = f"seal {after} after it says {then.isoformat()}" if after else "that is to come"
            yield Note(f"seal {number} says {said.isoformat()}, {other}: a clock was wrong")


def _as_stored(when: datetime) -> object:
    """An instant as the engine compares it: SQLite keeps text without a zone."""
    from_database = next(rows("SELECT sealed_at FROM journal_seal LIMIT 1"))[0]
    return (
        when.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        if isinstance(from_database, str)
        else when
    )


def seals_hold(at: datetime) -> Iterator[str]:
    """A5: each seal's tree, text, root and signature recompute, and no mailed seal is gone."""
    known = _known_certificates()
    if not known:
        yield Note(
            "no key of the academy can be read here: each seal is checked with its own certificate "
            "alone"
        )
    mailed = {
        key: content(facts).get("root")
        for key, facts in rows(
            "SELECT about_key, facts FROM notices_notice WHERE kind = 'journal-seal'"
        )
    }
    sql = """
        SELECT id, number, day, sealed_at, previous, chains, rows, tree, text, root,
                                                                               signature,
                                                                               certificate,
                                                                               fingerprint
        FROM journal_seal
        ORDER BY number
    """
    last = 0
    before = ""
    trees = _trees()
    for row in list(rows(sql)):  # one row a day
        (
            key,
            number,
            on,
            sealed_at,
            previous,
            chains,
            count,
            tree,
            text,
            root,
            signature,
            certificate,
            print_,
        ) = row
        if number != last + 1 or previous != before:
            yield f"seal {number} does not follow seal {last}"
        leaves, under, top = trees.get(key, (0, 0, sha256(b"")))
        if (leaves, under, top) != (chains, count, tree):
            yield f"seal {number} is over other ends of chains than it says"
        moment_ = moment(sealed_at).isoformat(timespec="microseconds")
        values = {
            "journal-seal": 1,
            "number": number,
            "day": day(on).isoformat(),
            "sealed-at": moment_,
            "previous": previous or FIRST,
            "chains": chains,
            "rows": count,
            "tree": tree,
        }
        if (
            text != "".join(f"{name} {value}\n" for name, value in values.items())
            or sha256(text.encode()) != root
        ):
            yield f"the text of seal {number} is not what it seals"
        if fault := _fault_of_signature(text, signature, certificate, print_, known):
            yield f"seal {number}: {fault}"
        if mailed.get(str(number), root) != root:
            yield f"seal {number} was mailed with another root"
        last = number
        before = root
    for lost in sorted(key for key in mailed if not key.isdigit() or int(key) > last):
        yield f"seal {lost} was mailed, and is gone"


def _trees() -> dict[int, tuple[int, int, str]]:
    """The tree of each seal, from its leaves: how many leaves, how many new rows, the root."""
    sql = """
        SELECT seal_id, place, chain, number, digest,
            number - COALESCE(LAG(number) OVER (PARTITION BY chain ORDER BY number), 0)
        FROM journal_sealedhead
        ORDER BY seal_id, place
    """
    found: dict[int, tuple[int, int, str]] = {}
    for seal, heads in groupby(rows(sql), key=lambda row: row[0]):
        # Complete subtrees from left to right: height and root of each.
        peaks: list[tuple[int, str]] = []
        leaves = under = 0
        for _seal, place, chain, number, digest, new in heads:
            height = 0
            top = (
                _sha256_of(f"{chain}|{number}|{digest}")
                if place == leaves
                else "a place is left out"
            )
            while peaks and peaks[-1][0] == height:
                top = _knot(peaks.pop()[1], top)
                height += 1
            peaks.append((height, top))
            leaves = leaves + 1
            under = under + new
        _height, top = peaks.pop()
        for _height, left in reversed(peaks):
            top = _knot(left, top)
        found[seal] = (leaves, under, top)
    return found


def _knot(left: str, right: str) -> str:
    return _sha256_of(left + right)


def _sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _fault_of_signature(
    text: str,
    signature: str,
    certificate: str,
    fingerprint: str,
    known: dict[str, x509.Certificate],
) -> str:
    try:
        own = x509.load_pem_x509_certificate(certificate.encode())
        signed = base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error):
        return "its certificate or signature cannot be read"
    name = own.fingerprint(hashes.SHA256()).hex()
    if name != fingerprint or (known and name not in known):
        return "it is signed with another key than the academy's"
    key = own.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return "its key is no RSA key"
    try:
        key.verify(signed, text.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return "its signature is false"
    return ""


def _known_certificates() -> dict[str, x509.Certificate]:
    """The academy's current and former certificates by fingerprint; none without the files."""
    return {
        each.fingerprint(hashes.SHA256()).hex(): each
        for path in (settings.SIGNING_KEY, settings.SIGNING_FORMER)
        if path
        for each in _certificates(str(path))
    }


@lru_cache
def _certificates(path: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(Path(path).read_bytes())
    except (OSError, ValueError):
        return []
