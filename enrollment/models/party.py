"""Who is bound and who is taught, as they were on that day.

Evidence holds only digests of them: these rows can be erased.
"""

import hashlib
import json
import secrets
from copy import copy
from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.base import ModelState
from django.utils.translation import gettext_lazy as _

from enrollment.rules.identifiers import as_bin_or_iin
from offer_site.encryption import EncryptedTextField

# The fields in the digest of a party and of a learner, by version. A released version is never
# changed: acceptances, the journal and proofs hold digests of it. A new field makes a new version.
PARTY_FIELDS: dict[int, tuple[str, ...]] = {
    1: (
        "kind", "surname", "name", "patronymic", "phone", "email", "address", "postal_address",
        "iin", "relation", "company_name", "bin", "position",
    ),
}  # fmt: skip
LEARNER_FIELDS: dict[int, tuple[str, ...]] = {
    1: ("surname", "name", "patronymic", "birth_date", "iin"),
}


def party_version() -> int:
    return max(PARTY_FIELDS)


def learner_version() -> int:
    return max(LEARNER_FIELDS)


class PartyKind(models.TextChoices):
    PERSON = "person", _("a person")
    MINOR = "minor", _("a minor from 14 to 18, with a guardian's consent")
    GUARDIAN = "guardian", _("a parent or guardian, for a minor")
    COMPANY = "company", _("a company")


def new_salt() -> str:
    return secrets.token_hex(16)


def salted_digest(salt: str, value: object) -> str:
    """SHA-256 of a personal value with its salt: evidence keeps it instead of the value (A2)."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{salt}|{text}".encode()).hexdigest()


class NamedPerson(models.Model):
    surname = models.CharField(_("surname"), max_length=120)
    name = models.CharField(_("given name"), max_length=120)
    patronymic = models.CharField(_("patronymic"), max_length=120, blank=True)

    class Meta:
        abstract = True

    @property
    def full_name(self) -> str:
        return " ".join(filter(None, [self.surname, self.name, self.patronymic]))


class CorrectableRow(models.Model):
    """A row whose values may be corrected: the accepted ones are kept beside it (A3).

    Both rows can be erased; the acceptance holds the digest of the accepted one. A row keeps the
    version of its digest until it is corrected, so a new field makes no digest false.
    """

    digest_fields: ClassVar[dict[int, tuple[str, ...]]]
    digest_version = models.PositiveSmallIntegerField(editable=False)
    salt: str

    former_of = models.ForeignKey(
        "self",
        models.PROTECT,
        related_name="formers",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("former values of"),
    )

    class Meta:
        abstract = True

    def facts(self) -> dict[str, str]:
        """The values that the digest is made of."""
        names = self.digest_fields[self.digest_version]
        return {name: _as_text(getattr(self, name)) for name in names}

    def digest(self) -> str:
        return salted_digest(self.salt, self.facts())

    def keep_former(self) -> None:
        """Store the present values as a row of their own, before they are corrected.

        After it the row has the newest digest version: take the digest before calling this.
        """
        kept = copy(self)
        kept.pk = None
        kept._state = ModelState()
        kept.former_of = self
        kept.save(force_insert=True)
        if self.digest_version != max(self.digest_fields):
            self.digest_version = max(self.digest_fields)
            self.save(update_fields=["digest_version"])

    def as_accepted(self, digest: str) -> Self:
        """The values that an acceptance sealed: the present ones, or those of this digest."""
        rows = [self, *type(self)._default_manager.filter(former_of=self)]
        return next((row for row in rows if row.digest() == digest), self)


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")


class Party(NamedPerson, CorrectableRow):
    """The party to one contract: a person, a minor, a minor's guardian, or a company (1.1).

    A company is bound by its authorized person. It may be a sole trader: "company" is not "legal
    person".
    """

    kind = models.CharField(_("kind"), max_length=10, choices=PartyKind)
    phone = models.CharField(_("mobile phone"), max_length=16)
    email = models.EmailField(_("e-mail"), db_index=True)
    # When a link of a letter to this e-mail was first opened: somebody reads the mailbox.
    email_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    address = EncryptedTextField(_("home address, or a company's address"), blank=True)
    postal_address = EncryptedTextField(_("postal address"), blank=True)
    iin = EncryptedTextField(_("IIN"), blank=True)
    relation = models.CharField(_("relation to the minor"), max_length=40, blank=True)
    company_name = models.CharField(_("full name of the company"), max_length=200, blank=True)
    bin = models.CharField(_("BIN"), max_length=12, blank=True)
    position = models.CharField(_("position of the authorized person"), max_length=120, blank=True)
    origin_address = models.GenericIPAddressField(_("came from"), null=True, blank=True)
    origin_agent = models.CharField(_("browser"), max_length=300, blank=True)
    origin_browser = models.CharField(max_length=64, blank=True, editable=False)
    # Links and cookies that were signed before this moment open nothing (3.1(4)).
    links_ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    digest_version = models.PositiveSmallIntegerField(default=party_version, editable=False)

    digest_fields = PARTY_FIELDS

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind=PartyKind.COMPANY)
                | ~Q(company_name="") & (~Q(bin="") | ~Q(iin="")),
                name="a_company_has_a_name_and_a_number",
            ),
        ]

    def __str__(self) -> str:
        return self.company_name or self.full_name or str(_("erased"))

    @property
    def is_sole_trader(self) -> bool:
        """True for a company that is no legal person: it has its owner's IIN, and no BIN."""
        return self.kind == PartyKind.COMPANY and not self.bin

    @property
    def business_number(self) -> str:
        """The number of a company: its BIN, or its owner's IIN."""
        return (self.bin or self.iin or "") if self.kind == PartyKind.COMPANY else ""

    @business_number.setter
    def business_number(self, number: str) -> None:
        self.bin, self.iin = as_bin_or_iin(number)

    @property
    def lacks_address(self) -> bool:
        """True while the home address is not told that the certificate states (9.3)."""
        return self.kind != PartyKind.COMPANY and bool(self.salt) and not self.address

    def origin_digest(self) -> str:
        return self.digest_of_origin(self.origin_address or "", self.origin_agent)

    def digest_of_origin(self, address: str, agent: str) -> str:
        """The digest of where an act came from, such as a consent that was taken back later."""
        return salted_digest(self.salt, {"address": address, "agent": agent})


class Learner(NamedPerson, CorrectableRow):
    """The person taught: the party itself, the minor, or the company's one employee.

    The name can be corrected until the certificate is issued (9.5).
    """

    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    iin = EncryptedTextField(_("IIN"), blank=True)
    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    digest_version = models.PositiveSmallIntegerField(default=learner_version, editable=False)

    digest_fields = LEARNER_FIELDS

    class Meta:
        verbose_name = _("learner")
        verbose_name_plural = _("learners")

    def __str__(self) -> str:
        return self.full_name
