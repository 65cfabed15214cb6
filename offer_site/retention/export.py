"""All that is kept about a User, to read and as JSON; never the data of others (5, 11.4).

The User is whoever reads a mailbox: orders are those registered under its e-mail. A company's order
names an employee: that is another person, unless it is the one who signs in.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certificates.models import Certificate
from enrollment.models import (
    Acceptance,
    Consent,
    Deadline,
    Enrollment,
    HalvesRequest,
    Installment,
    Order,
    PartyKind,
)
from enrollment.models.order import OrderQuerySet
from enrollment.rules.methods import method_in_words
from offer_site.accounts.models import User
from offer_site.admin.links import ROLES
from offer_site.correspondence.models import Letter, LetterFile, PostalReceipt
from offer_site.correspondence.threads import is_of_party, names_of_party
from offer_site.days import short_day
from offer_site.documents import STORED_ENDINGS
from offer_site.journal.models import HOUSE, Entry
from offer_site.journal.operations import actor, record
from offer_site.journal.verbs import in_words
from offer_site.languages import in_language
from offer_site.money import tenge_text
from offer_site.notices.models import Notice
from offer_site.telegram.models import TelegramChat, TelegramMessage
from payments.models import Allocation, Payment
from payments.rules.provider_names import provider_name

from .holdings import HOLDINGS, Holding

PARTY = (
    "kind surname name patronymic phone email address postal_address iin relation company_name bin "
    "position origin_address origin_agent"
)
MOST_TEXTS = 200  # letters whose text is read for one copy; of more there is the digest
UNTOLD = ("salt", "authentication", "message_id")  # they say nothing to a reader
LEARNER = "surname name patronymic birth_date iin"


@dataclass(frozen=True)
class ExportFact:
    """One value: its name in JSON, its words on the page, and the value itself.

    `is_code`: the value is a code, so the words stand beside it in JSON too.
    """

    key: str
    label: str
    value: Any
    shown: str
    is_code: bool = False


@dataclass(frozen=True)
class ExportItem:
    title: str
    facts: list[ExportFact]


@dataclass(frozen=True)
class ExportChapter:
    key: str
    title: Promise
    items: list[ExportItem]


CHAPTERS: dict[str, Promise] = {
    "account": gettext_lazy("Account"),
    "orders": gettext_lazy("Orders"),
    "party": gettext_lazy("Your data in the contract"),
    "learner": gettext_lazy("The learner"),
    "consents": gettext_lazy("Consents"),
    "contracts": gettext_lazy("Contracts"),
    "learning": gettext_lazy("Studies"),
    "payments": gettext_lazy("Payments"),
    "deadlines": gettext_lazy("Deadlines"),
    "questions": gettext_lazy("Questions and requests"),
    "claims": gettext_lazy("Claims"),
    "conduct": gettext_lazy("Breaches and access"),
    "endings": gettext_lazy("Proposals to end the contract"),
    "editions": gettext_lazy("Answers to later editions of the offer"),
    "force_majeure": gettext_lazy("Force majeure"),
    "letters": gettext_lazy("Letters"),
    "correspondence": gettext_lazy("Letters to us, and on paper"),
    "telegram": gettext_lazy("Telegram"),
    "certificates": gettext_lazy("Certificates"),
    "journal": gettext_lazy("Journal"),
}


@transaction.atomic(savepoint=False)
def export_personal_data(*, user: User, form: str, at: datetime) -> list[ExportChapter]:
    """Read all that is kept about a user, and journal that they took it (5.4, 11.4).

    `form` is "page" or "json".
    """
    record(
        "personal_data.exported",
        about=("user", str(user.pk)),
        facts={"form": form},
        by=actor(user),
        at=at,
        clause="5.4",
    )
    return known_about(user)


def known_about(user: User) -> list[ExportChapter]:
    """The chapters that have anything in them."""
    found = orders_of(user).prefetch_related("party__formers", "learner__formers")
    orders = list(found)
    codes = [order.code for order in orders]
    chapters = {
        "account": [_account(user)],
        "orders": [_order(each) for each in orders],
        "party": list(_parties(orders)),
        "learner": list(_learners(orders)),
        "consents": list(_consents(orders)),
        "contracts": _rows(
            Acceptance.objects.filter(order__in=orders),
            "order language accepted_at price provider method reference amount digest",
        ),
        "learning": _rows(
            Enrollment.objects.filter(order__in=orders),
            "order state opened_at performed_on completed_at",
        ),
        "payments": list(_money(orders)),
        "deadlines": list(_deadlines(orders)),
        "questions": list(_asked(orders)),
        "letters": list(_letters(user)),
        "telegram": list(_chats(user, orders)),
        "certificates": list(_certificates(orders)),
        "journal": list(_journal(user, codes)),
    }
    for holding in HOLDINGS:
        chapters.setdefault(holding.chapter, []).extend(_held(holding, orders))
    return [
        ExportChapter(key, title, chapters[key]) for key, title in CHAPTERS.items() if chapters[key]
    ]


def as_json(chapters: Iterable[ExportChapter]) -> str:
    """The chapters as JSON: stored names and values, times in UTC; beside a code its words."""
    content = {
        chapter.key: [{"about": item.title, **dict(_said_in_json(item))} for item in chapter.items]
        for chapter in chapters
    }
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


def _said_in_json(item: ExportItem) -> Iterator[tuple[str, Any]]:
    for fact in item.facts:
        yield fact.key, fact.value
        if fact.is_code:
            yield f"{fact.key}_in_words", fact.shown


def orders_of(user: User) -> OrderQuerySet:
    """The orders that are registered under the user's e-mail, paid or not."""
    return Order.objects.belonging_to(user).with_people().order_by("placed_at", "pk")


