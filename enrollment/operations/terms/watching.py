"""Warnings before a term ends and alarms once it is over, each once a term (D2).

What the academy owes is told to the staff whose work it is, in one letter for all terms of a run;
what the student owes, to the student. Certificates and rests have clocks of their own (9.1, 4.3.1).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from enrollment.models import Claim, ClaimKind, Deadline, Debtor, Order
from enrollment.models.deadline import DeadlineQuerySet
from enrollment.operations.links import cabinet_link, clarification_link
from enrollment.rules.deadlines import rights_of, term_of
from offer_site.accounts.models import User
from offer_site.days import short_day
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from offer_site.sweeps import one_by_one

from .deadlines import end_of_the_next_working_day
from .moves import in_both_languages

QUESTION = "9.5"
MOST_LISTED = 40  # in one letter; the rest is counted, and the list in the admin has them all


@dataclass(frozen=True)
class Telling:
    """A warning or an alarm: its letters, the mark on the term, and the filter of its list."""

    to_student: NoticeKind
    to_staff: NoticeKind
    mark: str
    attention: str

    def due(self, at: datetime) -> DeadlineQuerySet:
        if self.mark == "warned_at":
            return Deadline.objects.to_warn_of(at, end_of_the_next_working_day(at))
        return Deadline.objects.to_alarm_of(at)


WARNING = Telling(NoticeKind.TERM_NEAR, NoticeKind.TERMS_NEAR, "warned_at", "near")
ALARM = Telling(NoticeKind.TERM_OVER, NoticeKind.TERMS_OVER, "alarmed_at", "overdue")


@dataclass(frozen=True)
class ToldTerm:
    """A term of which somebody was told now."""

    order: str
    clause: str
    due_on: str
    is_over: bool

    def __str__(self) -> str:
        return f"{self.order} {self.clause} {self.due_on}"


def watch_terms(*, at: datetime) -> list[ToldTerm]:
    """Warn of the terms that end by the next working day, and tell of those that are over.

    Each is told once; a term that moved is told of anew.
    """
    told: list[Deadline] = []
    for telling in (WARNING, ALARM):
        told += _tell_staff(telling, at=at)
        owing = telling.due(at).filter(owed_by=Debtor.USER)
        orders = Order.objects.filter(pk__in=owing.values("order")).order_by("pk")
        for _order, its in one_by_one(orders, partial(_tell_student, telling=telling, at=at)):
            told += its
    return [
        ToldTerm(
            term.order.code, term.clause, short_day(term.due_on), is_over=term.due_before <= at
        )
        for term in told
    ]


@transaction.atomic
def _tell_student(order: Order, *, telling: Telling, at: datetime) -> list[Deadline]:
    """Queue a letter for each term that the student owes; an objection not made is not owed."""
    order = Order.objects.people_locked().with_people().get(pk=order.pk)
    terms = list(telling.due(at).filter(order=order, owed_by=Debtor.USER).order_by("pk"))
    _mark(terms, telling, at=at)
    for term in terms:
        term.order = order
        if telling is ALARM and not term_of(term.clause, term.owed_by).is_owed_when_over:
            continue
        until = term.due_on if telling is ALARM else term.told_on
        queue_notice(
            telling.to_student,
            about=("deadline", str(term.pk)),
            to=order.party.email,
            language=order.language,
            order=order.code,
            occasion=term.due_on.isoformat(),
            at=at,
            facts={
                "until": until.isoformat(),
                "clause": term.clause,
                "page_url": _page_of(term, order),
                **in_both_languages(term),
            },
        )
    return terms


@transaction.atomic
def _tell_staff(telling: Telling, *, at: datetime) -> list[Deadline]:
    """Queue one letter for each member of staff, with all terms that are his work.

    Locks the terms and no order; a term that is locked is told of in the next run.
    """
    terms = list(
        telling.due(at)
        .filter(owed_by=Debtor.ACADEMY)
        .select_related("order")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("due_before", "order__code", "pk")
    )
    _mark(terms, telling, at=at)
    changelist = reverse("admin:enrollment_deadline_changelist")
    for email, owed in sorted(_by_email(terms).items()):
        listed = [
            {"order": term.order.code, "due_on": short_day(term.due_on), **in_both_languages(term)}
            for term in owed[:MOST_LISTED]
        ]
        queue_notice(
            telling.to_staff,
            about=("terms", "staff"),
            to=email,
            language=settings.LANGUAGE_CODE,
            occasion=at.isoformat(),
            at=at,
            facts={
                "terms": listed,
                "more": max(len(owed) - MOST_LISTED, 0),
                "count": len(owed),
                "list_url": f"{settings.SITE_URL}{changelist}?attention={telling.attention}",
            },
        )
    return terms


def _by_email(terms: Iterable[Deadline]) -> dict[str, list[Deadline]]:
    """The terms by the e-mail of each person whose work they are; one query a right."""
    emails = cache(_emails_of)
    of_money = _of_money(terms)
    work: defaultdict[str, list[Deadline]] = defaultdict(list)
    for term in terms:
        rights = rights_of(
            term.clause,
            term.owed_by,
            about=term.about_kind,
            is_of_money=term.pk in of_money,
        )
        for email in set().union(*(emails(right) for right in rights)):
            work[email].append(term)
    return work


def _emails_of(right: str) -> frozenset[str]:
    able = frozenset(user.email for user in User.objects.staff_who_may(right))
    return able or frozenset({settings.PROVIDER_EMAIL})


def _of_money(terms: Iterable[Deadline]) -> set[int]:
    """The keys of those terms in which a demand for money is to be answered."""
    claims = Claim.objects.filter(answer_term__in=list(terms), kind=ClaimKind.MONEY)
    return set(claims.values_list("answer_term", flat=True))


def _mark(terms: list[Deadline], telling: Telling, *, at: datetime) -> None:
    Deadline.objects.filter(pk__in=[term.pk for term in terms]).update(**{telling.mark: at})


def _page_of(term: Deadline, order: Order) -> str:
    """Where the student does what is owed."""
    return clarification_link(order) if term.clause == QUESTION else cabinet_link(order.language)
