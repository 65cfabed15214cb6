"""Half now, half later: the evidence of what was asked, proposed and answered (4.3.1)."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enrollment.rules.halves import MOVES, OPEN, HalvesState
from offer_site.encryption import EncryptedTextField
from offer_site.errors import RuleViolation
from offer_site.evidence import Evidence
from offer_site.languages import Language

from .catalogue import Cohort, Tariff
from .order import Installment, Order
from .party import new_salt, salted_digest

if TYPE_CHECKING:
    from offer_site.accounts.models import User


class HalvesRequestQuerySet(models.QuerySet["HalvesRequest"]):
    def belonging_to(self, user: "User") -> "HalvesRequestQuerySet":
        return self.filter(email=user.email)

    def with_tariff(self) -> "HalvesRequestQuerySet":
        """Join only rows that never change.

        The order is not joined: after a wait for the lock, a new order would be missing.
        """
        return self.select_related("tariff__package", "tariff__edition", "cohort__course")

    def locked(self) -> "HalvesRequestQuerySet":
        """Lock the requests, without the rows they are joined with."""
        return self.select_for_update(of=("self",))

    def awaiting_answer(self) -> "HalvesRequestQuerySet":
        """Requests that staff have not answered."""
        return self.filter(state=HalvesState.ASKED)

    def refused(self) -> "HalvesRequestQuerySet":
        """Refused proposals: staff can propose another day, or decline the request."""
        return self.filter(state=HalvesState.REFUSED)

    def not_ordered(self) -> "HalvesRequestQuerySet":
        """Agreements without an order yet."""
        return self.filter(state=HalvesState.AGREED)

    def past_their_time(self, at: datetime) -> "HalvesRequestQuerySet":
        """Proposals and agreements whose time is over."""
        return self.filter(
            state__in=[HalvesState.PROPOSED, HalvesState.AGREED], valid_until__lte=at
        )


class HalvesRequest(models.Model):
    """One student's request to pay in halves, asked before the order (4.3.1).

    The tariff has the price level that was open at that moment.
    """

    code = models.CharField(_("code"), max_length=16, unique=True)
    tariff = models.ForeignKey(
        Tariff, models.PROTECT, related_name="halves_requests", verbose_name=_("tariff")
    )
    cohort = models.ForeignKey(
        Cohort, models.PROTECT, related_name="halves_requests", verbose_name=_("cohort")
    )
    language = models.CharField(_("language"), max_length=2, choices=Language)
    name = models.CharField(_("student's name"), max_length=120)
    email = models.EmailField(_("e-mail"), db_index=True)
    phone = models.CharField(_("mobile phone"), max_length=16)
    telegram = models.CharField(_("name in Telegram"), max_length=64, blank=True)
    why = EncryptedTextField(_("why halves"), blank=True)
    consent_text = models.TextField(_("consent"))
    origin_address = models.GenericIPAddressField(_("came from"), null=True, blank=True)
    origin_agent = models.CharField(_("browser"), max_length=300, blank=True)
    origin_browser = models.CharField(max_length=64, blank=True, editable=False)
    # Links and cookies that were signed before this moment open nothing (3.1(4)).
    links_ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(
        _("state"), max_length=10, choices=HalvesState, default=HalvesState.ASKED
    )
    valid_until = models.DateTimeField(_("proposal is valid until"), null=True, blank=True)
    declined_at = models.DateTimeField(_("declined at"), null=True, blank=True)
    declined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("declined by"),
    )
    decline_reason = EncryptedTextField(_("reason of the decline"), blank=True)
    order = models.OneToOneField(
        Order,
        models.PROTECT,
        related_name="halves_request",
        null=True,
        blank=True,
        verbose_name=_("order"),
    )

    objects = HalvesRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for halves")
        verbose_name_plural = _("requests for halves")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["email", "cohort", "origin_browser"],
                condition=Q(state__in=OPEN) & ~Q(origin_browser=""),
                name="a_browser_has_one_open_halves_request_an_email",
            ),
            models.CheckConstraint(
                condition=Q(state__in=HalvesState.values),
                name="a_halves_request_is_in_a_known_state",
            ),
            models.CheckConstraint(
                condition=Q(state=HalvesState.ORDERED, order__isnull=False)
                | ~Q(state=HalvesState.ORDERED) & Q(order=None),
                name="an_ordered_halves_request_names_its_order",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=HalvesState.DECLINED, declined_at__isnull=False, declined_by__isnull=False
                )
                & ~Q(decline_reason="")
                | ~Q(state=HalvesState.DECLINED)
                & Q(declined_at=None, declined_by=None, decline_reason=""),
                name="a_declined_halves_request_says_why_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[HalvesState.PROPOSED, HalvesState.AGREED])
                | Q(valid_until__isnull=False),
                name="a_proposal_of_halves_is_valid_until_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(consent_text=""), name="a_halves_request_keeps_its_consent"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("halves", args=[self.code])

    @property
    def proposal(self) -> "HalvesProposal | None":
        """The last proposal; None while there is none."""
        return self.proposals.order_by("-number").first()

    def digest(self) -> str:
        """What the journal keeps instead of the person's values (A2)."""
        return salted_digest(
            self.salt, {"name": self.name, "email": self.email, "phone": self.phone}
        )

    def origin_digest(self) -> str:
        return salted_digest(
            self.salt, {"address": self.origin_address or "", "agent": self.origin_agent}
        )

    def require(self, *states: HalvesState, message: object) -> None:
        """Raise RuleViolation with this message unless the request is in one of these states."""
        if self.state not in states:
            raise RuleViolation(message, clause="4.3.1")

    def move_to(self, state: HalvesState, **changes: object) -> None:
        """Move to this state and save it with `changes`; the caller records the move.

        Raises ValueError for a move that is not in the table.
        """
        if state not in MOVES[HalvesState(self.state)]:
            raise ValueError(f"{self.code}: no move from {self.state} to {state}")
        for name, value in changes.items():
            setattr(self, name, value)
        self.state = state
        self.save(update_fields=["state", *changes])


