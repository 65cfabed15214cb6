"""The consent of a minor's parent or guardian: from 14 to 18 it goes before the payment (1.1)."""

import hashlib

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from offer_site.encryption import EncryptedTextField
from offer_site.languages import Language

from .order import Order
from .party import NamedPerson, new_salt, salted_digest


class Relation(models.TextChoices):
    """Who may consent by law."""

    PARENT = "parent", _("parent")
    GUARDIAN = "guardian", _("guardian")
    ADOPTER = "adopter", _("adopter")


class GuardianWay(models.TextChoices):
    LINK = "link", _("by the link in a letter")
    ALOUD = "aloud", _("read aloud by staff")


class GuardianConsentQuerySet(models.QuerySet["GuardianConsent"]):
    def given(self) -> "GuardianConsentQuerySet":
        return self.filter(given_at__isnull=False)


class GuardianConsent(NamedPerson):
    """Who must consent to one order of a minor, and the consent itself once it is given.

    `text` is what the guardian read or heard, word for word; it names nobody. The journal keeps its
    digest and that of the guardian, so these values can be erased (A2).
    """

    order = models.OneToOneField(
        Order, models.PROTECT, related_name="guardian_consent", verbose_name=_("order")
    )
    relation = models.CharField(_("relation to the minor"), max_length=10, choices=Relation)
    email = models.EmailField(_("e-mail"))
    phone = models.CharField(_("mobile phone"), max_length=16)
    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    asked_at = models.DateTimeField(_("asked at"))
    given_at = models.DateTimeField(_("given at"), null=True, blank=True)
    given_by = models.CharField(_("by"), max_length=80, blank=True)
    way = models.CharField(_("how"), max_length=10, choices=GuardianWay, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, blank=True)
    text = models.TextField(_("text"), blank=True)
    note = EncryptedTextField(_("how it was spoken"), blank=True)
    origin_digest = models.CharField(max_length=64, blank=True, editable=False)

    objects = GuardianConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent of a guardian")
        verbose_name_plural = _("consents of guardians")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(surname="") & ~Q(email="") & Q(relation__in=Relation.values),
                name="a_guardian_has_a_name_a_relation_and_an_email",
            ),
            models.CheckConstraint(
                condition=Q(given_at=None, given_by="", way="", language="", text="")
                | Q(
                    given_at__isnull=False,
                    given_at__gte=F("asked_at"),
                    way__in=GuardianWay.values,
                    language__in=Language.values,
                )
                & ~Q(given_by="")
                & ~Q(text=""),
                name="a_guardian_consents_at_a_time_in_a_way_to_a_text",
            ),
            models.CheckConstraint(
                condition=~Q(way=GuardianWay.ALOUD) | ~Q(note=""),
                name="a_consent_that_was_spoken_says_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_relation_display()}"

    @property
    def is_given(self) -> bool:
        return self.given_at is not None

    def digest(self) -> str:
        """What the journal keeps instead of the guardian's name and contacts (A2)."""
        names = ("surname", "name", "patronymic", "relation", "email", "phone")
        return salted_digest(self.salt, {name: getattr(self, name) for name in names})

    def text_digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()
