"""Breaches and early ends of contracts: who decided, on what, what followed at once (B1, E1)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from .reading import content, day, has_column, in_almaty, moment, rows

SHUT_OFF_IN_ANY_CASE = ("6.3", "6.4")
INFRINGEMENT = "11.5"


def breaches_name_a_rule_of_their_edition(at: datetime) -> Iterator[str]:
    """B1: the rule's words stand in both texts of the order's edition, byte for byte."""
    sql = """
        SELECT o.code, b.number, b.words_kk, b.words_ru, k.content, r.content
        FROM enrollment_breach b
        JOIN enrollment_order o ON o.id = b.order_id
        LEFT JOIN enrollment_editionfile k ON k.edition_id = o.edition_id AND k.name = 'kk.md'
        LEFT JOIN enrollment_editionfile r ON r.edition_id = o.edition_id AND r.name = 'ru.md'
    """
    for code, number, words_kk, words_ru, in_kk, in_ru in rows(sql):
        for words, text in ((words_kk, in_kk), (words_ru, in_ru)):
            if not words or words not in " ".join(bytes(text or b"").decode().split()):
                yield f"{code}: breach {number} names a rule that is not in its edition"


def breaches_shut_off_at_once(at: datetime) -> Iterator[str]:
    """B1: access ended in the moment of the record, and a withdrawn breach closes nothing."""
    sql = """
        SELECT o.code, b.number, b.clause, b.shuts_off, b.verdict, b.recorded_at, s.begun_at,
               s.ended_at, e.completed_at
        FROM enrollment_breach b
        JOIN enrollment_order o ON o.id = b.order_id
        LEFT JOIN enrollment_enrollment e ON e.order_id = o.id
        LEFT JOIN enrollment_suspension s ON s.breach_id = b.id
    """
    for code, number, clause, shuts, verdict, recorded, begun, ended, completed in rows(sql):
        over = completed is not None and moment(completed) <= moment(recorded)
        if clause in SHUT_OFF_IN_ANY_CASE and not shuts:
            yield f"{code}: breach {number} of {clause} does not shut off access"
        if shuts and not over and (begun is None or moment(begun) != moment(recorded)):
            yield f"{code}: breach {number} did not shut off access when it was recorded"
        if verdict == "withdrawn" and begun is not None and ended is None:
            yield f"{code}: breach {number} is withdrawn, and still shuts off access"


def breaches_were_reviewed_by_another_person(at: datetime) -> Iterator[str]:
    """B1: recorded and reviewed by two, each with a journal row; the demand is the edition's."""
    sql = """
        SELECT o.code, b.number, b.clause, b.recorded_by, b.reviewed_by, b.verdict, b.demand,
               b.demanded_at, d.terms, j.id, v.id
        FROM enrollment_breach b
        JOIN enrollment_order o ON o.id = b.order_id
        JOIN enrollment_edition d ON d.id = o.edition_id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.verb = 'breach.recorded'
            AND j.about_key = o.code || '-' || b.number
            AND j."by" = b.recorded_by
        LEFT JOIN journal_entry v ON v.chain = o.code
            AND v.verb = 'breach.' || b.verdict
            AND v.about_key = o.code || '-' || b.number
            AND v."by" = b.reviewed_by
    """
    for (
        code,
        number,
        clause,
        recorded_by,
        reviewed_by,
        verdict,
        demand,
        demanded_at,
        terms,
        recorded,
        reviewed,
    ) in rows(sql):
        if recorded is None or (verdict and reviewed is None):
            yield f"{code}: breach {number} has no journal row of who recorded or reviewed it"
        if verdict and recorded_by == reviewed_by:
            yield f"{code}: breach {number} was recorded and reviewed by one person"
        wanted = content(terms)["penalty"] if clause == INFRINGEMENT else None
        if demand != wanted or (demanded_at is not None and verdict != "confirmed"):
            yield f"{code}: what breach {number} demands is not what its edition and review say"


def early_ends_were_decided(at: datetime) -> Iterator[str]:
    """T1: an order is terminated if and only if a decision says so, and by one decision.

    Money that never came ends what rests on it; an order that has other money does not end.
    """
    sql = """
        SELECT o.code, o.state,
            (SELECT COUNT(*)
             FROM enrollment_endingproposal p
             WHERE p.order_id = o.id
                 AND p.ended_at IS NOT NULL),
            (SELECT COUNT(*)
             FROM enrollment_providerending x
             WHERE x.order_id = o.id
                 AND x.approved_at IS NOT NULL),
            (SELECT COUNT(*)
             FROM payments_refunddecision d
             JOIN payments_refundcase c ON c.id = d.case_id
             WHERE c.order_id = o.id
                 AND d.approved_at IS NOT NULL
                 AND d.ends_order),
            (SELECT COUNT(*)
             FROM enrollment_forcemajeurecontract f
             WHERE f.order_id = o.id
                 AND f.settlement = 'ended'),
            (SELECT COUNT(DISTINCT k.id)
             FROM payments_ledgercorrection k
             JOIN payments_allocation a ON a.entry_id = k.entry_id
             WHERE a.order_id = o.id
                 AND k.approved_at IS NOT NULL
                 AND k.ends_order)
        FROM enrollment_order o
    """
    for code, state, agreed, by_academy, refunded, impossible, corrected in rows(sql):
        decisions = agreed + by_academy + refunded + impossible
        decisions += corrected if state == "terminated" else 0
        if decisions != (state == "terminated"):
            yield f"{code} is {state}, and {decisions} decisions ended it"