def is_about_reader(order: Order) -> bool:
    """True if the learner is the reader, or the child whom the reader acts for."""
    party = order.party
    return party.kind != PartyKind.COMPANY or _folded(party.full_name) == _folded(
        order.learner.full_name
    )


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _account(user: User) -> ExportItem:
    return ExportItem(user.email, _facts(user, "email is_active date_joined last_login"))


def _order(order: Order) -> ExportItem:
    about = "code cohort tariff language price prepayment state placed_at reopened_on kept_until"
    return ExportItem(order.code, _facts(order, about))


def _parties(orders: list[Order]) -> Iterator[ExportItem]:
    for order in orders:
        yield ExportItem(order.code, _facts(order.party, PARTY))
        for former in order.party.formers.all():
            title = _("%(order)s, before a correction") % {"order": order.code}
            yield ExportItem(title, _facts(former, PARTY))


def _learners(orders: list[Order]) -> Iterator[ExportItem]:
    for order in orders:
        if not is_about_reader(order):
            continue
        yield ExportItem(order.code, _facts(order.learner, LEARNER))
        for former in order.learner.formers.all():
            title = _("%(order)s, before a correction") % {"order": order.code}
            yield ExportItem(title, _facts(former, LEARNER))


def _consents(orders: list[Order]) -> Iterator[ExportItem]:
    given = (
        Consent.objects.filter(party__order__in=orders)
        .select_related("withdrawal", "party__order")
        .order_by("given_at", "pk")
    )
    for consent in given:
        facts = _facts(consent, "purpose number text language given_at way")
        withdrawal = getattr(consent, "withdrawal", None)
        if withdrawal:
            at = withdrawal.at
            facts.append(ExportFact("withdrawn_at", _("withdrawn at"), at, shown(at)))
            facts.append(
                ExportFact(
                    "withdrawn_way",
                    _("way"),
                    withdrawal.way,
                    str(withdrawal.get_way_display()),
                    is_code=True,
                )
            )
        yield ExportItem(consent.party.order.code, facts)


def _money(orders: list[Order]) -> Iterator[ExportItem]:
    yield from _rows(
        Installment.objects.filter(order__in=orders), "order number amount due_on moved_to"
    )
    yield from _rows(
        Payment.objects.filter(order__in=orders),
        "order provider method amount commission started_at returned_at declined_at",
    )
    for part in Allocation.objects.filter(order__in=orders).select_related("entry", "order"):
        yield ExportItem(
            part.order.code,
            [
                *_facts(part, "amount at"),
                *_facts(part.entry, "provider reference kind currency method happened_at"),
            ],
        )


def _held(holding: Holding, orders: list[Order]) -> Iterator[ExportItem]:
    """The rows of the table of holdings; those about an employee are not the company's reader's."""
    own = [each for each in orders if is_about_reader(each)] if holding.of_learner else orders
    names = (*holding.told, *holding.words, *holding.cleared)
    joined = [name for name in names if holding.model._meta.get_field(name).is_relation]
    rows = holding.rows_of(own).select_related(*joined)
    of_letters = holding.model in (Letter, LetterFile, PostalReceipt)
    if of_letters:
        rows = rows if holding.model is Letter else rows.select_related("letter")
        names_by_code = {order.code: names_of_party(order) for order in own}
    texts_left = MOST_TEXTS
    for row in rows.iterator():
        # A letter of another person that staff put to an order is that person's.
        if of_letters and not is_of_party(_letter_of(row), names_by_code[row.of_order]):
            continue
        facts = _facts(row, " ".join(name for name in names if name not in UNTOLD))
        if isinstance(row, Letter):
            facts += _text_of(row) if texts_left > 0 else [_text_on_request()]
            texts_left -= 1
        yield ExportItem(row.of_order, facts)


def _text_of(letter: Letter) -> list[ExportFact]:
    """The text alone: files of many letters would not fit into memory together."""
    read = letter.read_now()
    return [ExportFact("text", _("text"), read.text, read.text)] if read and read.text else []


