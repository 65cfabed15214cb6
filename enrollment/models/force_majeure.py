"""Force majeure (8): reported by one side, confirmed by staff, and the contracts it concerns."""

from datetime import date, datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enrollment.rules.force_majeure import Hindered
from enrollment.rules.sides import Side
from offer_site.documents import Documented, SeenAs
from offer_site.encryption import EncryptedTextField
from offer_site.evidence import Evidence
from offer_site.languages import in_language
from offer_site.money import TengeField

from .order import Order


class ForceMajeureKind(models.TextChoices):
    """What 8.2 names."""

    FLOOD = "flood", _("flood")
    FIRE = "fire", _("fire")
    EARTHQUAKE = "earthquake", _("earthquake")
    DISASTER = "disaster", _("natural disaster")
    EPIDEMIC = "epidemic", _("epidemic")
    WAR = "war", _("war or hostilities")
    AUTHORITY = "authority", _("decision of an authority")


class ForceMajeureQuerySet(models.QuerySet["ForceMajeure"]):
    def to_confirm(self) -> "ForceMajeureQuerySet":
        return self.filter(confirmed_at=None, rejected_at=None)

    def lasting(self) -> "ForceMajeureQuerySet":
        """Confirmed, and not known to be over."""
        return self.filter(confirmed_at__isnull=False, ended_on=None)

    def past_the_month(self, at: datetime) -> "ForceMajeureQuerySet":
        """Those that last longer than the term after which the sides talk (8.6)."""
        return self.lasting().filter(talks_from__lte=at)

    def to_settle(self, at: datetime) -> "ForceMajeureQuerySet":
        """Past the month, with a contract about which nothing is agreed yet."""
        open_ones = ForceMajeureContract.objects.filter(settled_at=None)
        return self.past_the_month(at).filter(pk__in=open_ones.values("event"))


class ForceMajeure(models.Model):
    """One event and its consequences, as one side reported it (8.3)."""

    reported_by = models.CharField(_("reported by"), max_length=8, choices=Side)
    kind = models.CharField(_("what happened"), max_length=10, choices=ForceMajeureKind)
    words_kk = EncryptedTextField(_("in Kazakh"), blank=True)
    words_ru = EncryptedTextField(_("in Russian"), blank=True)
    is_well_known = models.BooleanField(_("generally known, needs no proof"), default=False)
    began_on = models.DateField(_("began on"))
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    talks_from = models.DateTimeField(_("talks from"))
    talks_called_at = models.DateTimeField(_("called to talk at"), null=True, blank=True)
    reported_at = models.DateTimeField(_("reported at"))
    entered_by = models.CharField(_("recorded by"), max_length=80)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.CharField(_("confirmed by"), max_length=80, blank=True)
    # Whose obligations it puts off (8.6); nobody's until it is confirmed.
    hinders = models.CharField(_("who is hindered"), max_length=8, choices=Hindered, blank=True)
    rejected_at = models.DateTimeField(_("not confirmed at"), null=True, blank=True)
    rejected_by = models.CharField(_("not confirmed by"), max_length=80, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    corrected_because = EncryptedTextField(_("why its first day was corrected"), blank=True)
    closed_at = models.DateTimeField(_("end recorded at"), null=True, blank=True)
    closed_by = models.CharField(_("end recorded by"), max_length=80, blank=True)

    objects = ForceMajeureQuerySet.as_manager()

    class Meta:
        verbose_name = _("force majeure")
        verbose_name_plural = _("cases of force majeure")
        ordering = ["-reported_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(words_kk="") | ~Q(words_ru=""),
                name="a_force_majeure_is_told_in_words",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("began_on")),
                name="a_force_majeure_does_not_end_before_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by="")
                | Q(confirmed_at__isnull=False, rejected_at=None) & ~Q(confirmed_by=""),
                name="a_confirmed_force_majeure_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, hinders="")
                | Q(confirmed_at__isnull=False, hinders__in=Hindered.values),
                name="a_confirmed_force_majeure_says_whom_it_hinders",
            ),
            models.CheckConstraint(
                condition=Q(rejected_at=None, rejected_by="")
                | Q(rejected_at__isnull=False) & ~Q(rejected_by="") & ~Q(reason=""),
                name="a_force_majeure_is_not_confirmed_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by="")
                | Q(closed_at__isnull=False, ended_on__isnull=False) & ~Q(closed_by=""),
                name="the_end_of_a_force_majeure_says_when_and_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.began_on:%d.%m.%Y}"

    @property
    def key(self) -> str:
        """Its name where a term says why it moved."""
        return f"force-majeure {self.pk}"

    @property
    def words(self) -> str:
        """What happened, in the language spoken now, or in the only one it was written in."""
        return str(in_language(self.words_kk, self.words_ru) or self.words_kk or self.words_ru)

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    @property
    def lasts(self) -> bool:
        return self.is_confirmed and self.ended_on is None

    @property
    def days(self) -> int:
        """How long it lasted, the first and the last day included; 0 while it is not over."""
        return (self.ended_on - self.began_on).days + 1 if self.ended_on else 0


class Settlement(models.TextChoices):
    """What the sides came to after a month (8.6)."""

    OTHERWISE = "otherwise", _("the contract goes on in another way")
    ENDED = "ended", _("the obligations ended")


class ForceMajeureContractQuerySet(models.QuerySet["ForceMajeureContract"]):
    def unsettled(self) -> "ForceMajeureContractQuerySet":
        return self.filter(settled_at=None)

    def proposed_to_end(self) -> "ForceMajeureContractQuerySet":
        """One person proposed to end the contract, and nobody decided yet."""
        return self.unsettled().exclude(proposed_by="")

    def ended(self) -> "ForceMajeureContractQuerySet":
        return self.filter(settlement=Settlement.ENDED)


class ForceMajeureContract(models.Model):
    """One contract that an event concerns: how far its terms moved at most, and what was agreed.

    That the obligations end, one person proposes and another approves, as by 12.5.
    """

    event = models.ForeignKey(
        ForceMajeure, models.PROTECT, related_name="contracts", verbose_name=_("force majeure")
    )
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="force_majeure", verbose_name=_("order")
    )
    reported_late = models.BooleanField(_("reported late"))
    last_day_to_report = models.DateField(_("was to be reported by"))
    academy_days = models.PositiveSmallIntegerField(
        _("terms of the academy moved by, days"), default=0
    )
    user_days = models.PositiveSmallIntegerField(_("terms of the user moved by, days"), default=0)
    settlement = models.CharField(
        _("what was agreed"), max_length=10, choices=Settlement, blank=True
    )
    agreed = EncryptedTextField(_("words of the agreement"), blank=True)
    owed = TengeField(_("to be returned, tenge"), default=0)
    proposed_at = models.DateTimeField(_("end proposed at"), null=True, blank=True)
    proposed_by = models.CharField(_("end proposed by"), max_length=80, blank=True)
    return_reason = EncryptedTextField(_("why it was sent back"), blank=True)
    settled_at = models.DateTimeField(_("agreed at"), null=True, blank=True)
    settled_by = models.CharField(_("recorded by"), max_length=80, blank=True)

    objects = ForceMajeureContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract under force majeure")
        verbose_name_plural = _("contracts under force majeure")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "order"], name="an_event_concerns_a_contract_once"
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, settlement="", settled_by="")
                | Q(settled_at__isnull=False) & ~Q(settlement="") & ~Q(settled_by=""),
                name="what_was_agreed_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(proposed_at=None, proposed_by="", owed=0)
                | Q(proposed_at__isnull=False) & ~Q(proposed_by=""),
                name="an_end_by_force_majeure_is_proposed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(settlement=Settlement.ENDED)
                | Q(proposed_at__isnull=False) & ~Q(proposed_by=F("settled_by")),
                name="an_end_by_force_majeure_has_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.order}"

    @property
    def moved_days(self) -> int:
        """The longest of what it moved by, of both sides; 0 if it moved nothing."""
        return max(self.academy_days, self.user_days)

    @property
    def moved_alike(self) -> bool:
        """False if it moved by different lengths: then no one number tells it."""
        put_off = {each.days for each in self.days_put_off.all()}
        return len({self.academy_days, self.user_days, *put_off} - {0}) < 2

    @property
    def lengths_moved(self) -> str:
        """By how many days at most, for staff; of the academy and of the user where they differ."""
        if not self.moved_days:
            return "–"
        if len({self.academy_days, self.user_days} - {0}) < 2:
            return str(self.moved_days)
        return f"{self.academy_days} / {self.user_days}"

    @property
    def is_proposed_to_end(self) -> bool:
        return self.settled_at is None and bool(self.proposed_by)


