"""What is sold: course, packages, tariffs, cohorts with places, price windows (4.1, 4.6)."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Max, Q
from django.utils.translation import gettext_lazy as _

from offer_site.evidence import Evidence
from offer_site.languages import current_language
from offer_site.money import TengeField

from .offer import Edition

if TYPE_CHECKING:
    from offer_site.accounts.models import User


def _in_current_language(thing: object, field: str) -> str:
    return str(getattr(thing, f"{field}_{current_language()}"))


class PriceLevel(models.TextChoices):
    """The three price levels of 4.1; each tariff has the offer's own words for its level."""

    WEBINAR = "webinar", _("webinar super discount")
    STANDARD = "standard", _("standard discount")
    FULL = "full", _("no discount")


# The sign before a line of a package's features, and whether the package has it.
HAS = {"-": False, "+": None}
FEATURES_HELP = _(
    "One a line; a line that begins with “-” is not included, one with “+” names the package "
    "whose features it has."
)


class Course(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True)
    content_is_sample = models.BooleanField(_("texts are a sample"), default=True)

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")

    def __str__(self) -> str:
        return self.name


class Package(models.Model):
    """ӨЗІМ, БІРГЕ or VIP: the name is the offer's, the description is staff's."""

    course = models.ForeignKey(
        Course, models.PROTECT, related_name="packages", verbose_name=_("course")
    )
    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    tagline_kk = models.CharField(_("tagline in Kazakh"), max_length=120, blank=True)
    tagline_ru = models.CharField(_("tagline in Russian"), max_length=120, blank=True)
    features_kk = models.TextField(
        _("what it has, in Kazakh"),
        blank=True,
        help_text=FEATURES_HELP,
    )
    features_ru = models.TextField(
        _("what it has, in Russian"),
        blank=True,
        help_text=FEATURES_HELP,
    )

    class Meta:
        verbose_name = _("package")
        verbose_name_plural = _("packages")
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name

    @property
    def tagline(self) -> str:
        return _in_current_language(self, "tagline")

    @property
    def features(self) -> tuple[tuple[str, bool | None], ...]:
        """Each feature, and whether the package has it; None for the package it begins with."""
        lines = [
            line.strip()
            for line in _in_current_language(self, "features").splitlines()
            if line.strip()
        ]
        return tuple((line.lstrip("-+ "), HAS.get(line[0], True)) for line in lines)


class Tariff(Evidence):
    """A package at one price level: one of the nine rows of 4.1 of an edition.

    The price never changes.
    """

    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="tariffs", verbose_name=_("edition")
    )
    package = models.ForeignKey(
        Package, models.PROTECT, related_name="tariffs", verbose_name=_("package")
    )
    level = models.CharField(_("price level"), max_length=10, choices=PriceLevel)
    row = models.PositiveSmallIntegerField(_("row of 4.1"))
    price = TengeField(_("price, tenge"))
    label_kk = models.CharField(_("level in Kazakh"), max_length=80)
    label_ru = models.CharField(_("level in Russian"), max_length=80)

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        ordering = ["row"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "package", "level"], name="a_package_has_one_tariff_a_level"
            ),
            models.CheckConstraint(condition=Q(price__gt=0), name="a_tariff_has_a_price"),
        ]

    def __str__(self) -> str:
        return f"{self.package.name}: {self.label}"

    @property
    def label(self) -> str:
        return _in_current_language(self, "label")


# Who sees the students, and the cohorts, of every curator.
SEES_ALL = "enrollment.all_enrollment"


class CohortQuerySet(models.QuerySet["Cohort"]):
    def seen_by(self, user: "User") -> "CohortQuerySet":
        """The cohorts that a member of staff may see: a curator those of the own students (3.5)."""
        if user.has_perm(SEES_ALL):
            return self
        own = Cohort.objects.filter(
            enrollments__curator_assignments__curator=user.pk,
            enrollments__curator_assignments__ended_at=None,
        )
        return self.filter(pk__in=own.order_by().values("pk"))