def _text_on_request() -> ExportFact:
    words = _("These are many letters: the text of this one stands in the cabinet, or ask us.")
    return ExportFact("text", _("text"), words, words)


def _letter_of(row: Letter | LetterFile | PostalReceipt) -> Letter:
    return row if isinstance(row, Letter) else row.letter


def _deadlines(orders: list[Order]) -> list[ExportItem]:
    about = "order clause owed_by event_on due_on opened_at met_at"
    return _rows(Deadline.objects.filter(order__in=orders), about)


def _asked(orders: list[Order]) -> Iterator[ExportItem]:
    """Requests for halves; the questions of 9.5 are in the table of holdings."""
    yield from _rows(
        HalvesRequest.objects.filter(order__in=orders),
        "code name email phone telegram why asked_at state",
    )


def _letters(user: User) -> list[ExportItem]:
    """The letters that went to this mailbox; codes are among them, without the code."""
    about = "kind order_code subject recipient form language queued_at sent_at bounced_at"
    return _rows(Notice.objects.filter(recipient=user.email).order_by("queued_at", "pk"), about)


def _chats(user: User, orders: list[Order]) -> Iterator[ExportItem]:
    requests = HalvesRequest.objects.filter(Q(order__in=orders) | Q(order=None, email=user.email))
    keys = [*requests.values_list("code", flat=True), *(order.code for order in orders)]
    chats = TelegramChat.objects.filter(about_key__in=keys)
    yield from _rows(chats, "about_key chat_id linked_at unlinked_at")
    yield from _rows(
        TelegramMessage.objects.filter(chat__in=chats), "text sent_at answer answered_at"
    )


def _certificates(orders: list[Order]) -> list[ExportItem]:
    own = [order for order in orders if is_about_reader(order)]
    about = (
        "number language learner_name company_name course_name package_name starts_on ends_on "
        "issued_on handed_at replaced_at revoked_at"
    )
    return _rows(Certificate.objects.filter(enrollment__order__in=own), about)


def _journal(user: User, codes: list[str]) -> Iterator[ExportItem]:
    """The rows of the user's orders, and those of the house that are about the user or theirs."""
    about_user = Q(chain=HOUSE, about_kind="user", about_key=str(user.pk))
    about_user |= Q(chain=HOUSE, by=f"user:{user.pk}")
    for entry in Entry.objects.filter(Q(chain__in=codes) | about_user).order_by("at", "pk"):
        facts = [
            ExportFact("verb", _("verb"), entry.verb, str(in_words(entry.verb)), is_code=True),
            *_facts(entry, "at by clause"),
        ]
        chain = _("the academy's journal") if entry.chain == HOUSE else entry.chain
        yield ExportItem(f"{chain}, {entry.number}", facts)


def _rows(found: models.QuerySet[Any], names: str) -> list[ExportItem]:
    """The rows with what they name joined: as many statements for one row as for a hundred."""
    wanted = [name for name in names.split() if found.model._meta.get_field(name).is_relation]
    found = found.select_related(*wanted)
    return [ExportItem(_title(row), _facts(row, names)) for row in found]


def _title(row: Any) -> str:
    """The order that a row belongs to: rows name themselves by people, who may be others."""
    order = getattr(getattr(row, "enrollment", row), "order", None)
    return order.code if order else str(row)


def _facts(row: models.Model, names: str) -> list[ExportFact]:
    """The values of a row that are there, named as staff pages name them."""
    facts = []
    for name in names.split():
        field = row._meta.get_field(name)
        value = getattr(row, name)
        if value in (None, ""):
            continue
        display = getattr(row, f"get_{name}_display", None)
        words = str(display()) if display else CODES.get(name, shown)(value)
        stored = str(value) if isinstance(value, models.Model) else value
        label = str(getattr(field, "verbose_name", name))
        is_code = bool(display) or name in CODES
        facts.append(ExportFact(name, label, stored, words, is_code=is_code))
    return facts


def _method(text: str) -> str:
    return in_language(*method_in_words(text))


def _actor(by: str) -> str:
    """Role and number, as the journal has them: no name of a member of staff is given out."""
    role, _colon, key = by.partition(":")
    return f"{ROLES.get(role, role)} {key}".strip()


def _kind_of_file(content_type: str) -> str:
    return STORED_ENDINGS.get(content_type, content_type).upper()


# Columns that hold a code and have no choices of their own.
CODES: dict[str, Callable[[str], str]] = {
    "provider": provider_name,
    "method": _method,
    "by": _actor,
    "content_type": _kind_of_file,
}


def shown(value: Any) -> str:
    """A value as people read it, in the language spoken now."""
    match value:
        case bool():
            return _("yes") if value else _("no")
        case datetime():
            return f"{short_day(localtime(value).date())}, {date_format(localtime(value), 'H:i')}"
        case date():
            return short_day(value)
        case Decimal():
            return tenge_text(value)
    return str(value)