class PutOff(models.TextChoices):
    """A day of the contract that is no term of the register."""

    REST = "rest", _("the day of the rest")
    PERFORMANCE = "performance", _("the day of performance")


class DayPutOffQuerySet(models.QuerySet["DayPutOff"]):
    def leading_to(self, order: Order, what: PutOff, day: date | None) -> "DayPutOff | None":
        """Why a day of this contract is the one that it is; None if no event put it off to it."""
        if day is None:
            return None
        theirs = self.filter(contract__order=order, what=what, to_on=day)
        return theirs.order_by("pk").last()


class DayPutOff(Evidence):
    """The day of the rest (4.3.1), or of performance (3.3), that an event put off (8.6).

    What was accepted stays with the acceptance; the day that counts stands where it is asked for.
    """

    contract = models.ForeignKey(
        ForceMajeureContract,
        models.PROTECT,
        related_name="days_put_off",
        verbose_name=_("contract under force majeure"),
    )
    what = models.CharField(_("what"), max_length=12, choices=PutOff)
    from_on = models.DateField(_("from the day"))
    to_on = models.DateField(_("to the day"))
    days = models.PositiveSmallIntegerField(_("days"))
    calendar_version = models.CharField(_("calendar"), max_length=60)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = DayPutOffQuerySet.as_manager()

    class Meta:
        verbose_name = _("day put off by force majeure")
        verbose_name_plural = _("days put off by force majeure")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "what"], name="an_event_puts_a_day_of_a_contract_off_once"
            ),
            models.CheckConstraint(
                condition=Q(what__in=PutOff.values), name="a_day_put_off_is_of_the_rest_or_the_end"
            ),
            models.CheckConstraint(
                condition=Q(days__gt=0, to_on__gt=F("from_on")),
                name="a_force_majeure_makes_a_day_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract.order}: {self.get_what_display()}, {self.to_on:%d.%m.%Y}"


class ForceMajeureFile(Documented):
    """An official document about an event (8.4)."""

    event = models.ForeignKey(
        ForceMajeure, models.PROTECT, related_name="files", verbose_name=_("force majeure")
    )
    title = EncryptedTextField(_("name"))
    added_at = models.DateTimeField(_("added at"))
    added_by = models.CharField(_("by"), max_length=80)

    class Meta:
        verbose_name = _("document about a force majeure")
        verbose_name_plural = _("documents about force majeure")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(document=""), name="a_document_about_a_force_majeure_is_there"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def seen_as(self) -> SeenAs:
        return SeenAs(about=("force_majeure", str(self.event_id)), facts={"file": self.pk})
