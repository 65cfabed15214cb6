"""Claims: what came, its term, its reasoned answer; what a force majeure moved (D2, L1, L2)."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from .reading import (
    Note,
    canonical,
    chains_erased,
    content,
    day,
    end_of,
    in_almaty,
    moment,
    plain,
    rows,
)

DAY_OF = {"academy": "the last day", "user": "the rest"}  # what each side owes besides terms
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


def claims_are_taken_back_by_their_students(at: datetime) -> Iterator[str]:
    """L4: what staff took back for a student has the paper that the journal tells of."""
    sql = """
        SELECT c.id, o.code, c.came_by, c.entered_by, c.withdrawn_by, f.document_sha256, j.facts
        FROM enrollment_claim c
        JOIN enrollment_order o ON o.id = c.order_id
        LEFT JOIN enrollment_claimfile f ON f.id = c.withdrawal_id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.verb = 'claim.withdrawn'
            AND j.about_key = CAST(c.id AS VARCHAR(20))
        WHERE c.filed_by = 'user' AND c.withdrawn_at IS NOT NULL
    """
    for number, code, came_by, entered_by, by, paper, facts in rows(sql):
        name = f"{code}: claim {number}"
        told = content(facts).get("document") if facts is not None else None
        # A member of staff who learns here takes back the claim that they filed themselves.
        is_own = came_by == "cabinet" and entered_by == by
        if told != paper:
            yield f"{name} was taken back by another paper than the journal tells"
        elif paper is None and by.startswith("staff:") and not is_own:
            yield f"{name} was taken back by staff without a paper of the student"


def penalties_are_for_confirmed_breaches(at: datetime) -> Iterator[str]:
    """L5: a claim of 11.5 names a breach of its order and its sum; an open one is confirmed."""
    sql = """
        SELECT c.id, o.code, c.amount, c.order_id, c.withdrawn_at, a.id,
               b.id, b.order_id, b.clause, b.demand, b.demanded_at
        FROM enrollment_claim c
        JOIN enrollment_order o ON o.id = c.order_id
        LEFT JOIN enrollment_breach b ON b.id = c.breach_id
        LEFT JOIN enrollment_claimanswer a ON a.claim_id = c.id
        WHERE c.kind = 'infringement' OR c.breach_id IS NOT NULL
        ORDER BY c.id
    """
    claimed: set[int] = set()
    for number, code, amount, order, withdrawn, answer, breach, of, clause, demand, since in rows(
        sql
    ):
        name = f"{code}: claim {number}"
        if breach is None or (of, clause, demand) != (order, "11.5", amount):
            yield f"{name} demands the sum of 11.6 for no breach of 11.5"
            continue
        if withdrawn is None and breach in claimed:
            yield f"{name} demands the sum of 11.6 again"
        if withdrawn is None and answer is None and since is None:
            yield f"{name} demands the sum of 11.6 for a breach that is not confirmed"
        if withdrawn is None:
            claimed.add(breach)


def what_moved_was_confirmed(at: datetime) -> Iterator[str]:
    """L2: terms moved only by a confirmed event that is over, by its length, on the side that it
    hinders; a day that two events share counts once for a side's terms, the rest and the last day.
    """
    sql = """
        SELECT c.event_id, c.academy_days, c.user_days, o.code, e.confirmed_at, e.rejected_at,
               e.hinders, e.began_on, e.ended_on, e.is_well_known,
            (SELECT COUNT(*) FROM enrollment_forcemajeurefile f WHERE f.event_id = e.id)
        FROM enrollment_forcemajeurecontract c
        JOIN enrollment_forcemajeure e ON e.id = c.event_id
        JOIN enrollment_order o ON o.id = c.order_id
    """
    lengths = _lengths_moved()
    hindered: defaultdict[tuple[str, str], set[date]] = defaultdict(set)
    moved_in_all: defaultdict[tuple[str, str], int] = defaultdict(int)
    for (
        event,
        of_academy,
        of_user,
        code,
        confirmed,
        rejected,
        hinders,
        began,
        ended,
        known,
        files,
    ) in rows(sql):
        name = f"{code}: force majeure {event}"
        length = (day(ended) - day(began)).days + 1 if ended is not None else 0
        for side, moved in (("academy", of_academy), ("user", of_user)):
            if moved and (confirmed is None or rejected is not None):
                yield f"{name} moved terms, and nobody confirmed it"
            if moved and hinders not in ("both", side):
                yield f"{name} moved terms of the {side}, which it did not hinder"
            if not 0 <= moved <= length:
                yield f"{name} lasted {length} days and moved terms by {moved}"
            days = {day(began) + timedelta(days=each) for each in range(length)}
            longest = 0
            for what in (f"terms of the {side}", DAY_OF[side]):
                of_this = lengths.get((code, f"force-majeure {event}", what))
                if not of_this:
                    continue
                if len(of_this) > 1:
                    yield f"{name} moved {what} by several lengths"
                longest = max(longest, *of_this)
                hindered[code, what] |= days
                moved_in_all[code, what] += max(of_this)
            if longest != moved:
                yield f"{name} moved terms by other days than its row says"
        if confirmed is not None and not known and not files:
            yield f"{name} was confirmed without a document"
    for (code, what), days_moved in moved_in_all.items():
        hindering = len(hindered[code, what])
        if days_moved != hindering:
            yield f"{code}: {what} moved by {days_moved} days for {hindering} of force majeure"


def _lengths_moved() -> dict[tuple[str, str, str], set[int]]:
    """By how many days an event moved what a side owes, by the order's code, event and what."""
    found: defaultdict[tuple[str, str, str], set[int]] = defaultdict(set)
    sql = """
        SELECT o.code, m.because, 'terms of the ' || d.owed_by, m.days
        FROM enrollment_deadlinemove m
        JOIN enrollment_deadline d ON d.id = m.deadline_id
        JOIN enrollment_order o ON o.id = d.order_id
        WHERE m.days > 0
        UNION ALL
        SELECT o.code, 'force-majeure ' || c.event_id,
               CASE p.what WHEN 'rest' THEN 'the rest' ELSE 'the last day' END, p.days
        FROM enrollment_dayputoff p
        JOIN enrollment_forcemajeurecontract c ON c.id = p.contract_id
        JOIN enrollment_order o ON o.id = c.order_id
    """
    for code, because, what, days in rows(sql):
        found[code, because, what].add(days)
    return found