def agreements_were_in_time_and_of_both_sides(at: datetime) -> Iterator[str]:
    """T1: proposed in the edition's days before the end, accepted by another, ended on its day."""
    sql = """
        SELECT o.code, p.number, p.sent_at, p.sent_on, p.ends_on, p.days, p.sent_by, p.answer,
               p.answered_by, p.ended_at, e.terms
        FROM enrollment_endingproposal p
        JOIN enrollment_order o ON o.id = p.order_id
        JOIN enrollment_edition e ON e.id = o.edition_id
    """
    for code, number, at_, sent_on, ends_on, days, sent_by, answer, by, ended_at, terms in rows(
        sql
    ):
        sent = in_almaty(at_)
        late = sent + timedelta(days=content(terms)["termination_notice_days"]) > day(ends_on)
        if late or sent != day(sent_on) or days != content(terms)["termination_notice_days"]:
            yield f"{code}: the proposal {number} was sent too late for its day"
        if answer == "accepted" and sent_by == by:
            yield f"{code}: the proposal {number} was made and accepted by one person"
        if ended_at is not None and (answer != "accepted" or in_almaty(ended_at) < day(ends_on)):
            yield f"{code}: its contract ended otherwise than the proposal {number} says"


def no_service_is_performed_before_an_agreed_end(at: datetime) -> Iterator[str]:
    """T1: an agreed end is carried out, and lies not after the day of performance (9.1, 12.4)."""
    sql = """
        SELECT o.code, o.state, p.number, p.ends_on, COALESCE(n.performed_on, c.ends_on)
        FROM enrollment_endingproposal p
        JOIN enrollment_order o ON o.id = p.order_id
        JOIN enrollment_enrollment n ON n.order_id = o.id
        JOIN enrollment_cohort c ON c.id = n.cohort_id
        WHERE p.answer = 'accepted'
            AND p.ended_at IS NULL
            AND o.state IN ('prepaid', 'paid', 'completed')
    """
    for code, state, number, ends_on, performed_on in rows(sql):
        if state == "completed":
            yield f"{code} is performed, and the agreed end of proposal {number} is forgotten"
        elif day(performed_on) < day(ends_on):
            yield f"{code} is performed before the agreed end of proposal {number}"


def endings_by_the_academy_have_breaches_and_two_persons(at: datetime) -> Iterator[str]:
    """T1: proposed by one, approved by another, for breaches of that order that stood then."""
    sql = """
        SELECT x.id, o.code, x.ground, x.proposed_by, x.approved_by, e.terms, COUNT(b.id)
        FROM enrollment_providerending x
        JOIN enrollment_order o ON o.id = x.order_id
        JOIN enrollment_edition e ON e.id = o.edition_id
        LEFT JOIN enrollment_providerending_breaches m ON m.providerending_id = x.id
        LEFT JOIN enrollment_breach b ON b.id = m.breach_id
            AND b.order_id = o.id
            AND b.recorded_at <= x.proposed_at
            AND (b.verdict <> 'withdrawn' OR b.reviewed_at >= x.approved_at)
        WHERE x.approved_at IS NOT NULL
        GROUP BY x.id, o.code, x.ground, x.proposed_by, x.approved_by, e.terms
    """
    for number, code, ground, proposed_by, approved_by, terms, breaches in rows(sql):
        repeated = ground == "12.5.1.1"
        needed = content(terms)["breaches_for_termination"] if repeated else 1
        if breaches < needed:
            named = f"{breaches} breaches, and {ground} needs {needed}"
            yield f"{code} was ended by {number} for {named}"
        if proposed_by == approved_by:
            yield f"{code} was ended by {number}: one person proposed and approved it"


def endings_by_force_majeure_have_a_month_and_two_persons(at: datetime) -> Iterator[str]:
    """T1: what was impossible for a month ended a contract as one proposed and another approved."""
    if not has_column("enrollment_forcemajeurecontract", "proposed_by"):
        return
    sql = """
        SELECT o.code, c.event_id, c.proposed_by, c.settled_by, c.settled_at, e.confirmed_at,
               e.talks_from, p.id, s.id
        FROM enrollment_forcemajeurecontract c
        JOIN enrollment_forcemajeure e ON e.id = c.event_id
        JOIN enrollment_order o ON o.id = c.order_id
        LEFT JOIN journal_entry p ON p.chain = o.code
            AND p.verb = 'force_majeure.ending_proposed'
            AND p."by" = c.proposed_by
            AND p.at = c.proposed_at
        LEFT JOIN journal_entry s ON s.chain = o.code
            AND s.verb = 'force_majeure.settled'
            AND s."by" = c.settled_by
            AND s.at = c.settled_at
        WHERE c.settlement = 'ended'
    """
    for (
        code,
        event,
        proposed_by,
        settled_by,
        settled,
        confirmed,
        talks_from,
        proposal,
        approval,
    ) in rows(sql):
        name = f"{code} was ended by force majeure {event}"
        if confirmed is None or moment(settled) < moment(talks_from):
            yield f"{name}, and no confirmed one had lasted a month"
        if proposed_by == settled_by:
            yield f"{name}: one person proposed and approved it"
        # ended before two people were asked
        if proposed_by != "nobody" and (proposal is None or approval is None):
            yield f"{name}, and the journal does not tell so"
