"""Staff's acts: every write has its journal row, and nobody may edit the journal (S1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from .reading import moment, rows

SAME_CLICK = timedelta(minutes=1)  # between the admin's own log of an edit and its journal row


@dataclass(frozen=True)
class Act:
    """An act of staff in a table: the columns of its time and person, and its journal verbs."""

    table: str
    at: str
    by: str
    verbs: tuple[str, ...]
    where: str = "1 = 1"


def by_key(column: str) -> str:
    """SQL for a user's foreign key in the journal's form."""
    return f"'staff:' || {column}"


ACTS = (
    Act("payments_allocation", "at", '"by"', ("receipt.given",), "amount > 0"),
    Act("payments_allocation", "at", '"by"', ("receipt.taken_back",), "amount < 0"),
    Act("payments_manualreceipt", "entered_at", "entered_by", ("manual_receipt.entered",)),
    Act("payments_manualreceipt", "approved_at", "approved_by", ("manual_receipt.approved",)),
    Act("payments_manualreceipt", "rejected_at", "rejected_by", ("manual_receipt.rejected",)),
    Act(
        "payments_ledgercorrection",
        "entered_at",
        "entered_by",
        ("receipt.correction_proposed", "refund.correction_proposed"),
    ),
    Act(
        "payments_ledgercorrection",
        "approved_at",
        "approved_by",
        ("receipt.corrected", "refund.corrected"),
    ),
    Act(
        "payments_ledgercorrection",
        "rejected_at",
        "rejected_by",
        ("receipt.correction_rejected", "refund.correction_rejected"),
    ),
    Act("payments_typedtransfer", "entered_at", "entered_by", ("statement_line.typed",)),
    Act("payments_typedtransfer", "approved_at", "approved_by", ("statement_line.approved",)),
    Act(
        "payments_statementline",
        "settled_at",
        "settled_by",
        ("statement_line.applied", "statement_line.set_aside", "statement_line.taken"),
    ),
    Act("payments_statementfile", "seen_at", "seen_by", ("statement.seen",)),
    Act("payments_kaspiregistry", "seen_at", "seen_by", ("kaspi_registry.seen",)),
    Act("payments_providermessage", "looked_at", "looked_by", ("message.settled",)),
    Act("payments_refundcase", "opened_at", by_key("opened_by_id"), ("refund_case.opened",)),
    Act(
        "payments_refundcase", "cancelled_at", by_key("cancelled_by_id"), ("refund_case.cancelled",)
    ),
    Act(
        "payments_refunddecision",
        "proposed_at",
        by_key("proposed_by_id"),
        ("refund_case.proposed",),
    ),
    Act(
        "payments_refunddecision",
        "approved_at",
        by_key("approved_by_id"),
        ("refund_case.approved",),
    ),
    Act(
        "payments_refunddecision",
        "returned_at",
        by_key("returned_by_id"),
        ("refund_case.returned", "refund_case.cancelled"),
    ),
    Act("enrollment_claim", "filed_at", "entered_by", ("claim.filed",)),
    Act("enrollment_claim", "signed_at", "signed_by", ("claim.filed", "claim.signed")),
    Act("enrollment_claim", "withdrawn_at", "withdrawn_by", ("claim.withdrawn",)),
    Act("enrollment_claimanswer", "answered_at", "answered_by", ("claim.answered",)),
    Act("enrollment_claimanswer", "replied_at", "replied_by", ("claim.replied",)),
    Act("enrollment_documentrequest", "asked_at", "asked_by", ("claim.documents_asked",)),
    Act("enrollment_forcemajeure", "reported_at", "entered_by", ("force_majeure.reported",)),
    Act("enrollment_forcemajeure", "confirmed_at", "confirmed_by", ("force_majeure.confirmed",)),
    Act("enrollment_forcemajeure", "rejected_at", "rejected_by", ("force_majeure.rejected",)),
    Act("enrollment_forcemajeure", "closed_at", "closed_by", ("force_majeure.over",)),
    Act(
        "enrollment_forcemajeurecontract",
        "proposed_at",
        "proposed_by",
        ("force_majeure.ending_proposed",),
    ),
    Act("enrollment_forcemajeurecontract", "settled_at", "settled_by", ("force_majeure.settled",)),
    Act("payments_refundpayout", "done_at", by_key("done_by_id"), ("refund.made",)),
    Act(
        "payments_fiscalreceipt",
        "recorded_at",
        '"by"',
        ("fiscal_receipt.recorded", "fiscal_receipt.corrected"),
    ),
    Act("enrollment_exclusion", "at", by_key("by_id"), ("enrollment.excluded",)),
    Act("enrollment_enrollment", "completed_at", "completed_by", ("enrollment.completed",)),
    Act("enrollment_studyresult", "at", '"by"', ("result.recorded",)),
    Act("enrollment_studentwork", "handed_in_at", "handed_in_by", ("work.handed_in",)),
    Act("enrollment_curatorassignment", "begun_at", "begun_by", ("enrollment.curator_assigned",)),
    Act("enrollment_curatorassignment", "ended_at", "ended_by", ("enrollment.curator_assigned",)),
    Act("materials_material", "added_at", "added_by", ("material.added",)),
    Act("materials_material", "withdrawn_at", "withdrawn_by", ("material.withdrawn",)),
    Act("enrollment_withdrawal", "at", by_key("by_id"), ("offer.withdrawn",)),
    Act("enrollment_withdrawal", "lifted_at", by_key("lifted_by_id"), ("offer.withdrawal-lifted",)),
    Act("enrollment_offerdraft", "begun_at", by_key("begun_by_id"), ("draft.begun",)),
    Act("enrollment_offerdraft", "signed_at", by_key("signed_by_id"), ("draft.signed_off",)),
    Act(
        "enrollment_editionanswer",
        "recorded_at",
        "recorded_by",
        ("edition.agreed", "edition.objected"),
    ),
    Act("enrollment_editiontalk", "closed_at", "closed_by", ("edition.talk_closed",)),
    Act("enrollment_halvesproposal", "at", by_key("by_id"), ("halves.proposed",)),
    Act("enrollment_restmove", "recorded_at", by_key("recorded_by_id"), ("rest.moved",)),
    Act(
        "enrollment_paymentreport",
        "ended_at",
        "ended_by",
        ("report.dropped",),
        "ending = 'dropped'",
    ),
    Act("enrollment_breach", "recorded_at", "recorded_by", ("breach.recorded",)),
    Act(
        "enrollment_breach",
        "reviewed_at",
        "reviewed_by",
        ("breach.confirmed", "breach.withdrawn"),
    ),
    Act(
        "enrollment_breachstatement",
        "said_at",
        "said_by",
        ("breach.evidence_added", "breach.objected"),
    ),
    Act(
        "enrollment_suspension",
        "ended_at",
        "ended_by",
        ("enrollment.restored",),
    ),
    Act("enrollment_endingproposal", "sent_at", "sent_by", ("ending.proposed",)),
    Act(
        "enrollment_endingproposal",
        "answered_at",
        "answered_by",
        ("ending.accepted", "ending.declined", "ending.withdrawn"),
    ),
    Act("enrollment_providerending", "proposed_at", "proposed_by", ("provider_ending.proposed",)),
    Act("enrollment_providerending", "approved_at", "approved_by", ("provider_ending.approved",)),
    Act("enrollment_providerending", "returned_at", "returned_by", ("provider_ending.returned",)),
    Act("calendar_dayexception", "recorded_at", "recorded_by", ("day_exception.recorded",)),
    Act("calendar_dayexception", "removed_at", "removed_by", ("day_exception.removed",)),
)


def every_act_has_its_journal_row(at: datetime) -> Iterator[str]:
    """S1: each act has a journal row of the same person and time."""
    for act in ACTS:
        verbs = ", ".join(f"'{verb}'" for verb in act.verbs)
        sql = f"""
            SELECT t.id, t.who
            FROM
                (SELECT id, {act.at} AS moment, {act.by} AS who
                 FROM {act.table}
                 WHERE {act.at} IS NOT NULL
                     AND {act.where}) t
            LEFT JOIN
                (SELECT DISTINCT at, "by"
                 FROM journal_entry
                 WHERE verb IN ({verbs})) j ON j.at = t.moment
            AND j."by" = t.who
            WHERE t.who LIKE 'staff:%%'
                AND j.at IS NULL
        """  # noqa: S608 - names of ours
        for number, who in rows(sql):
            yield (
                f"{act.table} {number}: what {who} did has no journal row {' or '.join(act.verbs)}"
            )


def every_edit_in_the_admin_has_its_journal_row(at: datetime) -> Iterator[str]:
    """S1: each edit in the admin's own log has a journal row of the same person and minute."""
    journal = rows(
        """
        SELECT "by", at
        FROM journal_entry
        WHERE "by" IN
                (SELECT 'staff:' || user_id
                 FROM django_admin_log)
        ORDER BY "by", at
        """
    )
    edits = rows(
        """
        SELECT 'staff:' || l.user_id AS who, l.action_time, l.id, m.model
        FROM django_admin_log l
        LEFT JOIN django_content_type m ON m.id = l.content_type_id
        WHERE l.change_message NOT IN ('', '[]')
            OR l.action_flag <> 2
        ORDER BY who, l.action_time
        """
    )
    line = next(journal, None)
    for who, when, number, model in edits:
        done = moment(when)
        while line is not None and (
            line[0] < who or (line[0] == who and moment(line[1]) < done - SAME_CLICK)
        ):
            line = next(journal, None)
        if line is None or line[0] != who or moment(line[1]) > done + SAME_CLICK:
            yield f"edit {number} of a {model} by {who} has no journal row"


def nobody_may_edit_the_journal(at: datetime) -> Iterator[str]:
    """S1: no group and no user has a permission to change evidence."""
    rights = """
        SELECT p.id, p.codename
        FROM auth_permission p
        JOIN django_content_type t ON t.id = p.content_type_id
        WHERE t.app_label IN ('journal', 'audit')
            AND p.codename NOT LIKE 'view%%'
    """
    for holder, table, column in (
        ("group", "auth_group_permissions", "group_id"),
        ("user", "accounts_user_user_permissions", "user_id"),
    ):
        sql = f"""
            SELECT h.{column}, r.codename
            FROM {table} h
            JOIN ({rights}) r ON r.id = h.permission_id
        """  # noqa: S608
        yield from (f"{holder} {key} has the right to {codename}" for key, codename in rows(sql))
