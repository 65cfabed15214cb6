"""The ledger: money that came or went, and its orders (M1-M8); rows are only ever added."""

from decimal import Decimal

from django.db import models
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat, Left, Round, TruncDate
from django.utils.translation import gettext_lazy as _

from enrollment.models import Confirmation, GuardianConsent, Invoice, Order, PartyKind
from enrollment.rules.order_states import OrderState
from offer_site.days import ALMATY
from offer_site.evidence import Evidence
from offer_site.journal.models import Entry
from offer_site.money import ReportedMoneyField
from payments.rules.matching import CURRENCY, Refusal
from payments.rules.provider_names import in_words
from payments.rules.waiting import Why

from .manual import SEEN_AT_KASPI, ManualReceipt
from .received import NOTHING, received_sum

UNPAID = (OrderState.AWAITING_PAYMENT, OrderState.LAPSED)


class EntryKind(models.TextChoices):
    RECEIPT = "receipt", _("receipt")
    REFUND = "refund", _("refund")
    CORRECTION = "correction", _("correction")


class LedgerEntryQuerySet(models.QuerySet["LedgerEntry"]):
    def receipts(self) -> "LedgerEntryQuerySet":
        return self.filter(kind=EntryKind.RECEIPT)

    def refunds(self) -> "LedgerEntryQuerySet":
        return self.filter(kind=EntryKind.REFUND)

    def gone(self) -> "LedgerEntryQuerySet":
        """Refunds that really left: no counter-entry takes them back (M3)."""
        return self.refunds().filter(corrections=None)

    def with_left(self) -> "LedgerEntryQuerySet":
        """Adds `left`: what of each receipt is not allocated, given back, promised or corrected."""
        free = F("amount") + _corrected() - _allocated() - _refunded() - _promised()
        return self.annotate(given=_allocated(), left=Round(free, precision=2))

    def waiting(self, why: Why | None = None) -> "LedgerEntryQuerySet":
        """Receipts of which something waits for a person, for any reason or for one (4.3, M6)."""
        waiting = self.receipts().with_left().filter(Q(left__gt=0))
        return waiting.with_why().filter(Q(why=why)) if why else waiting

    def with_why(self) -> "LedgerEntryQuerySet":
        """Adds `why` each receipt waits, judged by the order it names now; needs `left` first."""
        return self.annotate(
            meant=_order_meant(),
            day=TruncDate("happened_at", tzinfo=ALMATY),
            journal_key=Left(Concat("provider", Value(" "), "reference"), 64),
        ).annotate(why=_why())

    def part_of_a_lapsed_order(self) -> "LedgerEntryQuerySet":
        """Receipts given by staff as a part to an order that lapsed unpaid (4.3)."""
        standing = Allocation.objects.standing().filter(order__state=OrderState.LAPSED)
        return self.filter(Exists(standing.filter(entry=OuterRef("pk"))))

    def without_ground(self) -> "LedgerEntryQuerySet":
        """Refunds that a provider reported and whose ground nobody has named (4.6)."""
        return self.refunds().filter(ground=None)

    def total(self) -> Decimal:
        return self.aggregate(total=Sum("amount"))["total"] or Decimal("0.00")


class LedgerEntry(Evidence):
    """Money that came or went, as its provider reported it.

    It names no order: allocations do (M4). `invoice_id` is the number that the provider repeated
    to us, unchecked; `refunds_reference` is the receipt that a refund gives back, which may be
    reported later than the refund.
    """

    provider = models.CharField(_("payment provider"), max_length=20)
    reference = models.CharField(_("provider's reference"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=EntryKind)
    amount = ReportedMoneyField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    method = models.CharField(_("way of paying"), max_length=40, blank=True)
    happened_at = models.DateTimeField(_("provider's time"))
    recorded_at = models.DateTimeField(_("recorded at"))
    invoice_id = models.CharField(_("invoice number"), max_length=80, blank=True)
    refunds_reference = models.CharField(_("refund of"), max_length=80, blank=True)
    corrects = models.ForeignKey(
        "self",
        models.PROTECT,
        related_name="corrections",
        null=True,
        blank=True,
        verbose_name=_("corrects"),
    )

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger")
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "reference", "kind"],
                name="a_provider_names_a_movement_of_money_once",
            ),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.CORRECTION) | Q(amount__gt=0),
                name="a_receipt_or_refund_is_more_than_nothing",
            ),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.CORRECTION, corrects__isnull=False)
                | ~Q(kind=EntryKind.CORRECTION) & Q(corrects=None),
                name="a_correction_names_what_it_corrects",
            ),
        ]
        indexes = [
            models.Index(fields=["happened_at"], name="ledger_by_time"),
            models.Index(
                fields=["provider", "refunds_reference"],
                condition=Q(kind="refund"),
                name="refunds_by_receipt",
            ),
        ]

    def __str__(self) -> str:
        return in_words(self.provider, self.reference)

    @property
    def name(self) -> str:
        """What the journal, the proof and letters call it: the same in every language."""
        return f"{self.provider} {self.reference}"


