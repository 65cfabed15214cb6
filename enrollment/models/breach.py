"""Breaches of the rules of conduct, their evidence and objections (6.3–6.5, 7.2.8, 11.5)."""

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from enrollment.rules.conduct import COPYING, Verdict
from enrollment.rules.sides import Side
from offer_site.documents import Documented, SeenAs
from offer_site.encryption import EncryptedTextField
from offer_site.languages import in_language
from offer_site.money import TengeField

from .order import Order
from .party import new_salt, salted_digest


class BreachQuerySet(models.QuerySet["Breach"]):
    def standing(self) -> "BreachQuerySet":
        """Breaches that were not withdrawn: they count for 12.5.1."""
        return self.exclude(verdict=Verdict.WITHDRAWN)

    def to_review(self) -> "BreachQuerySet":
        """Breaches that another person has not looked at."""
        return self.filter(verdict="")

    def with_objection_to_read(self) -> "BreachQuerySet":
        unread = BreachStatement.objects.filter(breach=OuterRef("pk"), side=Side.USER, read_at=None)
        return self.filter(Exists(unread))

    def with_demand(self) -> "BreachQuerySet":
        """Infringements of 11.5 for which the academy demands the sum of 11.6."""
        return self.filter(demanded_at__isnull=False)


class Breach(models.Model):
    """One rule of the edition that a learner broke, as staff recorded it.

    The rule's words are copied, as they were told. What happened can be erased; the journal keeps
    its salted digest.
    """

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="breaches", verbose_name=_("order")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    rule = models.CharField(_("rule"), max_length=20)
    clause = models.CharField(_("clause"), max_length=20)
    words_kk = models.TextField(_("rule in Kazakh"))
    words_ru = models.TextField(_("rule in Russian"))
    happened_at = models.DateTimeField(_("happened at"))
    what = EncryptedTextField(_("what happened"))
    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    shuts_off = models.BooleanField(_("shuts off access"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.CharField(_("recorded by"), max_length=80)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict, blank=True)
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    reviewed_by = models.CharField(_("reviewed by"), max_length=80, blank=True)
    reasons_kk = EncryptedTextField(_("reasons in Kazakh"), blank=True)
    reasons_ru = EncryptedTextField(_("reasons in Russian"), blank=True)
    demand = TengeField(_("demand under 11.6, tenge"), null=True, blank=True)
    demanded_at = models.DateTimeField(_("demanded since"), null=True, blank=True)

    objects = BreachQuerySet.as_manager()

    class Meta:
        verbose_name = _("breach")
        verbose_name_plural = _("breaches")
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "number"], name="an_order_has_one_breach_a_number"
            ),
            models.UniqueConstraint(
                fields=["order", "rule", "happened_at"], name="a_breach_is_recorded_once"
            ),
            models.CheckConstraint(
                condition=~Q(rule="") & ~Q(clause="") & ~Q(what="") & ~Q(recorded_by=""),
                name="a_breach_names_its_rule_what_happened_and_who_says_so",
            ),
            models.CheckConstraint(
                condition=Q(happened_at__lte=F("recorded_at")),
                name="a_breach_is_recorded_after_it_happened",
            ),
            models.CheckConstraint(
                condition=Q(
                    verdict="", reviewed_at=None, reviewed_by="", reasons_kk="", reasons_ru=""
                )
                | Q(verdict__in=Verdict.values, reviewed_at__isnull=False)
                & ~Q(reviewed_by="")
                & ~Q(reasons_kk="")
                & ~Q(reasons_ru=""),
                name="a_reviewed_breach_says_when_by_whom_and_why",
            ),
            models.CheckConstraint(
                condition=~Q(reviewed_by=F("recorded_by")),
                name="a_breach_is_reviewed_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(clause=COPYING, demand__isnull=False, demand__gt=0)
                | ~Q(clause=COPYING) & Q(demand=None),
                name="an_infringement_of_11_5_has_its_demand_and_no_other_breach_has",
            ),
            models.CheckConstraint(
                condition=Q(demanded_at=None) | Q(verdict=Verdict.CONFIRMED, clause=COPYING),
                name="what_is_demanded_was_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} – {self.number}"

    @property
    def key(self) -> str:
        """The breach in notices and the journal: the order's code and its number."""
        return f"{self.order.code}-{self.number}"

    @property
    def stands(self) -> bool:
        return self.verdict != Verdict.WITHDRAWN

    @property
    def words(self) -> str:
        return in_language(self.words_kk, self.words_ru)

    @property
    def reasons(self) -> str:
        return in_language(self.reasons_kk, self.reasons_ru)

    def digest(self) -> str:
        """What the journal keeps instead of what happened (A2)."""
        return salted_digest(self.salt, {"what": self.what})


class BreachStatement(Documented):
    """What one side says of a breach, in words or with a file: evidence, or an objection."""

    breach = models.ForeignKey(
        Breach, models.PROTECT, related_name="statements", verbose_name=_("breach")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    side = models.CharField(_("side"), max_length=8, choices=Side)
    text = EncryptedTextField(_("text"), blank=True)
    said_at = models.DateTimeField(_("at"))
    said_by = models.CharField(_("by"), max_length=80)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    read_by = models.CharField(_("read by"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("evidence or objection")
        verbose_name_plural = _("evidence and objections")
        ordering = ["breach", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["breach", "number"], name="a_breach_has_one_statement_a_number"
            ),
            models.CheckConstraint(
                condition=~Q(text="") | ~Q(document=""), name="a_statement_says_something"
            ),
            models.CheckConstraint(
                condition=Q(read_at=None, read_by="")
                | Q(read_at__isnull=False, side=Side.USER) & ~Q(read_by=""),
                name="an_objection_that_was_read_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.breach}: {self.number}"

    @property
    def seen_as(self) -> SeenAs:
        code = self.breach.order.code
        return SeenAs(about=("order", code), order=code, facts={"breach_statement": self.pk})


def last_number(found: "models.QuerySet[models.Model]") -> int:
    """The last of the numbers that rows of one order or breach have; 0 for none."""
    return found.aggregate(last=models.Max("number"))["last"] or 0