class HalvesProposal(Evidence):
    """The day of the rest that staff proposed, and until when the proposal holds."""

    request = models.ForeignKey(
        HalvesRequest, models.PROTECT, related_name="proposals", verbose_name=_("request")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    rest_on = models.DateField(_("day of the rest"))
    valid_until = models.DateTimeField(_("valid until"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("proposal of halves")
        verbose_name_plural = _("proposals of halves")
        ordering = ["request", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "number"], name="a_request_has_one_proposal_a_number"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("at")), name="a_proposal_is_valid_for_a_while"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request}: {self.rest_on:%d.%m.%Y}"


class TelegramEvidence(Evidence):
    """How an agreement was made in Telegram: by our bot, or recorded by staff with a picture.

    The chat is kept as a salted digest: the chat itself is in a row that can be erased.
    """

    said_at = models.DateTimeField(_("said at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    chat_digest = models.CharField(_("digest of the chat"), max_length=64, blank=True)
    message_id = models.BigIntegerField(_("number in the chat"), null=True, blank=True)
    update_id = models.BigIntegerField(_("number of the update"), null=True, blank=True)
    question_sha256 = models.CharField(_("SHA-256 of the question"), max_length=64, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("recorded by"),
    )
    picture = models.CharField(_("picture"), max_length=200, blank=True)
    picture_sha256 = models.CharField(_("SHA-256 of the picture"), max_length=64, blank=True)

    class Meta:
        abstract = True

    @property
    def by_bot(self) -> bool:
        return self.update_id is not None


BY_BOT = Q(update_id__isnull=False, message_id__isnull=False, recorded_by=None, picture="") & ~Q(
    chat_digest=""
)
BY_HAND = Q(update_id=None, recorded_by__isnull=False) & ~Q(picture="") & ~Q(picture_sha256="")


class HalvesAnswer(TelegramEvidence):
    """The student's answer to one proposal: yes or no, when, and what proves it."""

    proposal = models.OneToOneField(
        HalvesProposal, models.PROTECT, related_name="answer", verbose_name=_("proposal of halves")
    )
    agrees = models.BooleanField(_("agrees"))

    class Meta:
        verbose_name = _("answer to a proposal of halves")
        verbose_name_plural = _("answers to proposals of halves")
        constraints = [
            models.CheckConstraint(
                condition=BY_BOT | BY_HAND, name="an_answer_comes_from_the_bot_or_with_its_picture"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal}: {'+' if self.agrees else '−'}"


class RestMove(TelegramEvidence):
    """Another day of the rest, agreed on after the order, with its reason and its proof."""

    installment = models.ForeignKey(
        Installment, models.PROTECT, related_name="moves", verbose_name=_("installment")
    )
    from_day = models.DateField(_("from the day"))
    to_day = models.DateField(_("to the day"))
    reason = EncryptedTextField(_("reason"))

    class Meta:
        verbose_name = _("move of the day of the rest")
        verbose_name_plural = _("moves of the day of the rest")
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=BY_HAND, name="a_day_of_the_rest_is_moved_with_a_picture_of_the_agreement"
            ),
            models.CheckConstraint(
                condition=~Q(to_day=F("from_day")), name="a_day_of_the_rest_is_moved_to_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.installment}: {self.to_day:%d.%m.%Y}"