class AllocationQuerySet(models.QuerySet["Allocation"]):
    def standing(self) -> "AllocationQuerySet":
        """Allocations that were not taken back."""
        return self.filter(amount__gt=0, taken_back=None)


class Allocation(Evidence):
    """How much of a receipt belongs to which order; an order has received their sum (M4).

    The allocations of a receipt are numbered, so that of two simultaneous decisions about one
    receipt only one is kept. A negative row takes back the one that it names.
    """

    entry = models.ForeignKey(
        LedgerEntry, models.PROTECT, related_name="allocations", verbose_name=_("ledger entry")
    )
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="allocations", verbose_name=_("order")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    amount = ReportedMoneyField(_("amount"))
    takes_back = models.ForeignKey(
        "self",
        models.PROTECT,
        related_name="taken_back",
        null=True,
        blank=True,
        verbose_name=_("takes back"),
    )
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = AllocationQuerySet.as_manager()

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "number"], name="a_receipt_has_one_allocation_a_number"
            ),
            models.UniqueConstraint(fields=["takes_back"], name="an_allocation_is_taken_back_once"),
            models.CheckConstraint(
                condition=Q(number__gt=0), name="the_allocations_of_a_receipt_count_from_one"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, takes_back=None)
                | Q(amount__lt=0, takes_back__isnull=False),
                name="an_allocation_gives_or_takes_back_what_was_given",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry}: {self.order}"


def _allocated() -> Coalesce:
    """The sum of an entry's allocations."""
    rows = Allocation.objects.filter(entry=OuterRef("pk")).order_by().values("entry")
    return Coalesce(Subquery(rows.annotate(total=Sum("amount")).values("total")), NOTHING)


def _corrected() -> Coalesce:
    """What counter-entries take from an entry: nothing, or a negative sum (M3)."""
    rows = LedgerEntry.objects.filter(corrects=OuterRef("pk")).order_by().values("corrects")
    return Coalesce(Subquery(rows.annotate(total=Sum("amount")).values("total")), NOTHING)


def _refunded() -> Coalesce:
    """The sum given back of a receipt at its provider, reported before the receipt or after (M8).

    What a case gave back of a share that its order still has stays allocated: a refund makes no
    debt and frees nothing.
    """
    named = {"provider": OuterRef("provider"), "refunds_reference": OuterRef("reference")}
    share = {
        "entry__provider": OuterRef("provider"),
        "entry__reference": OuterRef("refunds_reference"),
    }
    stands = Allocation.objects.standing().filter(order=OuterRef("ground__case__order"), **share)
    of_a_share = Q(ground__isnull=False, ground__case__entry=None) & Exists(stands)
    rows = LedgerEntry.objects.gone().filter(~of_a_share, **named).order_by().values("provider")
    return Coalesce(Subquery(rows.annotate(total=Sum("amount")).values("total")), NOTHING)


def _promised() -> Coalesce:
    """The sum of approved payouts that are not made yet, of money that no order has."""
    stands = Allocation.objects.standing().filter(
        order=OuterRef("payouts__case__order"), entry=OuterRef("pk")
    )
    undone = (Q(payouts__case__entry__isnull=False) | ~Exists(stands)) & ~Q(payouts__state="done")
    rows = LedgerEntry.objects.filter(pk=OuterRef("pk")).order_by().values("pk")
    return Coalesce(
        Subquery(rows.annotate(total=Sum("payouts__amount", filter=undone)).values("total")),
        NOTHING,
    )


