"""Answers by the links of letters: their words, their letters, and what they answered (N4)."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .people import salted
from .reading import Note, chains_erased, content, moment, plain, rows

NOBODY = "link"  # who answers where nobody is signed in
# What became of each proposal that can be answered so: how, when, by whom, and whether it stood.
PROPOSALS = """
    SELECT 'move', o.code, m.id,
        CASE WHEN m.agreed_at IS NOT NULL THEN 1 ELSE 0 END,
        COALESCE(m.agreed_at, m.ended_at),
        CASE WHEN m.agreed_at IS NOT NULL THEN m.agreed_by ELSE m.ended_by END,
        CASE WHEN m.agreed_how = 'link' THEN 1 ELSE 0 END
    FROM enrollment_cohortmove m
    JOIN enrollment_enrollment e ON e.id = m.enrollment_id
    JOIN enrollment_order o ON o.id = e.order_id
    UNION ALL
    SELECT 'ending', o.code, p.number,
        CASE p.answer WHEN 'accepted' THEN 1 WHEN 'declined' THEN 0 END,
        p.answered_at, p.answered_by, 0
    FROM enrollment_endingproposal p
    JOIN enrollment_order o ON o.id = p.order_id
    WHERE p.side = 'academy'
    UNION ALL
    SELECT 'claim', o.code, c.id,
        CASE WHEN a.accepted THEN 1 WHEN NOT a.accepted THEN 0 END,
        a.replied_at, a.replied_by, 0
    FROM enrollment_claimanswer a
    JOIN enrollment_claim c ON c.id = a.claim_id
    JOIN enrollment_order o ON o.id = c.order_id
    WHERE c.filed_by = 'user'
"""


def answers_by_link_are_those_of_the_journal(at: datetime) -> Iterator[str]:
    """N4: what the page showed, to which address, stands in the order's chain as a digest."""
    told: dict[tuple[str, str, int], dict[str, Any]] = {}
    sql = """
        SELECT chain, facts, at FROM journal_entry
        WHERE verb = 'proposal.answered_by_link'
        ORDER BY id
    """
    for chain, raw, when in rows(sql):
        facts = content(raw)
        told[chain, facts["subject"], facts["number"]] = facts | {"at": moment(when)}
    erased = chains_erased("exchange")
    sql = """
        SELECT o.code, l.subject, l.number, l.accepts, l.email, l.shown, l.salt, l.answered_at,
               l.language, n.message_id, n.order_code, n.recipient, n.queued_at
        FROM enrollment_linkanswer l
        JOIN enrollment_order o ON o.id = l.order_id
        JOIN notices_notice n ON n.id = l.letter_id
    """
    for code, subject, number, accepts, email, shown, salt, when, language, *letter in rows(sql):
        name = f"{code}: the answer by a link to {subject} {number}"
        message, of_order, recipient, queued = letter
        facts = told.pop((code, subject, number), None)
        if facts is None:
            yield f"{name} is in no journal"
            continue
        stands = (bool(accepts), language, moment(when), message)
        if stands != (facts["accepts"], facts["language"], facts["at"], facts["letter"]):
            yield f"{name} is not that of the journal"
        if of_order != code or moment(queued) > moment(when):
            yield f"{name} names a letter that cannot have told of it"
        if not salt and code in erased:
            yield Note(f"{name}: its words are erased")
        elif not salt:
            yield f"{name}: its words are gone, and no journal row says so"
        elif _digest(salt, email, plain(shown) or "") != facts["digest"]:
            yield f"{name} has other words than its page showed"
        elif recipient != email:
            yield f"{name} came from another address than its letter went to"
    for code, subject, number in told:
        yield f"{code}: the answer by a link to {subject} {number} is gone"


def answers_by_link_stand_in_their_proposals(at: datetime) -> Iterator[str]:
    """N4: the proposal was answered so, in that moment, by that person."""
    found = {
        (code, subject, number): (answered, when and moment(when), by)
        for subject, code, number, answered, when, by, _how in rows(PROPOSALS)
    }
    sql = """
        SELECT o.code, l.subject, l.number, l.accepts, l.answered_at, l.answered_by
        FROM enrollment_linkanswer l
        JOIN enrollment_order o ON o.id = l.order_id
    """
    for code, subject, number, accepts, when, by in rows(sql):
        if found.get((code, subject, number)) != (int(accepts), moment(when), by):
            yield f"{code}: {subject} {number} was not answered as the link's answer says"


def no_proposal_was_answered_by_a_link_that_left_no_row(at: datetime) -> Iterator[str]:
    """N4: whatever says that a link answered it has the answer's row."""
    sql = """
        SELECT o.code, l.subject, l.number FROM enrollment_linkanswer l
        JOIN enrollment_order o ON o.id = l.order_id
    """
    kept = {(code, subject, number) for code, subject, number in rows(sql)}
    for subject, code, number, _answered, _when, by, how in rows(PROPOSALS):
        if (by == NOBODY or how) and (code, subject, number) not in kept:
            yield f"{code}: {subject} {number} was answered by a link, and nothing proves it"


def _digest(salt: str, email: str, shown: str) -> str:
    """As the order's code counts it: of the address and of the SHA-256 of the words."""
    words = hashlib.sha256(shown.encode()).hexdigest()
    return str(salted(salt, {"email": email, "shown": words}))
