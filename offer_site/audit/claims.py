"""Claims: what came, by its digest; its term, and the reasoned answer with a proposal (D2, L1)."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from .reading import canonical, content, day, plain, rows

TEXTS = ("demand", "calculation", "circumstances", "evidence", "other")


def each_claim_is_answered_or_its_term_runs(at: datetime) -> Iterator[str]:
    """D2: a term of the answer or of documents runs, or there is an answer, or a withdrawal."""
    sql = """
        SELECT c.id, c.came_on, c.withdrawn_at, d.met_at, d.event_on, d.occasion, a.id,
               a.reasons_kk, a.reasons_ru, a.proposal_kk, a.proposal_ru,
            (SELECT COUNT(*)
             FROM enrollment_documentrequest r
             JOIN enrollment_deadline t ON t.id = r.term_id
             WHERE r.claim_id = c.id
                 AND r.closed_at IS NULL
                 AND t.met_at IS NULL)
        FROM enrollment_claim c
        JOIN enrollment_deadline d ON d.id = c.answer_term_id
        LEFT JOIN enrollment_claimanswer a ON a.claim_id = c.id
    """
    for number, came, withdrawn, met, event, occasion, answer, *said, awaited in rows(sql):
        name = f"claim {number}"
        if "," not in occasion and day(event) != day(came):
            yield f"{name} came on {day(came)}, and its term runs from {day(event)}"
        ended = answer is not None or withdrawn is not None
        if answer is not None:
            kk, ru, proposal_kk, proposal_ru = ((plain(text) or "").strip() for text in said)
            if not ((kk and proposal_kk) or (ru and proposal_ru)):
                yield f"{name} was answered without reasons or a proposal"
        if not ended and met is not None and not awaited:
            yield f"{name} has neither an answer nor a term that runs"
        if ended and (met is None or awaited):
            yield f"{name} has ended, and its term runs on"


def claims_are_those_that_came(at: datetime) -> Iterator[str]:
    """L1: the digest of a claim's words, and those of its first files, stand in the journal."""
    files: dict[int, set[str]] = {}
    for claim, digest in rows("SELECT claim_id, document_sha256 FROM enrollment_claimfile"):
        files.setdefault(claim, set()).add(digest)
    sql = f"""
        SELECT c.id, c.salt, c.amount, {", ".join(f"c.{name}" for name in TEXTS)}, o.code, j.facts
        FROM enrollment_claim c
        JOIN enrollment_order o ON o.id = c.order_id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.verb = 'claim.filed'
            AND j.about_key = CAST(c.id AS VARCHAR(20))
    """  # noqa: S608 - names of ours
    for number, salt, amount, *texts, code, facts in rows(sql):
        name = f"{code}: claim {number}"
        if facts is None:
            yield f"{name} is in no journal"
            continue
        words = {part: plain(text) or "" for part, text in zip(TEXTS, texts, strict=True)}
        words["amount"] = str(amount or "")
        told = content(facts)
        if hashlib.sha256(salt.encode() + canonical(words)).hexdigest() != told["digest"]:
            yield f"{name} has other words than those that came"
        if not set(told["files"]) <= files.get(number, set()):
            yield f"{name} lacks a file that came with it"
