"""The party's order for one service, and the installments in which it is due (1.8, 3.3, 4.3)."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import connections, models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enrollment.rules.order_states import MOVES, OrderState
from offer_site.days import almaty_day, end_of_day
from offer_site.errors import RuleViolation
from offer_site.languages import Language
from offer_site.money import TengeField

from .catalogue import Cohort, Tariff
from .invoice import Invoice
from .offer import Edition
from .party import Learner, Party, PartyKind

if TYPE_CHECKING:
    from offer_site.accounts.models import User


class TakenBy(models.TextChoices):
    """Who took an order for its buyer (2.6); nobody for one that the buyer placed alone."""

    STAFF = "staff", _("staff, on the phone")
    PARTNER = "partner", _("a partner")


class OrderQuerySet(models.QuerySet["Order"]):
    def _fetch_all(self) -> None:
        """Find also the orders that a move to another cohort hides from a locking query.

        PostgreSQL joins before it waits for the lock: an order whose cohort changed meanwhile no
        longer fits the cohort that was joined with it, and is left out. So several are locked alone
        before they are read, and one that is not found is asked for once more.
        """
        is_new = self._result_cache is None
        joined = self.query.select_related
        joins_cohort = isinstance(joined, dict) and "cohort" in joined
        hides = is_new and joins_cohort and self.query.select_for_update
        hides = hides and connections[self.db].vendor != "sqlite"
        if hides and not self.query.is_sliced:
            self._lock_alone()
        super()._fetch_all()  # type: ignore[misc]
        if hides and self.query.is_sliced and not self._result_cache:
            self._result_cache = None
            super()._fetch_all()  # type: ignore[misc]

    def _lock_alone(self) -> None:
        alone = self.select_related(None).values_list("pk")
        alone.query.select_for_update_of = ("self",)
        list(alone)

    def belonging_to(self, user: "User") -> "OrderQuerySet":
        """Orders whose registered e-mail is the one this user signed in with."""
        return self.of_email(user.email)

    def of_email(self, email: Any) -> "OrderQuerySet":
        """Orders whose registered e-mail is this one, or is given later to a prepared query."""
        return self.filter(party__email=email)

    def awaiting_payment(self) -> "OrderQuerySet":
        return self.filter(state=OrderState.AWAITING_PAYMENT)

    def accepted(self) -> "OrderQuerySet":
        """Orders with a contract: their payment was the acceptance (2.2.1)."""
        return self.filter(acceptance__isnull=False)

    def unpaid_since_before(self, at: datetime) -> "OrderQuerySet":
        """Orders that 4.3 treats as never placed: unpaid on their day, and not kept by a report."""
        unkept = Q(kept_until=None) | Q(kept_until__lte=at)
        return self.awaiting_payment().filter(unkept, placed_on__lt=almaty_day(at))

    def rest_due_by(self, day: date) -> "OrderQuerySet":
        """Orders whose unpaid rest is due by this day, as it was agreed on last (4.3.1)."""
        rest = Installment.objects.filter(order=OuterRef("pk"), number=2)
        due = rest.alias(now_on=Coalesce("moved_to", "due_on")).filter(now_on__lte=day)
        return self.filter(Exists(due), state=OrderState.PREPAID)

    def lacking_address(self, *, by: date) -> "OrderQuerySet":
        """Contracts of people whose home address is not told and whose service ends by this day."""
        ends_soon = Q(enrollment__performed_on__lte=by) | Q(
            enrollment__performed_on=None, enrollment__cohort__ends_on__lte=by
        )
        return (
            self.filter(ends_soon, party__address="", enrollment__state="active")
            .filter(state__in=[OrderState.PREPAID, OrderState.PAID])
            .exclude(party__kind=PartyKind.COMPANY)
            .exclude(party__salt="")
        )

    def as_listed(self) -> "OrderQuerySet":
        """The orders of an invoice as its buyer listed them: learners were written so."""
        return self.order_by("learner_id")

    def with_people(self) -> "OrderQuerySet":
        return self.select_related(
            "party", "learner", "cohort__course", "tariff__package", "edition__academy"
        )

    def locked(self) -> "OrderQuerySet":
        """Lock the orders, without the rows they are joined with."""
        return self.select_for_update(of=("self",))

    def beside(self, **which: Any) -> "OrderQuerySet":
        """These orders and all others of their invoices, in the order of their keys.

        Whoever may come from one order of an invoice to another locks all of them first: a question
        about the company, and the end of a contract under which it was asked (9.5).
        """
        found = list(self.model.objects.filter(**which).values_list("pk", "invoice"))
        named = Q(pk__in=[pk for pk, _invoice in found])
        if invoices := {invoice for _pk, invoice in found if invoice}:
            named |= Q(invoice__in=invoices)
        return self.filter(named).order_by("pk")

    def lock_beside(self, **which: Any) -> None:
        """Lock these orders and all others of their invoices, before one is read under its lock.

        An order of no invoice is locked by whoever reads it: this asks one question and locks none.
        """
        if self.model.objects.filter(**which).exclude(invoice=None).exists():
            list(self.model.objects.locked().beside(**which).values_list("pk"))

    def people_locked(self) -> "OrderQuerySet":
        """Lock the orders, then their people.

        Rows that are only joined would be those from before the wait for the lock.
        """
        return self.select_related("party", "learner").select_for_update(
            of=("self", "party", "learner")
        )


class Order(models.Model):
    """One order for one place; its edition and price are those of when it was placed, for ever.

    So is its day, unless staff reopen a lapsed order: then `placed_on` is the new day, and money
    counts from `reopened_on`.
    """

    code = models.CharField(_("code"), max_length=16, unique=True)
    party = models.OneToOneField(
        Party, models.PROTECT, related_name="order", verbose_name=_("party")
    )
    learner = models.OneToOneField(
        Learner, models.PROTECT, related_name="order", verbose_name=_("learner")
    )
    learner_key = models.CharField(max_length=64, editable=False)
    cohort = models.ForeignKey(
        Cohort, models.PROTECT, related_name="orders", verbose_name=_("cohort")
    )
    tariff = models.ForeignKey(
        Tariff, models.PROTECT, related_name="orders", verbose_name=_("tariff")
    )
    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="orders", verbose_name=_("edition")
    )
    invoice = models.ForeignKey(
        Invoice,
        models.PROTECT,
        related_name="orders",
        null=True,
        blank=True,
        verbose_name=_("company's invoice"),
    )
    language = models.CharField(_("language"), max_length=2, choices=Language)
    price = TengeField(_("price, tenge"))
    prepayment = TengeField(_("prepayment, tenge"))
    state = models.CharField(
        _("state"), max_length=20, choices=OrderState, default=OrderState.AWAITING_PAYMENT
    )
    placed_at = models.DateTimeField(_("placed at"))
    placed_on = models.DateField(_("day of the order"))
    reopened_on = models.DateField(_("reopened on"), null=True, blank=True)
    kept_until = models.DateTimeField(_("kept by a report until"), null=True, blank=True)
    # The row is `taking`: without a third party nobody has to look for it.
    taken_by = models.CharField(
        _("taken by"), max_length=10, choices=TakenBy, blank=True, default=""
    )
    # No money is taken until everything in `confirmations` is confirmed.
    awaits_confirmation = models.BooleanField(_("awaits a confirmation"), default=False)
    # Doubtful values that the buyer was asked about and kept (9.5): fields with their digests.
    confirmed = models.JSONField(default=list, editable=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-placed_at"]
        permissions = [("proof_order", "Can take the proof of the contract")]
        constraints = [
            models.UniqueConstraint(
                fields=["learner_key", "cohort"],
                condition=Q(state=OrderState.AWAITING_PAYMENT),
                name="a_learner_has_one_unpaid_order_in_a_cohort",
            ),
            models.CheckConstraint(
                condition=Q(prepayment__gt=0, prepayment__lte=F("price")),
                name="a_prepayment_is_within_the_price",
            ),
            models.CheckConstraint(
                condition=Q(taken_by__in=["", *TakenBy.values]),
                name="an_order_is_taken_by_a_known_third_party",
            ),
            models.CheckConstraint(
                condition=Q(reopened_on=None) | Q(reopened_on__lte=F("placed_on")),
                name="an_order_is_reopened_for_a_day_to_come",
            ),
        ]
        indexes = [
            models.Index(fields=["learner_key", "cohort"], name="orders_of_a_learner"),
            models.Index(
                fields=["placed_on"],
                condition=Q(state="awaiting_payment"),
                name="unpaid_orders_by_day",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("order", args=[self.code])

    @property
    def pay_before(self) -> datetime:
        """24:00 of the order's day in Almaty: the first instant after that day (4.3)."""
        return end_of_day(self.placed_on)

    @property
    def lapses_at(self) -> datetime:
        """When it lapses unpaid: at the end of its day, or of a reported payment's term."""
        return max(self.pay_before, self.kept_until) if self.kept_until else self.pay_before

    def is_kept(self, at: datetime) -> bool:
        """True while a reported payment still holds the order (4.3)."""
        return self.kept_until is not None and at < self.kept_until

    def require(self, *states: OrderState, message: object, clause: str) -> None:
        """Raise RuleViolation with this message unless the order is in one of these states."""
        if self.state not in states:
            raise RuleViolation(message, clause=clause)

    def move_to(self, state: OrderState) -> None:
        """Move to this state and save nothing else; the caller records the move (O2).

        Raises ValueError for a move that is not in the table.
        """
        if state not in MOVES[OrderState(self.state)]:
            raise ValueError(f"{self.code}: no move from {self.state} to {state}")
        self.state = state
        self.save(update_fields=["state"])


class Installment(models.Model):
    """What is due and when: the whole price on the order's day, or two halves (4.3, 4.3.1)."""

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="installments", verbose_name=_("order")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    amount = TengeField(_("amount, tenge"))
    due_on = models.DateField(_("due on"))
    # What was accepted stays in `due_on` (A3).
    moved_to = models.DateField(_("moved to"), null=True, blank=True)

    class Meta:
        verbose_name = _("installment")
        verbose_name_plural = _("installments")
        ordering = ["order", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "number"], name="an_order_has_one_installment_a_number"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="an_installment_is_more_than_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.number}"

    @property
    def day(self) -> date:
        """The day it is due now: as accepted, or as agreed on since (4.3.1)."""
        return self.moved_to or self.due_on
