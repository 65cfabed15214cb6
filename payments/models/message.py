"""Messages of providers, stored as they came before they are handled."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from payments.rules.provider_names import in_words

# A notification is handled in the second in which it came; an older one was left by a crash.
ABANDONED_AFTER = timedelta(minutes=5)


class MessageKind(models.TextChoices):
    CHECK = "check", _("may it be paid?")
    PAY = "pay", _("paid")
    FAIL = "fail", _("declined")
    CONFIRM = "confirm", _("hold confirmed")
    REFUND = "refund", _("refunded")
    CANCEL = "cancel", _("hold cancelled")


class Outcome(models.TextChoices):
    ALLOWED = "allowed", _("may be paid")
    REFUSED = "refused", _("may not be paid")
    APPLIED = "applied", _("receipt applied to its order")
    UNMATCHED = "unmatched", _("receipt waits for staff")
    AUTHORIZED = "authorized", _("hold, no receipt yet")
    DECLINED = "declined", _("decline noted")
    REFUNDED = "refunded", _("refund recorded, awaits its ground")
    CANCELLED = "cancelled", _("hold released")
    REPEATED = "repeated", _("known already")
    CONFLICT = "conflict", _("contradicts what is known")
    UNREADABLE = "unreadable", _("cannot be read")
    UNCONFIRMED = "unconfirmed", _("not confirmed by the bank")


FOR_STAFF = (Outcome.CONFLICT, Outcome.UNREADABLE, Outcome.UNCONFIRMED)


class ProviderMessageQuerySet(models.QuerySet["ProviderMessage"]):
    def conflicts(self) -> "ProviderMessageQuerySet":
        """Messages that a person must look at, until somebody records what came of them.

        They are a known reference with other content (M7), a message that cannot be read or that
        the bank did not confirm when it was asked, and money that was refused, which the bank must
        have given back.
        """
        refused = models.Q(kind=MessageKind.PAY, outcome=Outcome.REFUSED)
        wait = models.Q(outcome__in=FOR_STAFF) | refused
        return self.filter(wait, handled_at__isnull=False, looked_at=None)

    def unhandled(self, at: datetime) -> "ProviderMessageQuerySet":
        """Messages that were stored and then left by a crash."""
        return self.filter(handled_at=None, received_at__lte=at - ABANDONED_AFTER)


class ProviderMessage(models.Model):
    """One genuine message and its result; the body is kept without the card's expiry and token.

    One that the bank has not confirmed yet has an outcome, and is not handled.
    """

    provider = models.CharField(_("payment provider"), max_length=20)
    kind = models.CharField(_("kind"), max_length=10, choices=MessageKind)
    reference = models.CharField(_("provider's reference"), max_length=80, blank=True)
    body = models.TextField(_("body"))
    body_sha256 = models.CharField(_("SHA-256 of the body"), max_length=64)
    received_at = models.DateTimeField(_("received at"))
    handled_at = models.DateTimeField(_("handled at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True)
    answer_code = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    looked_at = models.DateTimeField(_("looked at"), null=True, blank=True)
    looked_by = models.CharField(_("by"), max_length=80, blank=True)
    reason = models.CharField(_("what came of it"), max_length=300, blank=True)

    objects = ProviderMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("provider's message")
        verbose_name_plural = _("providers' messages")
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "kind", "reference", "body_sha256"],
                name="a_message_is_stored_once",
            ),
            models.CheckConstraint(
                condition=models.Q(looked_at=None) | ~models.Q(reason="") & ~models.Q(looked_by=""),
                name="a_message_is_settled_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["received_at"],
                condition=models.Q(handled_at=None),
                name="unhandled_messages_by_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{in_words(self.provider, self.reference)}, {self.get_kind_display()}"

    @property
    def name(self) -> str:
        """What the clock calls it: the same in every language."""
        return f"{self.provider} {self.kind} {self.reference}"
