"""The offer: editions and their bytes, the academy, and the withdrawal (2.4, 12.2)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from offer_site.days import almaty_day, start_of_day
from offer_site.evidence import Evidence
from offer_site.languages import in_language


class Academy(models.Model):
    """The offer's Исполнитель / Орындаушы, read from here everywhere (preamble, 12.1.2)."""

    name_kk = models.CharField(_("name in Kazakh"), max_length=200)
    name_ru = models.CharField(_("name in Russian"), max_length=200)
    brand = models.CharField(_("brand"), max_length=100)
    representative_kk = models.CharField(_("representative in Kazakh"), max_length=200)
    representative_ru = models.CharField(_("representative in Russian"), max_length=200)
    registration = models.CharField(_("registration certificate"), max_length=40)
    registered_on = models.DateField(_("registered on"))
    address_kk = models.CharField(_("address in Kazakh"), max_length=300)
    address_ru = models.CharField(_("address in Russian"), max_length=300)
    site = models.URLField(_("site"))
    email = models.EmailField(_("e-mail"))
    signatory = models.CharField(_("signatory: surname and initials"), max_length=120)
    signatory_position_kk = models.CharField(_("signatory's position in Kazakh"), max_length=200)
    signatory_position_ru = models.CharField(_("signatory's position in Russian"), max_length=200)
    iin = models.CharField(_("IIN of the entrepreneur"), max_length=12, blank=True)
    iban = models.CharField(_("IBAN"), max_length=20, blank=True)
    bank = models.CharField(_("bank"), max_length=120, blank=True)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)

    class Meta:
        verbose_name = _("academy")
        verbose_name_plural = _("academy")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_language(self.name_kk, self.name_ru)

    @property
    def representative(self) -> str:
        return in_language(self.representative_kk, self.representative_ru)

    @property
    def address(self) -> str:
        return in_language(self.address_kk, self.address_ru)


class EditionQuerySet(models.QuerySet["Edition"]):
    def published(self, at: datetime) -> "EditionQuerySet":
        """The editions published by this moment, the last one first."""
        return self.filter(published_at__lte=at).order_by("-published_at", "-pk")

    def by_effect(self, at: datetime) -> "EditionQuerySet":
        """The editions published by this moment, the one that takes effect last before others."""
        return self.filter(published_at__lte=at).order_by("-effective_from", "-published_at", "-pk")

    def in_force(self, at: datetime, *, today: Any = None) -> "EditionQuerySet":
        """The edition that is sold under at this moment: its day of effect has come (12.2.1).

        `today` is the Almaty day of `at`, for a query whose moment is given later.
        """
        day = almaty_day(at) if today is None else today
        return self.by_effect(at).filter(effective_from__lte=day)[:1]

    def coming(self, at: datetime) -> "EditionQuerySet":
        """The editions that are published and not in effect yet, the nearest first."""
        published = self.filter(published_at__lte=at, effective_from__gt=almaty_day(at))
        return published.order_by("effective_from", "published_at", "pk")

    def before(self, edition: "Edition") -> "EditionQuerySet":
        """The edition that this one replaces: the one in force before it."""
        later = Q(published_at__gt=edition.published_at) | Q(pk=edition.pk)
        held = Q(effective_from__lt=edition.effective_from)
        # One of the same day held if its day had come when this one was published.
        if edition.effective_from <= almaty_day(edition.published_at):
            held |= Q(effective_from=edition.effective_from)
        earlier = self.filter(held).exclude(later)
        return earlier.order_by("-effective_from", "-published_at", "-pk")[:1]

    def with_withdrawal(self) -> "EditionQuerySet":
        """`withdrawn` is True while the offer of that edition is withdrawn (2.4)."""
        return self.annotate(
            withdrawn=Exists(Withdrawal.objects.standing().filter(edition=OuterRef("pk")))
        )


class Edition(Evidence):
    """One published, dated state of the offer's two texts; it never changes.

    Its bytes are in its files.
    """

    name = models.CharField(_("edition"), max_length=40, unique=True)
    academy = models.ForeignKey(
        Academy, models.PROTECT, related_name="editions", verbose_name=_("academy")
    )
    published_at = models.DateTimeField(_("published at"))
    published_by = models.CharField(_("published by"), max_length=80)
    effective_from = models.DateField(_("in effect from"))
    kk_sha256 = models.CharField(_("SHA-256 of the Kazakh text"), max_length=64)
    ru_sha256 = models.CharField(_("SHA-256 of the Russian text"), max_length=64)
    terms = models.JSONField(_("terms"))
    # False for editions from before there were notices: nobody is told of those now (12.2.1).
    tells_holders = models.BooleanField(_("contract holders are told"), default=False)

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition of the offer")
        verbose_name_plural = _("editions of the offer")
        constraints = [
            models.UniqueConstraint(
                fields=["kk_sha256", "ru_sha256"], name="the_same_two_texts_are_published_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def in_effect_at(self) -> datetime:
        """00:00 in Almaty of its day, or its publication on that day."""
        return max(start_of_day(self.effective_from), self.published_at)

    @property
    def object_before(self) -> datetime | None:
        """Until when a contract holder may object (12.2.1); None if it took effect at once."""
        begins = start_of_day(self.effective_from)
        return begins if begins > self.published_at else None

    def file(self, name: str) -> bytes:
        """The bytes of `kk.md`, `ru.md`, `terms.toml`, `differences.toml` or `offer.pdf`."""
        return bytes(self.files.get(name=name).content)


class EditionFile(Evidence):
    """The bytes of one file of an edition, as published."""

    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="files", verbose_name=_("edition")
    )
    name = models.CharField(_("file name"), max_length=40)
    content = models.BinaryField(_("content"))
    sha256 = models.CharField("SHA-256", max_length=64)

    class Meta:
        verbose_name = _("file of an edition")
        verbose_name_plural = _("files of an edition")
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "name"], name="an_edition_has_one_file_a_name"
            )
        ]

    def __str__(self) -> str:
        return f"{self.edition}: {self.name}"


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    def standing(self) -> "WithdrawalQuerySet":
        return self.filter(lifted_at=None)


class Withdrawal(models.Model):
    """The academy takes its offer back: nothing can be ordered, accepted orders run on (2.4)."""

    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="withdrawals", verbose_name=_("edition")
    )
    reason = models.CharField(_("reason"), max_length=300)
    at = models.DateTimeField(_("withdrawn at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("lifted by"),
    )

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        verbose_name = _("withdrawal of the offer")
        verbose_name_plural = _("withdrawals of the offer")
        constraints = [
            models.UniqueConstraint(
                fields=["edition"],
                condition=Q(lifted_at=None),
                name="an_edition_has_one_standing_withdrawal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition}: {self.at:%d.%m.%Y}"
