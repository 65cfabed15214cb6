"""The ways to pay as buyers see them, with what each costs besides the price (4.4, 4.5)."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.rules.methods import OFFERED, WORDINGS, Method
from offer_site.languages import in_language
from offer_site.money import TengeField

CHOICES = [(method.value, method.label) for method in OFFERED]


class TakenBy(models.TextChoices):
    """Who keeps the commission; never the academy, whose price is that of 4.1."""

    BANK = "bank", _("your bank")
    SERVICE = "service", _("the payment service")


class PaymentMethod(models.Model):
    """Staff's settings of one method of 4.4.

    A method without a row is offered under its name in the offer, without a commission.
    """

    slug = models.CharField(_("way of paying"), max_length=12, choices=CHOICES, unique=True)
    name_kk = models.CharField(
        _("name in Kazakh"),
        max_length=60,
        blank=True,
        help_text=_("Left empty, it is called as in the offer."),
    )
    name_ru = models.CharField(_("name in Russian"), max_length=60, blank=True)
    percent = models.DecimalField(
        _("commission, percent"),
        max_digits=5,
        decimal_places=2,
        default=Decimal("0.00"),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("What the buyer pays besides the price. The academy never receives it."),
    )
    fixed = TengeField(_("and besides, tenge"), default=0)
    taken_by = models.CharField(
        _("who takes it"), max_length=8, choices=TakenBy, default=TakenBy.BANK
    )
    note_kk = models.CharField(_("note in Kazakh"), max_length=200, blank=True)
    note_ru = models.CharField(_("note in Russian"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_offered = models.BooleanField(_("buyers are offered it"), default=True)

    class Meta:
        verbose_name = _("way of paying")
        verbose_name_plural = _("ways of paying")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100),
                name="a_commission_is_a_part_of_the_amount",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        words = WORDINGS[Method(self.slug)]
        shown = in_language(self.name_kk or words.kk, self.name_ru or words.ru)
        return shown[:1].upper() + shown[1:]

    @property
    def note(self) -> str:
        return in_language(self.note_kk, self.note_ru)