def _order_meant() -> Coalesce:
    """The order that an entry names, by the number of an attempt to pay or by the order's code."""
    attempt = {
        "payments__provider": OuterRef("provider"),
        "payments__invoice_id": OuterRef("invoice_id"),
    }
    found = (
        Order.objects.filter(**named).order_by()
        for named in (attempt, {"code": OuterRef("invoice_id")})
    )
    keys = (Subquery(orders.values("pk")) for orders in found)
    return Coalesce(*keys, output_field=BigIntegerField())


def _why() -> Case:
    """The reason why something of a receipt waits; the first that is true counts."""

    def meant() -> QuerySet[Order]:
        due = Case(When(state=OrderState.PREPAID, then=F("price")), default=F("prepayment"))
        orders = Order.objects.filter(pk=OuterRef("meant")).annotate(received=received_sum("pk"))
        return orders.annotate(due=due - F("received"), most=F("price") - F("received"))

    of_its_day = Q(reopened_on=None, placed_on=OuterRef("day"))
    of_its_day |= Q(reopened_on__lte=OuterRef("day"), placed_on__gte=OuterRef("day"))
    reasons = {
        Why.OF_INVOICE: Q(meant=None, currency=CURRENCY)
        & Exists(Invoice.objects.filter(code=OuterRef("invoice_id"))),
        Why.EXCESS: Q(given__gt=0),  # the part that was due is given: this is the rest
        Why.TEST: _said(Refusal.TEST_MONEY),
        Why.NO_ORDER: Q(meant=None) | ~Q(currency=CURRENCY),
        Why.KNOWN: Q(provider="kaspi") & Exists(_seen_by_hand()),
        Why.DOUBLE: Exists(meant().exclude(state__in=(*UNPAID, OrderState.PREPAID))),
        Why.ANOTHER_DAY: Exists(meant().filter(~of_its_day, state__in=UNPAID)),
        Why.SHORT: Exists(meant().filter(Q(due__gt=OuterRef("left")))),
    }
    too_much = When(Exists(meant().filter(Q(most__lt=OuterRef("left")))), then=Value(Why.EXCESS))
    cases = [When(condition, then=Value(why)) for why, condition in reasons.items()]
    # Nothing in the money itself hinders it: what happened to it tells why it waits.
    taken_back = Exists(Allocation.objects.filter(entry=OuterRef("pk")))
    was_known = _said(Refusal.KNOWN_BY_HAND)
    by_person = taken_back | was_known | _allowed_since() | Q(provider="bank")
    consented = Exists(GuardianConsent.objects.given().filter(order=OuterRef("pk")))
    of_a_minor = meant().filter(~consented, party__kind=PartyKind.MINOR)
    happened = [
        When(_said(Refusal.ANOTHER_ACCOUNT), then=Value(Why.ANOTHER_ACCOUNT)),
        When(Exists(meant().filter(awaits_confirmation=True)), then=Value(Why.UNCONFIRMED)),
        When(Exists(of_a_minor), then=Value(Why.GUARDIAN)),
        When(by_person, then=Value(Why.BY_PERSON)),
    ]
    return Case(*cases, too_much, *happened, default=Value(Why.NOT_TAKEN), output_field=CharField())


def _allowed_since() -> Q:
    """Money that came before the buyer confirmed the order, or the guardian consented to it."""
    of_the_order = {"order": OuterRef("meant")}
    confirmed = Confirmation.objects.filter(
        **of_the_order, confirmed_at__gt=OuterRef("recorded_at")
    )
    given = GuardianConsent.objects.filter(**of_the_order, given_at__gt=OuterRef("recorded_at"))
    return Q(Exists(confirmed)) | Q(Exists(given))


def _said(refusal: Refusal) -> Exists:
    """True when an entry was recorded as one that differs in this from what was asked for."""
    rows = Entry.objects.filter(
        about_kind="receipt", about_key=OuterRef("journal_key"), verb="receipt.unmatched"
    )
    return Exists(rows.filter(facts__reason=refusal.value))


def _seen_by_hand() -> QuerySet[ManualReceipt]:
    """Money that people entered and that Kaspi's own message may tell of, by day or number."""
    rows = ManualReceipt.objects.standing().filter(
        order=OuterRef("meant"), amount=OuterRef("amount"), way__in=SEEN_AT_KASPI
    )
    same = Q(paid_on=OuterRef("day")) | Q(reference=OuterRef("reference"))
    return rows.annotate(paid_on=TruncDate("paid_at", tzinfo=ALMATY)).filter(same)
