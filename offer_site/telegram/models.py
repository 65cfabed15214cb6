"""Chats with students, the messages in them, and every update as it came (4.3.1)."""

import secrets
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from offer_site.encryption import EncryptedTextField
from offer_site.languages import Language
from offer_site.leases import is_free

LEASE = timedelta(minutes=5)  # longer than a task may wait for the answer of Telegram
# An update is handled within seconds; one older than this was left by a crash.
ABANDONED_AFTER = timedelta(minutes=5)


def new_link_token() -> str:
    """The token of a deep link: 192 bits in the characters that Telegram allows after ?start=."""
    return secrets.token_urlsafe(24)


def new_button_token() -> str:
    """The token of a button: 128 random bits, within the 64 bytes that Telegram allows."""
    return secrets.token_urlsafe(16)


class TelegramChatQuerySet(models.QuerySet["TelegramChat"]):
    def of(self, about: tuple[str, str]) -> "TelegramChatQuerySet":
        return self.filter(about_kind=about[0], about_key=about[1])

    def linked(self) -> "TelegramChatQuerySet":
        """Chats that messages reach: opened by their link and not blocked since."""
        return self.filter(linked_at__isnull=False, unlinked_at=None)


class TelegramChat(models.Model):
    """A link for one subject, and the private chat that opened it; the first chat keeps it."""

    about_kind = models.CharField(_("about"), max_length=40)
    about_key = models.CharField(_("key"), max_length=64)
    token = models.CharField(max_length=64, unique=True, default=new_link_token, editable=False)
    language = models.CharField(_("language"), max_length=2, choices=Language)
    chat_id = models.BigIntegerField(_("chat"), null=True, blank=True)
    given_at = models.DateTimeField(_("link given at"))
    linked_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    unlinked_at = models.DateTimeField(_("blocked at"), null=True, blank=True)

    objects = TelegramChatQuerySet.as_manager()

    class Meta:
        verbose_name = _("Telegram chat")
        verbose_name_plural = _("Telegram chats")
        constraints = [
            models.UniqueConstraint(
                fields=["about_kind", "about_key"], name="a_subject_has_one_telegram_chat"
            ),
            models.CheckConstraint(
                condition=Q(chat_id=None, linked_at=None)
                | Q(chat_id__isnull=False, linked_at__isnull=False),
                name="a_linked_chat_says_which_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about_kind} {self.about_key}"

    @property
    def is_linked(self) -> bool:
        return self.linked_at is not None and self.unlinked_at is None


class MessageState(models.TextChoices):
    """Closing removes the buttons of a question that is answered or no longer asked."""

    QUEUED = "queued", _("queued")
    SENT = "sent", _("sent")
    CLOSING = "closing", _("buttons are being taken off")
    CLOSED = "closed", _("buttons taken off")
    DEAD = "dead", _("dead")


WORK = (MessageState.QUEUED, MessageState.CLOSING)


class TelegramMessageQuerySet(models.QuerySet["TelegramMessage"]):
    def due(self, at: datetime) -> "TelegramMessageQuerySet":
        """Messages with work to do that nobody is doing."""
        return self.filter(is_free(at), state__in=WORK, next_attempt_at__lte=at)

    def without_owner(self, at: datetime) -> "TelegramMessageQuerySet":
        """Messages due for two leases: neither the task nor the sweep took them (N2)."""
        return self.due(at - 2 * LEASE)

    def dead(self) -> "TelegramMessageQuerySet":
        return self.filter(state=MessageState.DEAD)


class TelegramMessage(models.Model):
    """One message to a chat: the outbox, and the evidence of a question and its answer.

    The text is encrypted, since it may hold a signed link. `message_id` and `sent_at` are
    Telegram's.
    """

    chat = models.ForeignKey(
        TelegramChat, models.PROTECT, related_name="messages", verbose_name=_("chat")
    )
    what = models.CharField(_("what it is"), max_length=40)
    occasion = models.CharField(_("occasion"), max_length=64, default="first")
    text = EncryptedTextField(_("text"))
    state = models.CharField(
        _("state"), max_length=10, choices=MessageState, default=MessageState.QUEUED
    )
    queued_at = models.DateTimeField(_("queued at"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    lease_until = models.DateTimeField(_("being sent until"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    message_id = models.BigIntegerField(_("number in the chat"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=20, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    objects = TelegramMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("Telegram message")
        verbose_name_plural = _("Telegram messages")
        ordering = ["-queued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["chat", "what", "occasion"],
                name="a_chat_gets_one_message_of_a_kind_an_occasion",
            ),
            models.CheckConstraint(
                condition=Q(state__in=MessageState.values),
                name="a_telegram_message_is_in_a_known_state",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[MessageState.SENT, MessageState.CLOSING])
                | Q(sent_at__isnull=False),
                name="a_sent_telegram_message_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=MessageState.DEAD) | ~Q(last_error=""),
                name="a_dead_telegram_message_says_why",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None)
                | ~Q(answer="") & Q(answered_at__isnull=False),
                name="an_answer_in_telegram_says_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state__in=["queued", "closing"]),
                name="telegram_work_by_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.chat}"


class TelegramButton(models.Model):
    """A button under a question; a press sends its token back."""

    message = models.ForeignKey(
        TelegramMessage, models.PROTECT, related_name="buttons", verbose_name=_("message")
    )
    choice = models.CharField(_("choice"), max_length=20)
    label = models.CharField(_("words"), max_length=60)
    token = models.CharField(max_length=64, unique=True, default=new_button_token, editable=False)

    class Meta:
        verbose_name = _("button")
        verbose_name_plural = _("buttons")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "choice"], name="a_question_has_one_button_a_choice"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class InviteState(models.TextChoices):
    QUEUED = "queued", _("queued")
    MADE = "made", _("made")
    CLOSING = "closing", _("being shut")
    CLOSED = "closed", _("shut")
    DEAD = "dead", _("dead")


class GroupInviteQuerySet(models.QuerySet["GroupInvite"]):
    def of(self, about: tuple[str, str]) -> "GroupInviteQuerySet":
        return self.filter(about_kind=about[0], about_key=about[1])

    def standing(self) -> "GroupInviteQuerySet":
        """Invites that were not shut: of people who may be in the group."""
        return self.filter(shut_at=None)

    def due(self, at: datetime) -> "GroupInviteQuerySet":
        """Invites to make or to shut that nobody is working on.

        A subject's next invite is made once the former one is shut: its ban would else come last.
        """
        closing = GroupInvite.objects.filter(
            about_kind=OuterRef("about_kind"),
            about_key=OuterRef("about_key"),
            state=InviteState.CLOSING,
        )
        work = Q(state=InviteState.CLOSING) | Q(state=InviteState.QUEUED) & ~Exists(closing)
        return self.filter(is_free(at), work, next_attempt_at__lte=at)

    def dead(self) -> "GroupInviteQuerySet":
        return self.filter(state=InviteState.DEAD)


class GroupInvite(models.Model):
    """One personal invite to a group: who it is for, who came by it, when it was shut (11.5)."""

    about_kind = models.CharField(_("about"), max_length=40)
    about_key = models.CharField(_("key"), max_length=64)
    group = models.BigIntegerField(_("group"))
    label = models.CharField(_("name of the invite"), max_length=32)
    state = models.CharField(
        _("state"), max_length=10, choices=InviteState, default=InviteState.QUEUED
    )
    link = EncryptedTextField(_("link"), blank=True)
    link_digest = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    former_user = models.BigIntegerField(null=True, blank=True, editable=False)
    queued_at = models.DateTimeField(_("queued at"))
    expires_at = models.DateTimeField(_("ends at"))
    made_at = models.DateTimeField(_("made at"), null=True, blank=True)
    user = models.BigIntegerField(_("who came"), null=True, blank=True)
    joined_at = models.DateTimeField(_("came at"), null=True, blank=True)
    # Telegram's own time of the last coming or leaving: its updates come out of order.
    moved_at = models.DateTimeField(null=True, blank=True, editable=False)
    departed_at = models.DateTimeField(_("left at"), null=True, blank=True)
    shut_at = models.DateTimeField(_("access shut at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("put out at"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    lease_until = models.DateTimeField(_("being sent until"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

    objects = GroupInviteQuerySet.as_manager()

    class Meta:
        verbose_name = _("invite to a group")
        verbose_name_plural = _("invites to groups")
        ordering = ["-queued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["about_kind", "about_key"],
                condition=Q(shut_at=None),
                name="a_subject_has_one_standing_invite",
            ),
            models.CheckConstraint(
                condition=Q(shut_at=None) | Q(state__in=["closing", "closed", "dead"]),
                name="a_shut_invite_is_on_its_way_out",
            ),
            models.CheckConstraint(
                condition=Q(user=None, joined_at=None)
                | Q(user__isnull=False, joined_at__isnull=False),
                name="who_came_by_an_invite_came_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(departed_at=None) | Q(user__isnull=False),
                name="who_left_by_an_invite_had_come",
            ),
            models.CheckConstraint(
                condition=~Q(state=InviteState.DEAD) | ~Q(last_error=""),
                name="a_dead_invite_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about_kind} {self.about_key}"


class UpdateKind(models.TextChoices):
    START = "start", _("the link was opened")
    PRESS = "press", _("a button was pressed")
    TEXT = "text", _("something was written")
    LEFT = "left", _("the bot was blocked")
    JOINED = "joined", _("somebody came to a group")
    DEPARTED = "departed", _("somebody left a group")
    OTHER = "other", _("something else")


class TelegramUpdateQuerySet(models.QuerySet["TelegramUpdate"]):
    def unhandled(self, at: datetime) -> "TelegramUpdateQuerySet":
        """Updates that were stored and then left by a crash."""
        return self.filter(handled_at=None, received_at__lte=at - ABANDONED_AFTER)


class TelegramUpdate(models.Model):
    """One genuine update, stored before it is handled; a repeat has the same unique number."""

    update_id = models.BigIntegerField(_("number of the update"), unique=True)
    body = EncryptedTextField(_("body"))
    received_at = models.DateTimeField(_("received at"))
    handled_at = models.DateTimeField(_("handled at"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=UpdateKind, blank=True)
    chat = models.ForeignKey(
        TelegramChat,
        models.PROTECT,
        related_name="updates",
        null=True,
        blank=True,
        verbose_name=_("chat"),
    )
    reply = models.TextField(_("what we answered"), blank=True)

    objects = TelegramUpdateQuerySet.as_manager()

    class Meta:
        verbose_name = _("Telegram update")
        verbose_name_plural = _("Telegram updates")
        ordering = ["-received_at", "-pk"]

    def __str__(self) -> str:
        return str(self.update_id)
