"""What a person answered on the page of a letter's signed link, and what proves it (12.1, 12.4)."""

import hashlib

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from offer_site.encryption import EncryptedTextField
from offer_site.languages import Language
from offer_site.notices.models import Notice

from .order import Order
from .party import new_salt, salted_digest

NOBODY = "link"  # who answers, in the journal: nobody is signed in


class LinkSubject(models.TextChoices):
    """The academy's proposals that a letter's link answers."""

    MOVE = "move", _("another cohort")
    ENDING = "ending", _("end of the contract by agreement")
    CLAIM = "claim", _("proposal of an answer to a claim")


class LinkAnswer(models.Model):
    """An answer to one proposal by the link of the letter that told of it.

    `number` is the proposal's: of a move and of a claim the key, of an ending its number within
    the order. `shown` is what the page said, word for word, and the button that was pressed. The
    journal keeps a salted digest of it with the address, so both can be erased (A2).
    """

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="link_answers", verbose_name=_("order")
    )
    subject = models.CharField(_("what was proposed"), max_length=10, choices=LinkSubject)
    number = models.PositiveBigIntegerField(_("number"))
    accepts = models.BooleanField(_("accepted"))
    letter = models.ForeignKey(
        Notice, models.PROTECT, related_name="+", verbose_name=_("letter with the link")
    )
    email = models.EmailField(_("sent to"))
    # Empty while the outbox has not noted yet that the letter left.
    sent_at = models.DateTimeField(_("letter sent at"), null=True, blank=True)
    shown = EncryptedTextField(_("what the page showed"))
    language = models.CharField(_("language"), max_length=2, choices=Language)
    origin_digest = models.CharField(max_length=64, editable=False)
    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    answered_at = models.DateTimeField(_("answered at"))
    answered_by = models.CharField(_("answered by"), max_length=80)

    class Meta:
        verbose_name = _("answer by the link of a letter")
        verbose_name_plural = _("answers by the links of letters")
        ordering = ["-answered_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "subject", "number"],
                name="a_proposal_is_answered_by_a_link_once",
            ),
            models.CheckConstraint(
                condition=Q(subject__in=LinkSubject.values, language__in=Language.values)
                & ~Q(email="")
                & ~Q(shown="")
                & ~Q(origin_digest="")
                & ~Q(answered_by=""),
                name="an_answer_by_a_link_says_what_was_shown_and_where",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_subject_display()}"

    def digest(self) -> str:
        """What the journal keeps instead of the address and the words (A2)."""
        return salted_digest(self.salt, {"email": self.email, "shown": shown_digest(self.shown)})


def shown_digest(words: str) -> str:
    """SHA-256 of the words of a page: an answer holds for these alone (0055)."""
    return hashlib.sha256(words.encode()).hexdigest()