class Cohort(models.Model):
    """One dated run of the course; it has as many seats as places."""

    course = models.ForeignKey(
        Course, models.PROTECT, related_name="cohorts", verbose_name=_("course")
    )
    name = models.CharField(_("name"), max_length=80, unique=True)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("last day"))
    joining_link = models.URLField(_("joining link"), blank=True)
    joining_opens_on = models.DateField(_("joining link is shown from"), null=True, blank=True)
    telegram_group = models.BigIntegerField(
        _("Telegram group"),
        null=True,
        blank=True,
        unique=True,
        help_text=_("The number of the group. Our bot must be its administrator."),
    )

    tells_of_lessons = models.BooleanField(
        _("write to students on the day of a lesson"), default=False
    )
    lesson_minutes = models.PositiveSmallIntegerField(
        _("how long a lesson is, minutes"), null=True, blank=True
    )

    objects = CohortQuerySet.as_manager()

    class Meta:
        verbose_name = _("cohort")
        verbose_name_plural = _("cohorts")
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="a_cohort_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(lesson_minutes=None)
                | Q(lesson_minutes__isnull=False, lesson_minutes__range=(1, 24 * 60)),
                name="a_lesson_is_no_longer_than_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def taught_until(self) -> date:
        """The last day on which anybody of it is still taught: a day may be put off (9.1, 8.6)."""
        own = self.enrollments.filter(completed_at=None).aggregate(last=Max("performed_on"))["last"]
        return max(filter(None, [self.ends_on, own]))


class Place(models.Model):
    """One numbered seat, of at most one order.

    Sold when it has an order and no `held_until`; with `held_until` it is held until then.
    """

    cohort = models.ForeignKey(
        Cohort, models.PROTECT, related_name="places", verbose_name=_("cohort")
    )
    number = models.PositiveIntegerField(_("number"))
    order = models.OneToOneField(
        "enrollment.Order",
        models.PROTECT,
        related_name="place",
        null=True,
        blank=True,
        verbose_name=_("order"),
    )
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["cohort", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "number"], name="a_cohort_has_one_place_a_number"
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=False) | Q(held_until=None),
                name="a_free_place_is_held_for_nobody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cohort}: {self.number}"


class PriceWindowQuerySet(models.QuerySet["PriceWindow"]):
    def not_over(self, at: datetime) -> "PriceWindowQuerySet":
        return self.filter(Q(closes_at=None) | Q(closes_at__gt=at))


class PriceWindow(models.Model):
    """The time in which a price level is offered for a cohort (4.1).

    A cohort is on sale while it has an open window. The webinar level has no window: it opens by a
    signed code with an end of its own.
    """

    cohort = models.ForeignKey(
        Cohort, models.CASCADE, related_name="windows", verbose_name=_("cohort")
    )
    level = models.CharField(_("price level"), max_length=10, choices=PriceLevel)
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"), null=True, blank=True)

    objects = PriceWindowQuerySet.as_manager()

    class Meta:
        verbose_name = _("price window")
        verbose_name_plural = _("price windows")
        ordering = ["opens_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                name="a_price_window_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=~Q(level=PriceLevel.WEBINAR),
                name="the_webinar_level_opens_by_a_code_not_a_window",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cohort}: {self.get_level_display()}"


class ProgrammePart(models.Model):
    cohort = models.ForeignKey(
        Cohort, models.CASCADE, related_name="programme", verbose_name=_("cohort")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    title_kk = models.CharField(_("title in Kazakh"), max_length=120)
    title_ru = models.CharField(_("title in Russian"), max_length=120)
    text_kk = models.CharField(_("text in Kazakh"), max_length=300, blank=True)
    text_ru = models.CharField(_("text in Russian"), max_length=300, blank=True)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))

    class Meta:
        verbose_name = _("part of the programme")
        verbose_name_plural = _("programme")
        ordering = ["cohort", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "number"], name="a_programme_has_one_part_a_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    @property
    def title(self) -> str:
        return _in_current_language(self, "title")

    @property
    def text(self) -> str:
        return _in_current_language(self, "text")
