"""The evidence of the contract: the consents, and the acceptance by payment (2.1, 2.2.1, 5)."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from enrollment.rules.methods import WORDINGS, method_in_words, method_of
from offer_site.evidence import Evidence
from offer_site.languages import Language, in_language
from offer_site.money import ReportedMoneyField, TengeField

from .offer import Edition
from .order import Order
from .party import Party


class ConsentPurpose(models.TextChoices):
    CONTRACT = "contract", _("processing for the contract and the certificate")
    TRUTH = "truth", _("the data are true and the offer was read")
    EMPLOYEES = "employees", _("the company has its employees' consents")
    CROSS_BORDER = "cross_border", _("cross-border transfer")
    RESEARCH = "research", _("research")
    MARKETING = "marketing", _("marketing")


class ConsentWay(models.TextChoices):
    """Where a consent was given, or taken back."""

    CHECKOUT = "checkout", _("when the order was placed")
    CABINET = "cabinet", _("in the cabinet")
    LETTER = "letter", _("on the page that a letter leads to")
    ONE_CLICK = "one-click", _("by the button of a mail program")
    ALOUD = "aloud", _("read aloud by staff on the phone")
    LINK = "link", _("on the page that confirms an order")


class ConsentQuerySet(models.QuerySet["Consent"]):
    def standing(self) -> "ConsentQuerySet":
        """Consents that hold now: nobody took them back."""
        return self.filter(withdrawal__isnull=True)

    def to_marketing(self) -> "ConsentQuerySet":
        return self.filter(purpose=ConsentPurpose.MARKETING)


class Consent(Evidence):
    """A consent as it was given: its exact text, language, time and origin (5.1, 5.3).

    Holds no personal value. One that was taken back and is given again is a row of the next number.
    """

    party = models.ForeignKey(
        Party, models.PROTECT, related_name="consents", verbose_name=_("party")
    )
    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="+", verbose_name=_("edition")
    )
    purpose = models.CharField(_("purpose"), max_length=20, choices=ConsentPurpose)
    number = models.PositiveSmallIntegerField(_("number"), default=1)
    text = models.TextField(_("text"))
    language = models.CharField(_("language"), max_length=2, choices=Language)
    given_at = models.DateTimeField(_("given at"))
    origin_digest = models.CharField(_("digest of the origin"), max_length=64)
    way = models.CharField(_("way"), max_length=10, choices=ConsentWay, default=ConsentWay.CHECKOUT)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["party", "purpose", "number"],
                name="consents_of_a_party_to_a_purpose_are_numbered",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, {self.given_at:%d.%m.%Y}"


class ConsentWithdrawal(Evidence):
    """An optional consent taken back (5.3.5)."""

    consent = models.OneToOneField(
        Consent, models.PROTECT, related_name="withdrawal", verbose_name=_("consent")
    )
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)
    way = models.CharField(_("way"), max_length=10, choices=ConsentWay, default=ConsentWay.CABINET)
    origin_digest = models.CharField(_("digest of the origin"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("withdrawal of a consent")
        verbose_name_plural = _("withdrawals of consents")

    def __str__(self) -> str:
        return str(self.consent)


class Acceptance(Evidence):
    """The payment that concluded the contract, with all that was accepted (2.1, 2.2.1, 12.2.2).

    The provider's facts are copied as values: the core knows no table of payments. `digest` can be
    recomputed from `sealed` and the stored bytes (A3); names and addresses stand in it as salted
    digests only (A2).
    """

    order = models.OneToOneField(
        Order, models.PROTECT, related_name="acceptance", verbose_name=_("order")
    )
    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="acceptances", verbose_name=_("edition")
    )
    language = models.CharField(_("language read"), max_length=2, choices=Language)
    accepted_at = models.DateTimeField(_("accepted at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    price = TengeField(_("price, tenge"))
    provider = models.CharField(_("payment provider"), max_length=20)
    method = models.CharField(_("way of paying"), max_length=40)
    reference = models.CharField(_("provider's reference"), max_length=80)
    amount = ReportedMoneyField(_("amount received"))
    sealed = models.JSONField(_("what was accepted"))
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("acceptance")
        verbose_name_plural = _("acceptances")

    def __str__(self) -> str:
        return f"{self.order}: {self.accepted_at:%d.%m.%Y}"

    @property
    def method_label(self) -> str:
        """The method of payment in words, in the language spoken now (4.4)."""
        kk, ru = method_in_words(self.method)
        return in_language(kk, ru)

    @property
    def has_hour(self) -> bool:
        """False when only the day of the payment is known."""
        method = method_of(self.method)
        return method is None or WORDINGS[method].has_hour

    @property
    def commission(self) -> Decimal:
        """What a third party took besides the price, as the buyer was told; 0 for none (4.5)."""
        return Decimal(self.sealed["payment"].get("commission", 0))
