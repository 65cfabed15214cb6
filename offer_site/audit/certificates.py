"""Certificates: their numbers and files; each was sent or is explained (C1, C2, C3)."""

import math
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from .reading import content, day, end_of, fault_of_file, has_column, in_almaty, moment, rows

PREFIX = "LZA"
ALPHABET = frozenset("0123456789abcdefghjkmnpqrstvwxy")
BITS = 128  # of entropy in a check code
GRACE = timedelta(days=14)  # after the day of performance, if no deadline was opened at all


def one_live_certificate_an_enrollment(at: datetime) -> Iterator[str]:
    """C1: an enrollment has at most one live certificate, and its code cannot be guessed."""
    sql = """
        SELECT o.code, COUNT(*)
        FROM certificates_certificate c
        JOIN enrollment_enrollment n ON n.id = c.enrollment_id
        JOIN enrollment_order o ON o.id = n.order_id
        WHERE c.replaced_at IS NULL
            AND c.revoked_at IS NULL
        GROUP BY o.id, o.code
        HAVING COUNT(*) > 1
    """
    yield from (f"{code} has {count} certificates that stand" for code, count in rows(sql))
    sql = "SELECT number, code FROM certificates_certificate"
    for number, code in rows(sql):
        if not ALPHABET.issuperset(code) or len(code) * math.log2(len(ALPHABET)) < BITS:
            yield f"{number}: its check code has less than {BITS} bits"
    sql = (
        "SELECT MIN(number), COUNT(*) FROM certificates_certificate GROUP BY code HAVING COUNT(*) "
        "> 1"
    )
    yield from (
        f"{number}: its check code stands on {count} certificates" for number, count in rows(sql)
    )


def numbers_are_given_once(at: datetime) -> Iterator[str]:
    """C1: the numbers of a year count from one without a gap, and each has one journal row."""
    counts = Counter[str]()
    seen = Counter[str]()
    for number, count in rows(
        "SELECT number, COUNT(*) FROM certificates_certificate GROUP BY number ORDER BY number"
    ):
        prefix, _dash, rest = number.partition("-")
        year, _dash, counted = rest.partition("-")
        counts[year] += 1
        if count > 1 or prefix != PREFIX or not counted.isdigit():
            yield f"the number {number} stands on {count} certificates"
        elif int(counted) != counts[year]:
            yield f"{number} follows {counts[year] - 1}: a number is missing, or was never given"
            counts[year] = int(counted)
    for year, last in rows("SELECT year, last FROM certificates_numberseries"):
        if counts.pop(str(year), 0) != last:
            yield f"the last number of {year} is another than {last}"
    yield from (f"the numbers of {year} were given by nobody" for year in counts)
    sql = """
        SELECT c.number, j.id
        FROM certificates_certificate c
        LEFT JOIN journal_entry j ON j.about_kind = 'certificate'
            AND j.about_key = c.number
            AND j.verb = 'certificate.numbered'
    """
    for number, row in rows(sql):
        seen[number] += 1
        if row is None or seen[number] > 1:
            yield f"{number} was journalled {'twice' if row else 'never'}"


def issued_files_are_what_was_issued(at: datetime) -> Iterator[str]:
    """C2: the stored file has its SHA-256, as the journal row of its issue says."""
    sql = """
        SELECT c.number, c.file, c.sha256, c.rendered_at, j.facts, j.at
        FROM certificates_certificate c
        LEFT JOIN journal_entry j ON j.about_kind = 'certificate'
            AND j.about_key = c.number
            AND j.verb = 'certificate.issued'
        WHERE c.rendered_at IS NOT NULL
            OR c.file <> ''
            OR j.id IS NOT NULL
    """
    for number, file, digest, rendered, facts, journalled in rows(sql):
        if rendered is None or facts is None:
            yield (
                f"{number} was {'journalled as issued' if rendered is None else 'issued'} and is "
                f"not so elsewhere"
            )
            continue
        if content(facts)["sha256"] != digest or moment(journalled) != moment(rendered):
            yield f"{number}: its journal tells of another file or time"
        if fault := fault_of_file(file, digest):
            yield f"{number}: its file {fault}"


