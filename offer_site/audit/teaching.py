"""Teaching: results, materials, groups (T1, O5)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from .reading import content, day, in_almaty, moment, rows, table_names

# The clock puts out each minute, and Telegram may be away for a while.
PUT_OUT_WITHIN = timedelta(hours=1)


def results_are_those_of_the_journal(at: datetime) -> Iterator[str]:
    """T1: a result is the last one of the journal, and the journal tells of none that is gone."""
    told: dict[tuple[str, int], tuple[object, datetime, str]] = {}
    sql = """
        SELECT about_key, facts, at, "by"
        FROM journal_entry
        WHERE verb = 'result.recorded'
        ORDER BY chain, number
    """
    for enrollment, facts, when, who in rows(sql):
        known = content(facts)
        told[enrollment, known["item"]] = (known["to"], moment(when), who)
    if "enrollment_studyresult" not in table_names():
        return
    sql = """
        SELECT r.enrollment_id, r.item_id, r.mark, r.points, r.at, r."by"
        FROM enrollment_studyresult r
        ORDER BY r.id
    """
    for enrollment, item, mark, points, when, who in rows(sql):
        last = told.pop((str(enrollment), item), None)
        if last is None:
            yield f"the result of enrollment {enrollment} for {item} has no journal row"
        elif last != ([mark, points], moment(when), who):
            yield f"the result of enrollment {enrollment} for {item} is not what the journal says"
    for enrollment, item in told:
        yield f"the journal tells of a result of enrollment {enrollment} for {item} that is gone"


def works_are_kept_as_they_were_handed_in(at: datetime) -> Iterator[str]:
    """P2: versions have no gap, late is what the days say, and files are as many as were sent."""
    if "enrollment_studentwork" not in table_names():
        return
    sql = """
        SELECT about_key, facts
        FROM journal_entry
        WHERE verb = 'work.handed_in'
    """
    told = {key: content(facts) for key, facts in rows(sql)}
    sql = """
        SELECT w.id, w.enrollment_id, w.item_id, w.version, w.handed_in_at, w.due_on, w.is_late,
            w.number_of_files,
            (SELECT COUNT(*)
             FROM enrollment_workfile f
             WHERE f.work_id = w.id)
        FROM enrollment_studentwork w
        ORDER BY w.enrollment_id, w.item_id, w.version
    """
    before: tuple[object, object, int] = (None, None, 0)
    for number, student, item, version, when, due, late, sent, files in rows(sql):
        what = f"the work {number}"
        expected = before[2] + 1 if before[:2] == (student, item) else 1
        if version != expected:
            yield f"{what} is version {version}, and version {expected} is gone"
        if bool(late) != (in_almaty(when) > day(due)):
            yield f"{what} is not as late as its days say"
        known = told.pop(str(number), None)
        if known is None:
            yield f"{what} has no journal row"
        elif (known["version"], known["files"], known["files"]) != (version, sent, files):
            yield f"{what} has other files, or another number, than were handed in"
        before = (student, item, version)
    for number in told:
        yield f"the journal tells of the work {number}, which is gone"


def results_name_what_they_answer(at: datetime) -> Iterator[str]:
    """P3: each recording counts one more, and the version of the work that it answers was there.

    Rows of the journal from before results had versions say none.
    """
    if "enrollment_studyresult" not in table_names():
        return
    sql = """
        SELECT about_key, facts
        FROM journal_entry
        WHERE verb = 'result.recorded'
        ORDER BY chain, number
    """
    told: dict[tuple[str, int], tuple[int, int]] = {}
    for enrollment, facts in rows(sql):
        known = content(facts)
        place = (enrollment, known["item"])
        if "version" not in known:
            continue
        if place in told and known["version"] != told[place][0] + 1:
            yield f"a recording of enrollment {enrollment} for {known['item']} is not counted"
        told[place] = (known["version"], known["work"])
    sql = """
        SELECT r.enrollment_id, r.item_id, r.version, r.work_version,
            (SELECT COUNT(*)
             FROM enrollment_studentwork w
             WHERE w.enrollment_id = r.enrollment_id
                 AND w.item_id = r.item_id)
        FROM enrollment_studyresult r
        ORDER BY r.id
    """
    for enrollment, item, version, work, handed_in in rows(sql):
        what = f"the result of enrollment {enrollment} for {item}"
        if told.get((str(enrollment), item), (version, work)) != (version, work):
            yield f"{what} has other versions than the journal says"
        if work > handed_in:
            yield f"{what} answers version {work}, which was never handed in"


def materials_were_opened_with_access(at: datetime) -> Iterator[str]:
    """O5: nobody opened a material before the contract, under a shut-off, or after the end."""
    if "materials_materialopening" not in table_names():
        return
    sql = """
        SELECT o.id, o.at, o.day, e.opened_at, e.completed_at,
            (SELECT MIN(j.at)
             FROM journal_entry j
             WHERE j.verb = 'enrollment.terminated'
                 AND j.about_key = CAST(e.id AS varchar(20))),
            (SELECT COUNT(*)
             FROM enrollment_suspension s
             WHERE s.enrollment_id = e.id
                 AND s.begun_at < o.at
                 AND (s.ended_at IS NULL
                      OR s.ended_at > o.at))
        FROM materials_materialopening o
        JOIN enrollment_enrollment e ON e.id = o.enrollment_id
        ORDER BY o.id
    """
    for number, when, on, opened, completed, ended, shut in rows(sql):
        what = f"opening {number} of a material"
        if in_almaty(when) != day(on):
            yield f"{what} is counted on another day than its own"
        if moment(when) < moment(opened):
            yield f"{what} was before the contract"
        for over in (completed, ended):
            if over is not None and moment(when) > moment(over):
                yield f"{what} was after access had ended"
        if shut:
            yield f"{what} was while access was shut off"


def nobody_without_access_is_left_in_a_group(at: datetime) -> Iterator[str]:
    """O5: no invite stands for one whose contract ended or whose access is shut off."""
    if "telegram_groupinvite" not in table_names():
        return
    sql = """
        SELECT g.id, o.code, e.state,
            (SELECT MIN(s.begun_at)
             FROM enrollment_suspension s
             WHERE s.enrollment_id = e.id
                 AND s.ended_at IS NULL)
        FROM telegram_groupinvite g
        JOIN enrollment_enrollment e ON CAST(e.id AS varchar(20)) = g.about_key
        JOIN enrollment_order o ON o.id = e.order_id
        WHERE g.about_kind = 'enrollment'
            AND g.shut_at IS NULL
        ORDER BY g.id
    """
    for number, code, state, shut_since in rows(sql):
        if state == "terminated":
            yield f"{code} ended, and its invite {number} to the group stands"
        elif shut_since is not None and moment(shut_since) < at - PUT_OUT_WITHIN:
            yield f"{code} is shut off, and its invite {number} to the group stands"
