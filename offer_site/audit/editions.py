"""Later editions: who was told, what was answered, and that no contract changed (12.2.1)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from .reading import content, day, end_of, has_column, moment, rows

ONE_DAY = timedelta(days=1)
ONE_HOUR = timedelta(hours=1)  # the clock looks each five minutes
RUNNING = ("prepaid", "paid")
VERBS = {
    "agreed": "edition.agreed",
    "objected": "edition.objected",
    "silent": "edition.silent",
}


def contract_holders_are_told(at: datetime) -> Iterator[str]:
    """Every contract that a later edition found running has one notice of it within a day."""
    if not has_column("enrollment_editionnotice", "edition_id"):
        return
    editions = [
        (number, name, moment(published), day(effective), bool(tells))
        for number, name, published, effective, tells in rows(
            "SELECT id, name, published_at, effective_from, tells_holders FROM enrollment_edition"
        )
    ]
    told = {
        (edition, order)
        for edition, order in rows("SELECT edition_id, order_id FROM enrollment_editionnotice")
    }
    sql = """
        SELECT o.id, o.code, o.state, o.edition_id, a.accepted_at, a.recorded_at
        FROM enrollment_order o
        JOIN enrollment_acceptance a ON a.order_id = o.id
    """
    contracts = [row for row in rows(sql) if row[2] in RUNNING]
    for edition, name, published, effective, tells in editions:
        is_first = not any(
            other != edition and before <= published and from_day <= effective
            for other, _name, before, from_day, _tells in editions
        )
        if is_first or not tells or published + ONE_DAY > at:
            continue
        begins = max(end_of(effective - ONE_DAY), published)
        for order, code, _state, of_order, accepted, recorded in contracts:
            if of_order == edition or moment(accepted) >= begins:
                continue
            if moment(recorded) + ONE_DAY <= at and (edition, order) not in told:
                yield f"{code} was not told of the edition {name}"


def an_edition_is_answered_once_and_in_time(at: datetime) -> Iterator[str]:
    """One answer a notice at most, said before the day of effect, as the journal has it.

    Silence is recorded only where the letter left in time, did not come back, and no letter of the
    contract holder waited for its reader.
    """
    if not has_column("enrollment_silencerefutation", "answer_id"):
        return
    sql = """
        SELECT notice_id, COUNT(*) FROM enrollment_editionanswer
        GROUP BY notice_id HAVING COUNT(*) > 1
    """
    for number, count in rows(sql):
        yield f"notice {number} of an edition has {count} answers"
    journalled = {
        (chain, verb, content(facts)["edition"])
        for chain, verb, facts in rows(
            "SELECT chain, verb, facts FROM journal_entry WHERE verb IN "
            "('edition.agreed', 'edition.objected', 'edition.silent')"
        )
    }
    sql = """
        SELECT o.code, e.name, e.effective_from, a.kind, a.said_at, n.object_before,
               l.sent_at, t.id, l.bounced_at, r.id
        FROM enrollment_editionanswer a
        JOIN enrollment_editionnotice n ON n.id = a.notice_id
        JOIN enrollment_order o ON o.id = n.order_id
        JOIN enrollment_edition e ON e.id = n.edition_id
        JOIN notices_notice l ON l.id = n.letter_id
        LEFT JOIN enrollment_editiontalk t ON t.answer_id = a.id
        LEFT JOIN enrollment_silencerefutation r ON r.answer_id = a.id
    """
    for code, name, effective, kind, said, before, sent, talk, bounced, refuted in rows(sql):
        begins = end_of(day(effective) - ONE_DAY)
        if (code, VERBS.get(kind), name) not in journalled:
            yield f"{code} answered {kind} to {name}, and the journal has no such row"
        if before is None or moment(before) != begins:
            yield f"{code} was to object to {name} until another day than that of its effect"
        elif kind == "silent" and refuted is None and bounced is not None:
            if moment(bounced) + ONE_HOUR <= at:
                yield f"{code} was silent about {name}, and the letter came back"
        elif kind == "silent" and refuted is None and (sent is None or moment(sent) >= begins):
            yield f"{code} was silent about {name}, and was not told in time"
        elif kind != "silent" and moment(said) >= begins:
            yield f"{code} answered {kind} to {name} when it was in effect"
        if (kind == "objected") != (talk is not None):
            yield f"{code} answered {kind} to {name}: an objection, and nothing else, opens a talk"


def a_later_edition_changes_no_contract(at: datetime) -> Iterator[str]:
    """An order that was told of an edition keeps the one it was placed under (12.2.1).

    Its price, its acceptance and its terms are asked by other lines, of every order.
    """
    if not has_column("enrollment_editionnotice", "edition_id"):
        return
    sql = """
        SELECT o.code, o.edition_id, n.edition_id, e.name, j.facts
        FROM enrollment_editionnotice n
        JOIN enrollment_order o ON o.id = n.order_id
        JOIN enrollment_edition e ON e.id = o.edition_id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.number = 1
            AND j.verb = 'order.placed'
    """
    for code, ordered, told_of, name, facts in rows(sql):
        if told_of == ordered:
            yield f"{code} was told of its own edition"
        if facts is not None and content(facts)["edition"] != name:
            yield f"{code} was told of a later edition, and stands under another than it was"


def no_letter_waited_when_silence_was_recorded(at: datetime) -> Iterator[str]:
    """Silence says nothing while a letter from before the day of effect waits for its reader."""
    if not has_column("correspondence_reading", "letter_id"):
        return
    sql = """
        SELECT o.code, e.name, l.id
        FROM enrollment_editionanswer a
        JOIN enrollment_editionnotice n ON n.id = a.notice_id
        JOIN enrollment_order o ON o.id = n.order_id
        JOIN enrollment_edition e ON e.id = n.edition_id
        JOIN correspondence_concern c ON c.order_id = o.id
        JOIN correspondence_letter l ON l.id = c.letter_id
        LEFT JOIN correspondence_reading r ON r.letter_id = l.id
        WHERE a.kind = 'silent'
            AND l.way = 'in'
            AND l.standing NOT IN ('other-address', 'automatic')
            AND l.arrived_at < n.object_before
            AND l.recorded_at <= a.recorded_at
            AND c.at <= a.recorded_at
            AND (r.id IS NULL OR r.at > a.recorded_at)
    """
    for code, name, letter in rows(sql):
        yield f"{code} was silent about {name}, and letter {letter} was not read yet"