def what_moved_was_hindered(at: datetime) -> Iterator[str]:
    """L2: a force majeure moved what was open while it lasted, and not overdue before it."""
    events = {
        f"force-majeure {event}": (day(began), day(ended))
        for event, began, ended in rows(
            "SELECT id, began_on, ended_on FROM enrollment_forcemajeure WHERE ended_on IS NOT NULL"
        )
    }
    sql = """
        SELECT o.code, d.id, d.clause, d.opened_at, m.from_on, m.because
        FROM enrollment_deadlinemove m
        JOIN enrollment_deadline d ON d.id = m.deadline_id
        JOIN enrollment_order o ON o.id = d.order_id
        WHERE m.days > 0
    """
    for code, number, clause, opened, from_on, because in rows(sql):
        began, ended = events.get(because, (date.min, date.max))
        if day(from_on) < began or (ended < date.max and moment(opened) >= end_of(ended)):
            yield f"{code}: deadline {number} of {clause} moved, and {because} did not hinder it"


def events_began_as_the_journal_tells(at: datetime) -> Iterator[str]:
    """L2: the first day is that of the report or of its last correction, and the contract was."""
    sql = """
        SELECT e.id, e.began_on, o.code, a.accepted_at, j.facts
        FROM enrollment_forcemajeure e
        JOIN enrollment_forcemajeurecontract c ON c.event_id = e.id
        JOIN enrollment_order o ON o.id = c.order_id
        LEFT JOIN enrollment_acceptance a ON a.order_id = o.id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.about_kind = 'force_majeure'
            AND j.about_key = CAST(e.id AS VARCHAR(20))
            AND j.verb IN ('force_majeure.reported', 'force_majeure.corrected')
        ORDER BY e.id, o.id, j.number
    """
    told: dict[str, tuple[date, date | None]] = {}
    for event, began, code, accepted, facts in rows(sql):
        name = f"{code}: force majeure {event}"
        read = content(facts) if facts is not None else {}
        says = read.get("to") or read.get("began_on")
        told[name] = (day(began), date.fromisoformat(says) if says else None)
        if accepted is None or day(began) < in_almaty(accepted):
            yield f"{name} began before the contract"
    for name, (began_on, says_on) in told.items():
        if began_on != says_on:
            yield f"{name} began on {began_on}, and its journal says {says_on}"


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
