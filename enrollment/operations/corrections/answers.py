"""The answer of 9.5: values corrected, or confirmed as they are."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import AnswerSource, Clarification, Order
from enrollment.operations.clarification.questions import (
    CLAUSE,
    UNDER_CONTRACT,
    ask_if_doubtful,
    close_as_answered,
    lock_question,
)
from enrollment.operations.clarification.recipient import (
    OF_COMPANY,
    PARTS,
    digest_of_field,
    recipient_of,
    settled_by,
    value_of,
)
from enrollment.operations.terms.certificate_clock import orders_beside
from enrollment.rules.names import NamedParts
from enrollment.rules.order_states import OrderState
from enrollment.rules.questions import question_about
from enrollment.rules.recipient import Field, Reason, Recipient, doubts_of
from offer_site.days import almaty_day
from offer_site.documents import Document, forget, kept
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record
from offer_site.retries import once_more_if_beaten

from .email import correct_email
from .learners import store_learner

STANDING = (OrderState.AWAITING_PAYMENT, *UNDER_CONTRACT)


def record_answer_by_staff(
    *,
    question: Clarification,
    values: dict[str, Any],
    confirmed: Collection[str],
    how: AnswerSource,
    note: str,
    document: Document | None,
    by: str,
    at: datetime,
) -> tuple[Clarification, bool]:
    """Record an answer that staff got by phone or letter, with a note or the document (9.5)."""
    if not note.strip() and document is None:
        raise RuleViolation(_("Write a note, or attach the document."), clause=CLAUSE, field="note")
    with kept(document, under="clarifications") as paper:
        answered, is_new = answer_question(
            question=question,
            values=values,
            confirmed=confirmed,
            how=how,
            note=note,
            paper=paper,
            by=by,
            at=at,
        )
    if not is_new:
        forget(paper)
    return answered, is_new


@once_more_if_beaten
@transaction.atomic(savepoint=False)
def answer_question(
    *,
    question: Clarification,
    values: dict[str, Any],
    confirmed: Collection[str],
    how: AnswerSource = AnswerSource.PAGE,
    note: str = "",
    paper: dict[str, str] | None = None,
    by: str,
    at: datetime,
) -> tuple[Clarification, bool]:
    """Record the answer, late or not; return the question, and whether this answer closed it (9.5).

    `values` are the parts of the fields asked about; `confirmed` are fields that are right as they
    are written now. Raises RuleViolation where an asked field is still empty, or doubtful and not
    confirmed.
    """
    order, question = lock_question(question)
    if not question.is_open:
        return question, False
    fields = list(dict.fromkeys(doubt.field for doubt in question.doubts))
    answer = {part: values[part] for field in fields for part in PARTS[field] if part in values}
    _require_an_answer(order, question, answer, confirmed)
    before = {field: digest_of_field(order, field) for field in fields}
    email = str(answer.pop("email", order.party.email))
    party_before = order.party.digest()
    _store(order, answer, by=by, at=at)
    question.note = note
    for name, value in (paper or {}).items():
        setattr(question, name, value)
    after = {field: digest_of_field(order, field) for field in fields}
    facts: dict[str, object] = {
        "fields": {
            field: [before[field], after[field]]
            for field in fields
            if before[field] != after[field]
        },
        "confirmed": [field for field in fields if field in confirmed],
        "document": question.document_sha256,
    }
    if order.party.digest() != party_before:
        facts |= {"party_before": party_before, "party": order.party.digest()}
    of_company = {
        part: email if part == "email" else value_of(order, part)
        for field in fields
        if field in OF_COMPANY
        for part in PARTS[field]
    }
    _take_for_orders_beside(question, of_company, by=by, at=at)
    close_as_answered(order, question, how=how, facts=facts, by=by, at=at)
    if email != order.party.email:
        correct_email(
            order=order,
            email=email,
            by=by,
            at=at,
            document=question.key,
            # Whoever answers on the page reads that mailbox; what staff were told may be a slip.
            is_shared=how == AnswerSource.PAGE or Field.EMAIL in confirmed,
        )
    order = Order.objects.with_people().get(pk=order.pk)
    question.settled = settled_by(question, order)
    question.save(update_fields=["settled"])
    ask_if_doubtful(order, found_on=almaty_day(at), at=at)
    return question, True


def _take_for_orders_beside(
    question: Clarification, values: dict[str, Any], *, by: str, at: datetime
) -> None:
    """Write a company's answer to the other orders of its invoice, each in its own chain (A3).

    Covers orders that are unpaid or under contract; rows that were erased stay erased. The journal
    names the invoice, and not the order under which the question was asked.
    """
    invoice = question.invoice
    if invoice is None:
        return
    for order in orders_beside(question).filter(state__in=STANDING).exclude(party__salt=""):
        fields = [field for field in OF_COMPANY if PARTS[field].keys() & values.keys()]
        answer = {part: value for part, value in values.items() if part != "email"}
        party_before = order.party.digest()
        before = {field: digest_of_field(order, field) for field in fields}
        _store(order, answer, by=by, at=at)
        facts = {
            "fields": {
                field: [before[field], digest_of_field(order, field)]
                for field in fields
                if before[field] != digest_of_field(order, field)
            },
            "party_before": party_before,
            "party": order.party.digest(),
        }
        if order.party.digest() != party_before:
            record(
                "clarification.applied",
                about=("invoice", invoice.code),
                order=order.code,
                facts=facts,
                by=by,
                at=at,
                clause=CLAUSE,
            )
        if values.get("email", order.party.email) != order.party.email:
            correct_email(order=order, email=values["email"], by=by, at=at, document=invoice.code)


def corrected(recipient: Recipient, answer: dict[str, Any]) -> Recipient:
    """The recipient as it would be with the values of an answer."""

    def named(field: Field, parts: NamedParts) -> NamedParts:
        return NamedParts(
            *(answer.get(key, old) for key, old in zip(PARTS[field], parts, strict=True))
        )

    plain = {name: answer[name] for name in answer if hasattr(recipient, name)}
    return replace(
        recipient,
        learner=named(Field.LEARNER, recipient.learner),
        party=named(Field.AUTHORIZED, recipient.party),
        **plain,
    )


def _require_an_answer(
    order: Order, question: Clarification, answer: dict[str, Any], confirmed: Collection[str]
) -> None:
    """Raise RuleViolation if a doubt would remain; an empty field cannot be confirmed."""
    left = {doubt.field: doubt for doubt in doubts_of(corrected(recipient_of(order), answer))}
    for asked in question.doubts:
        doubt = left.get(asked.field)
        field = next(iter(PARTS[asked.field]))
        if doubt and (doubt.reason == Reason.MISSING or asked.field not in confirmed):
            raise RuleViolation(question_about(doubt), clause=CLAUSE, field=field)
        if (
            asked.reason == Reason.ASKED
            and asked.field not in confirmed
            and not _changes(order, asked.field, answer)
        ):
            raise RuleViolation(
                _("Correct it, or confirm that it is right."), clause=CLAUSE, field=field
            )


def _changes(order: Order, field: Field, answer: dict[str, Any]) -> bool:
    return any(
        (answer[part] or "") != (value_of(order, part) or "")
        for part in PARTS[field]
        if part in answer
    )


def _store(order: Order, answer: dict[str, Any], *, by: str, at: datetime) -> None:
    """Store the values on their rows, with the accepted values kept beside them (A3)."""
    owners: dict[str, dict[str, Any]] = {"party": {}, "learner": {}}
    for parts in PARTS.values():
        for part, (owner, name) in parts.items():
            if part in answer:
                owners[owner][name] = answer[part]
    try:
        store_learner(order, order.learner, owners["learner"], by=by, at=at)
    except RuleViolation as refused:
        refused.field = "learner_surname"
        raise
    party = order.party
    changed = {
        name: value for name, value in owners["party"].items() if getattr(party, name) != value
    }
    if changed:
        party.keep_former()
        for name, value in changed.items():
            setattr(party, name, value)
        party.save(update_fields=list(changed))