def a_correction_is_a_new_certificate(at: datetime) -> Iterator[str]:
    """C2: a replaced one names a later one of its enrollment; its end is in the journal."""
    sql = """
        SELECT c.number, c.enrollment_id, c.replaced_at, c.replace_reason, c.revoked_at,
               c.revoke_reason, b.number, b.enrollment_id, j.verb, j.at, j.facts
        FROM certificates_certificate c
        LEFT JOIN certificates_certificate b ON b.id = c.replaced_by_id
        LEFT JOIN journal_entry j ON j.about_kind = 'certificate'
            AND j.about_key = c.number
            AND j.verb IN ('certificate.replaced', 'certificate.revoked')
        WHERE c.replaced_at IS NOT NULL
            OR c.revoked_at IS NOT NULL
            OR j.id IS NOT NULL
        ORDER BY c.number, j.number
    """
    journalled: dict[str, set[str]] = {}
    ends: dict[str, set[str]] = {}
    for number, enrollment, replaced, why, revoked, why_revoked, by, of, verb, when, facts in rows(
        sql
    ):
        ends[number] = {
            name
            for name, since in (("replaced", replaced), ("revoked", revoked))
            if since is not None
        }
        seen = journalled.setdefault(number, set())
        if (
            replaced is not None
            and not seen
            and (by is None or of != enrollment or not by > number or not why)
        ):
            yield (
                f"{number} was replaced, and by no later certificate of its enrollment for a reason"
            )
        if revoked is not None and not seen and not why_revoked:
            yield f"{number} was revoked for no reason"
        if verb is None:
            continue
        end = verb.partition(".")[2]
        seen.add(end)
        since = replaced if end == "replaced" else revoked
        if since is not None and moment(since) != moment(when):
            yield f"{number} was {end} at another time than its journal says"
        if end == "replaced" and content(facts)["by_number"] != by:
            yield f"{number} was replaced by another certificate than its journal says"
    for number, names in ends.items():
        for end in sorted(names.symmetric_difference(journalled[number])):
            yield (
                f"{number} is {end} "
                f"{'without a journal row' if end in names else 'by its journal alone'}"
            )


def each_was_sent_or_is_explained(at: datetime) -> Iterator[str]:
    """C3: after its deadline each performed enrollment has its certificate sent, or a reason."""
    # An open question of 9.5 stops the deadline, and explains why nothing was sent.
    # One about the company of an invoice stops the deadlines of all orders there.
    theirs = "(q.order_id = o.id OR q.invoice_id = o.invoice_id)"
    question = f"SELECT 1 FROM enrollment_clarification q WHERE {theirs} AND q.answered_at IS NULL"  # noqa: S608 - names
    is_asked = (
        f"EXISTS ({question} AND q.withdrawn_at IS NULL)"
        if has_column("enrollment_clarification", "id")
        else "1 = 0"
    )
    letters = """
        SELECT 1
        FROM notices_notice l
        WHERE l.order_code = o.code
            AND l.kind = 'certificate-ready'
    """
    sql = f"""
        SELECT o.code, COALESCE(n.performed_on, c.ends_on), d.due_before, d.met_at,
            EXISTS ({letters} AND l.state = 'sent'),
            {is_asked}
            OR EXISTS ({letters} AND l.state = 'dead' AND l.last_error <> '')
            OR EXISTS
                (SELECT 1
                 FROM enrollment_exclusion x
                 WHERE x.enrollment_id = n.id
                     AND x.reason <> '')
            OR EXISTS
                (SELECT 1
                 FROM certificates_certificate f
                 WHERE f.enrollment_id = n.id
                     AND (f.failed_at IS NOT NULL AND f.fail_reason <> ''
                          OR f.revoked_at IS NOT NULL AND f.revoke_reason <> ''))
        FROM enrollment_enrollment n
        JOIN enrollment_order o ON o.id = n.order_id
        JOIN enrollment_cohort c ON c.id = n.cohort_id
        LEFT JOIN enrollment_deadline d ON d.order_id = o.id
            AND d.clause = '9.1'
            AND d.id =
            (SELECT MAX(e.id)
             FROM enrollment_deadline e
             WHERE e.order_id = o.id
                 AND e.clause = '9.1')
        WHERE n.state <> 'terminated'
    """  # noqa: S608 - a question of ours
    today = in_almaty(at)
    for code, performed, due_before, met, is_sent, is_explained in rows(sql):
        if day(performed) >= today:
            continue
        due = moment(due_before) if due_before is not None else end_of(day(performed) + GRACE)
        if met is not None and not (is_sent or is_explained):
            yield f"{code}: its deadline of 9.1 was met, and no certificate was sent"
        elif met is None and due <= at and not (is_sent or is_explained):
            yield (
                f"{code}: its certificate was due before {due.isoformat()}, was not sent, "
                f"and nothing explains it"
            )
