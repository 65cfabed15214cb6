"""Moves to another cohort and times of maintenance, compared with the journal (W1, W2)."""

from collections.abc import Iterator
from datetime import datetime

from .reading import content, moment, rows


def moves_lead_where_the_student_is(at: datetime) -> Iterator[str]:
    """W1: moves follow one another, the last leads to the present cohort, each was agreed."""
    sql = """
        SELECT o.code, m.id, m.from_cohort_id, m.to_cohort_id, n.cohort_id, m.agreed_how,
               m.agreed_by, m.document, l.id
        FROM enrollment_cohortmove m
        JOIN enrollment_enrollment n ON n.id = m.enrollment_id
        JOIN enrollment_order o ON o.id = n.order_id
        LEFT JOIN enrollment_linkanswer l ON l.order_id = o.id
            AND l.subject = 'move'
            AND l.number = m.id
            AND l.accepts
        WHERE m.agreed_at IS NOT NULL
        ORDER BY o.code, m.agreed_at, m.id
    """
    before: dict[str, int] = {}
    now: dict[str, int] = {}
    for code, number, came_from, led_to, cohort, how, by, document, answer in rows(sql):
        if before.get(code, came_from) != came_from:
            yield f"{code}: move {number} begins where the one before did not end"
        proven = {
            "cabinet": by.startswith("user:"),
            "document": bool(document),
            "link": answer is not None,
        }
        if not proven.get(how):
            yield f"{code}: nothing proves the agreement to move {number}"
        before[code] = led_to
        now[code] = cohort
    yield from (
        f"{code} is not in the cohort to which it moved"
        for code, cohort in now.items()
        if before[code] != cohort
    )


def moves_are_those_of_the_journal(at: datetime) -> Iterator[str]:
    """W1: each move has its row in the journal, and each such row its move."""
    told = {
        facts["move"]: (
            chain,
            facts["from"],
            facts["to"],
            facts["how"],
            facts["document"],
            moment(when),
        )
        for chain, raw, when in rows(
            "SELECT chain, facts, at FROM journal_entry WHERE verb = 'move.made' ORDER BY id"
        )
        for facts in [content(raw)]
    }
    sql = """
        SELECT m.id, o.code, m.from_cohort_id, m.to_cohort_id, m.agreed_how, m.document_sha256,
               m.agreed_at
        FROM enrollment_cohortmove m
        JOIN enrollment_enrollment n ON n.id = m.enrollment_id
        JOIN enrollment_order o ON o.id = n.order_id
        WHERE m.agreed_at IS NOT NULL
        ORDER BY m.id
    """
    for number, code, came_from, led_to, how, sha256, agreed in rows(sql):
        if told.pop(number, None) != (
            code,
            came_from,
            led_to,
            how,
            sha256,
            moment(agreed),
        ):
            yield f"{code}: move {number} is not what its journal says"
    yield from (f"{code}: move {number} is gone" for number, (code, *_rest) in told.items())


def maintenance_is_what_the_journal_says(at: datetime) -> Iterator[str]:
    """W2: each time of works was announced so, and ended early only by whom the journal names."""
    announced = {}
    ended = {}
    sql = """
        SELECT verb, about_key, facts, "by", at FROM journal_entry
        WHERE verb IN ('maintenance.announced', 'maintenance.ended')
        ORDER BY id
    """
    for verb, key, raw, by, when in rows(sql):
        if verb == "maintenance.ended":
            ended[key] = (by, moment(when))
        else:
            facts = content(raw)
            times = (moment(facts["starts_at"]), moment(facts["ends_at"]))
            announced[key] = (by, *times, facts["words_kk"], facts["words_ru"])
    sql = """
        SELECT id, announced_by, starts_at, ends_at, words_kk, words_ru, ended_by, ended_at
        FROM maintenance_maintenance
        ORDER BY id
    """
    for number, by, starts, ends, kk, ru, ended_by, ended_at in rows(sql):
        key = str(number)
        if announced.pop(key, None) != (by, moment(starts), moment(ends), kk, ru):
            yield f"maintenance {number} was not announced so"
        if ended.pop(key, None) != ((ended_by, moment(ended_at)) if ended_at else None):
            yield f"the end of maintenance {number} is not what the journal says"
    yield from (f"maintenance {key} is gone" for key in announced)
