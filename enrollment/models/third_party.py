"""Orders that somebody took for the buyer: staff on the phone, or a named partner (2.6)."""

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from offer_site.evidence import Evidence
from offer_site.languages import Language

from .order import Order

# What stands in the acceptance of who took the order, by version. A released version is never
# changed: acceptances hold it. A new field makes a new version.
TAKING_FIELDS: dict[int, tuple[str, ...]] = {
    1: ("staff", "partner", "partner_name", "consents"),
}


def taking_version() -> int:
    return max(TAKING_FIELDS)


def new_link_key() -> str:
    """The part of a partner's link that names the partner; it opens nothing and proves nothing."""
    return secrets.token_hex(5)


class ConsentsBy(models.TextChoices):
    """How the buyer of an order that was taken consents (5.1)."""

    ALOUD = "aloud", _("staff read them aloud, the caller agreed")
    LINK = "link", _("by a link in a letter, before the payment")
    OWN = "own", _("the buyer ticked them")


class PartnerQuerySet(models.QuerySet["Partner"]):
    def active(self) -> "PartnerQuerySet":
        return self.filter(is_active=True)


class Partner(models.Model):
    """A third party that takes orders for the academy (2.6); it is never deleted, only closed."""

    name = models.CharField(
        _("name"),
        max_length=200,
        unique=True,
        help_text=_("As contracts and the journal will state it, with its legal form."),
    )
    contact = models.CharField(
        _("contact"), max_length=200, help_text=_("Who answers there, with phone or e-mail.")
    )
    link_key = models.CharField(max_length=16, unique=True, default=new_link_key, editable=False)
    is_active = models.BooleanField(
        _("takes orders now"),
        default=True,
        help_text=_("A closed partner's link leads to the home page and marks no order."),
    )

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(contact=""), name="a_partner_has_a_name_and_a_contact"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OrderTaking(Evidence):
    """Who took an order for its buyer, and how the buyer consents (2.6, 5.1).

    The partner's name stands here as it was that day.
    """

    order = models.OneToOneField(
        Order, models.PROTECT, related_name="taking", verbose_name=_("order")
    )
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("member of staff"),
    )
    partner = models.ForeignKey(
        Partner,
        models.PROTECT,
        related_name="takings",
        null=True,
        blank=True,
        verbose_name=_("partner"),
    )
    partner_name = models.CharField(_("name of the partner"), max_length=200, blank=True)
    consents = models.CharField(_("consents"), max_length=10, choices=ConsentsBy)
    version = models.PositiveSmallIntegerField(default=taking_version, editable=False)
    taken_at = models.DateTimeField(_("order taken at"))

    class Meta:
        verbose_name = _("order taken for a buyer")
        verbose_name_plural = _("orders taken for buyers")
        constraints = [
            models.CheckConstraint(
                condition=Q(staff__isnull=False) | Q(partner__isnull=False),
                name="an_order_is_taken_by_staff_or_a_partner",
            ),
            models.CheckConstraint(
                condition=Q(partner__isnull=True, partner_name="")
                | Q(partner__isnull=False) & ~Q(partner_name=""),
                name="a_partner_that_took_an_order_is_named",
            ),
            models.CheckConstraint(
                condition=Q(staff__isnull=True, consents=ConsentsBy.OWN)
                | Q(staff__isnull=False, consents__in=[ConsentsBy.ALOUD, ConsentsBy.LINK]),
                name="only_staff_read_consents_aloud_or_send_them",
            ),
        ]

    def __str__(self) -> str:
        return str(self.order)

    def facts(self) -> dict[str, Any]:
        """What the journal and the acceptance hold of it: numbers, and the partner's name."""
        values = {
            "staff": self.staff_id,
            "partner": self.partner_id,
            "partner_name": self.partner_name,
            "consents": self.consents,
        }
        named = {name: values[name] for name in TAKING_FIELDS[self.version]}
        return {"version": self.version, **named}


class ConfirmationSubject(models.TextChoices):
    """What is confirmed by a link before the payment opens; each has its own text and operation."""

    CONSENTS = "consents", _("consents to an order taken on the phone")


class ConfirmationQuerySet(models.QuerySet["Confirmation"]):
    def open(self) -> "ConfirmationQuerySet":
        return self.filter(confirmed_at__isnull=True)


class Confirmation(models.Model):
    """Something that a person reads on a page and confirms before an order can be paid.

    While one of an order is open, `Order.awaits_confirmation` is true and the order takes no money.
    """

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="confirmations", verbose_name=_("order")
    )
    subject = models.CharField(_("subject"), max_length=20, choices=ConfirmationSubject)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.CharField(_("asked by"), max_length=80)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_in = models.CharField(_("language read"), max_length=2, choices=Language, blank=True)
    origin_digest = models.CharField(_("digest of the origin"), max_length=64, blank=True)

    objects = ConfirmationQuerySet.as_manager()

    class Meta:
        verbose_name = _("confirmation before payment")
        verbose_name_plural = _("confirmations before payment")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "subject"], name="an_order_asks_for_one_confirmation_a_subject"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_in="", origin_digest="")
                | Q(confirmed_at__isnull=False) & ~Q(confirmed_in="") & ~Q(origin_digest=""),
                name="a_confirmation_says_when_in_which_language_and_from_where",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_subject_display()}"
