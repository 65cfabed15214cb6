"""Claims: what came, its term, its reasoned answer; what a force majeure moved (D2, L1, L2)."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from .reading import Note, canonical, chains_erased, content, day, end_of, moment, plain, rows

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
        if not salt:
            erased = code in chains_erased("exchange")
            gone = f"{name}: its words are"
            yield Note(f"{gone} erased") if erased else f"{gone} gone, and no journal row says so"
            continue
        words = {part: plain(text) or "" for part, text in zip(TEXTS, texts, strict=True)}
        words["amount"] = str(amount or "")
        told = content(facts)
        if hashlib.sha256(salt.encode() + canonical(words)).hexdigest() != told["digest"]:
            yield f"{name} has other words than those that came"
        if not set(told["files"]) <= files.get(number, set()):
            yield f"{name} lacks a file that came with it"


def what_moved_was_confirmed(at: datetime) -> Iterator[str]:
    """L2: terms moved only by a confirmed event that is over, by its length, as journalled."""
    sql = """
        SELECT c.id, c.event_id, c.moved_days, o.code, e.confirmed_at, e.rejected_at, e.began_on,
               e.ended_on, e.is_well_known,
            (SELECT COUNT(*) FROM enrollment_forcemajeurefile f WHERE f.event_id = e.id)
        FROM enrollment_forcemajeurecontract c
        JOIN enrollment_forcemajeure e ON e.id = c.event_id
        JOIN enrollment_order o ON o.id = c.order_id
    """
    moves: dict[str, set[int]] = {}
    told = "SELECT chain, facts FROM journal_entry WHERE verb = 'deadline.moved'"
    for chain, facts in rows(told):
        read = content(facts)
        moves.setdefault(f"{chain} {read.get('because')}", set()).add(read.get("days", 0))
    for _row, event, moved, code, confirmed, rejected, began, ended, known, files in rows(sql):
        name = f"{code}: force majeure {event}"
        length = (day(ended) - day(began)).days + 1 if ended is not None else 0
        if moved and (confirmed is None or rejected is not None):
            yield f"{name} moved terms, and nobody confirmed it"
        if moved not in (0, length):
            yield f"{name} lasted {length} days and moved terms by {moved}"
        if confirmed is not None and not known and not files:
            yield f"{name} was confirmed without a document"
        if moves.get(f"{code} force-majeure {event}", {moved}) != {moved}:
            yield f"{name} moved terms by other days than its row says"


def reports_are_late_or_in_time(at: datetime) -> Iterator[str]:
    """L2: whether a report was late agrees with its day and the last day for it (8.3)."""
    sql = """
        SELECT c.event_id, o.code, c.reported_late, c.last_day_to_report, e.reported_at
        FROM enrollment_forcemajeurecontract c
        JOIN enrollment_forcemajeure e ON e.id = c.event_id
        JOIN enrollment_order o ON o.id = c.order_id
    """
    for event, code, late, last_day, reported in rows(sql):
        if bool(late) != (moment(reported) >= end_of(day(last_day))):
            yield f"{code}: force majeure {event} was reported {'in time' if late else 'late'}"
