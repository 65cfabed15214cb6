"""The papers of the contract in both languages: the offer (12.2.2) and its acceptance (2.3)."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest
from typing import Any

from django.template.loader import render_to_string

from enrollment.models import GuardianConsent, GuardianWay, Order, PartyKind
from enrollment.rules.companies import BUSINESS_NUMBER
from enrollment.rules.identifiers import AGE_OF_CONSENT, age_on, readable_phone
from enrollment.rules.methods import method_in_words
from enrollment.rules.offer_text import OfferText, paired
from offer_site.days import ALMATY, almaty_day, short_day
from offer_site.money import tenge_text
from offer_site.pdf import NotSharedError, Underlay, set_text, shared_pages, style

A4 = (210, 297)

RELATIONS = {
    "parent": ("ата-анасы", "родитель"),
    "guardian": ("қамқоршысы", "попечитель"),  # from 14 to 18
    "adopter": ("асырап алушысы", "усыновитель"),
}
# The law has another word for the guardian of a child under 14 (0064).
OF_A_CHILD = RELATIONS | {"guardian": ("қорғаншысы", "опекун")}
GUARDIAN_WAYS = {
    GuardianWay.LINK: ("хаттағы сілтеме арқылы", "по ссылке из письма"),
    GuardianWay.ALOUD: ("мәтін дауыстап оқылды", "текст прочитан вслух"),
}

# How the User consents to an order that a third party took (2.6, 5.1).
CONSENTS_OF_TAKEN = {
    "aloud": ("келісімдер дауыстап оқылды", "согласия зачитаны вслух"),
    "link": (
        "келісімдерді Пайдаланушы сілтеме арқылы берді",
        "согласия Пользователь дал по ссылке",
    ),
    "own": ("келісімдерді Пайдаланушы өзі берді", "согласия Пользователь дал сам"),
}


@dataclass(frozen=True)
class Row:
    """A line of the acceptance sheet; without `ru_value`, one value serves both languages."""

    kk: str
    ru: str
    kk_value: str
    ru_value: str | None = None


@dataclass(frozen=True)
class Sheet:
    accepted_on: date
    rows: list[Row]


def offer_pdf(
    *,
    name: str,
    effective_from: date,
    texts: Mapping[str, OfferText],
    digests: Mapping[str, str],
    academy: Mapping[str, Any],
) -> bytes:
    """Both texts of an edition as one PDF; the same edition gives the same bytes (12.2.2)."""
    facts = offer_facts(
        name=name,
        effective_from=effective_from,
        texts=texts,
        digests=digests,
        academy=academy,
    )
    return _with_offer("pdf/offer.html", facts, f"{digests['kk']}{digests['ru']}".encode())


def offer_facts(
    *,
    name: str,
    effective_from: date,
    texts: Mapping[str, OfferText],
    digests: Mapping[str, str],
    academy: Mapping[str, Any],
) -> dict[str, Any]:
    """What the template of the offer reads."""
    return {
        "edition_name": name,
        "digests": digests,
        "academy": academy,
        **_both(texts, effective_from),
    }


def contract_paper(order: Order, texts: Mapping[str, OfferText]) -> bytes:
    """The acceptance sheet and both texts of the accepted edition, as one PDF (2.1, 2.3)."""
    return _with_offer("pdf/contract.html", contract_facts(order, texts), order.code.encode())


def contract_facts(order: Order, texts: Mapping[str, OfferText]) -> dict[str, Any]:
    """What the template of the contract reads."""
    edition = order.edition
    return {
        "order": order,
        "acceptance": order.acceptance,
        "sheet": Sheet(almaty_day(order.acceptance.accepted_at), acceptance_rows(order)),
        "academy": edition.academy,
        "digests": {"kk": edition.kk_sha256, "ru": edition.ru_sha256},
        **_both(texts, edition.effective_from),
    }


def _with_offer(template: str, context: Mapping[str, Any], identifier: bytes) -> bytes:
    """A paper of a sheet of its own and of the offer's pages, which are set once a process."""
    form = style("contract")
    under = (Underlay.drawn("cover", *A4),)
    offer = shared_pages(render_to_string("pdf/offer_pages.html", context), form)
    if offer:
        html = render_to_string(template, {**context, "shared_pages": offer.pages})
        with suppress(NotSharedError):
            return set_text(html, form, under, identifier=identifier, shared=offer)
    return set_text(render_to_string(template, context), form, under, identifier=identifier)


def _both(texts: Mapping[str, OfferText], effective_from: date) -> dict[str, Any]:
    """Both texts side by side for the table, Kazakh first."""
    kk = texts["kk"]
    ru = texts["ru"]
    return {
        "effective_from": effective_from,
        "titles": [kk.title, ru.title],
        "preambles": list(zip_longest(kk.preamble, ru.preamble)),
        "sections": paired({"kk": kk, "ru": ru}),
    }


def acceptance_rows(order: Order) -> list[Row]:
    """What was accepted, by whom and by which payment, in both languages (2.2.1)."""
    acceptance = order.acceptance
    academy = order.edition.academy
    edition = order.edition
    sealed = acceptance.sealed
    tariff = order.tariff
    service = f"«{edition.terms['course']}» – {tariff.package.name}, "
    duration = edition.terms["duration"]
    days = " – ".join(_numbered(day) for day in sealed["cohort"][1:])
    paid_at = acceptance.accepted_at.astimezone(ALMATY)
    return [
        *_people(order),
        *_taken(order),
        Row("Орындаушы", "Исполнитель", academy.name_kk, academy.name_ru),
        Row(
            "Қызмет, тариф (4.1-т.)",
            "Услуга, тариф (п. 4.1)",
            service + tariff.label_kk,
            service + tariff.label_ru,
        ),
        Row(
            "Мерзімі", "Срок", f"{duration['label_kk']}: {days}", f"{duration['label_ru']}: {days}"
        ),
        Row(
            "Бағасы",
            "Стоимость",
            f"{tenge_text(acceptance.price)}, ҚҚС-сыз (4.2-т.)",
            f"{tenge_text(acceptance.price)}, без налога (п. 4.2)",
        ),
        _schedule(sealed["schedule"]),
        Row("Акцепт: төлем", "Акцепт: оплата", *_payment(order, paid_at)),
        Row(
            "Оферта редакциясы",
            "Редакция оферты",
            f"{edition.name}, {short_day(edition.effective_from)} күнінен бастап күшінде\n"
            f"{'қазақша' if acceptance.language == 'kk' else 'орысша'} оқылды",
            f"{edition.name}, действует с {short_day(edition.effective_from)}\n"
            f"прочитана на {'казахском' if acceptance.language == 'kk' else 'русском'} языке",
        ),
    ]


def _people(order: Order) -> list[Row]:
    """Who is bound and who is taught: a person, a minor's guardian, or a company (1.1).

    The values are those that were accepted, not those of today.
    """
    sealed = order.acceptance.sealed
    party = order.party.as_accepted(sealed["party"])
    learner = order.learner.as_accepted(sealed["learner"])
    contacts = Row(
        "Мекенжайы, телефоны, электрондық поштасы",
        "Адрес, телефон, электронная почта",
        "\n".join(filter(None, [party.address, f"{readable_phone(party.phone)} · {party.email}"])),
    )
    if party.kind == PartyKind.COMPANY:
        authorized = ", ".join(filter(None, [party.full_name, party.position]))
        kk, ru = BUSINESS_NUMBER[party.is_sole_trader]
        return [
            Row(
                f"Пайдаланушы, {kk}",
                f"Пользователь, {ru}",
                f"{party.company_name}, {party.business_number}",
            ),
            Row("Уәкілетті тұлға, лауазымы", "Уполномоченное лицо, должность", authorized),
            contacts,
            Row("Тыңдаушы", "Слушатель", learner.full_name),
        ]
    user = Row(
        "Пайдаланушы", "Пользователь", _with_birth_date(learner.full_name, learner.birth_date)
    )
    if party.kind == PartyKind.GUARDIAN:
        kk, ru = _relation(party.relation, learner.birth_date, almaty_day(order.placed_at))
        return [
            user,
            Row(
                "Оның заңды өкілі",
                "Его законный представитель",
                f"{party.full_name}, {kk}",
                f"{party.full_name}, {ru}",
            ),
            contacts,
        ]
    if party.kind == PartyKind.MINOR:
        return [user, *_consent_of_guardian(order), contacts]
    return [user, contacts]


def _taken(order: Order) -> list[Row]:
    """Who took the order for the User, as it was accepted; no row where nobody did (2.6)."""
    taken = order.acceptance.sealed.get("taken")
    if not taken:
        return []
    kk = []
    ru = []
    if taken["partner"]:
        kk.append(f"серіктес: {taken['partner_name']}")
        ru.append(f"партнёр: {taken['partner_name']}")
    if taken["staff"]:
        kk.append(f"Орындаушының № {taken['staff']} қызметкері, телефон арқылы")
        ru.append(f"сотрудник Исполнителя № {taken['staff']}, по телефону")
    how_kk, how_ru = CONSENTS_OF_TAKEN[taken["consents"]]
    return [
        Row(
            "Тапсырысты қабылдаған (2.6-т.)",
            "Заказ принял (п. 2.6)",
            "\n".join([*kk, how_kk]),
            "\n".join([*ru, how_ru]),
        )
    ]


def _consent_of_guardian(order: Order) -> list[Row]:
    """Who consented to a minor's contract, when and how (1.1)."""
    consent = GuardianConsent.objects.given().filter(order=order).first()
    if consent is None:
        return []
    given_on = short_day(almaty_day(consent.given_at)) if consent.given_at else ""
    kk, ru = RELATIONS.get(consent.relation, (consent.relation, consent.relation))
    how_kk, how_ru = GUARDIAN_WAYS[GuardianWay(consent.way)]
    return [
        Row(
            "Заңды өкілінің келісімі",
            "Согласие законного представителя",
            f"{consent.full_name}, {kk}\n{given_on} күні берілді, {how_kk}",
            f"{consent.full_name}, {ru}\nдано {given_on}, {how_ru}",
        )
    ]


def _relation(relation: str, birth_date: date | None, placed_on: date) -> tuple[str, str]:
    """Who the representative was to the child on the day of the order, as the law names it."""
    is_child = birth_date is not None and age_on(birth_date, placed_on) < AGE_OF_CONSENT
    words = OF_A_CHILD if is_child else RELATIONS
    return words.get(relation, (relation, relation))


def _with_birth_date(name: str, birth_date: date | None) -> str:
    return f"{name}, {short_day(birth_date)}" if birth_date else name


def _schedule(installments: list[list[Any]]) -> Row:
    """What is due and when; the first installment accepted the offer (4.3, 4.3.1)."""
    lines: dict[str, list[str]] = {"kk": [], "ru": []}
    for number, amount, due_on in installments:
        paid = number == installments[0][0]
        day = _numbered(due_on)
        lines["kk"].append(
            f"{tenge_text(amount)} – "
            + (f"{day}, төленді ✓" if paid else f"{day} күніне дейін (4.3.1-т.)")
        )
        lines["ru"].append(
            f"{tenge_text(amount)} – " + (f"{day}, оплачено ✓" if paid else f"до {day} (п. 4.3.1)")
        )
    return Row("Төлем кестесі", "График оплаты", "\n".join(lines["kk"]), "\n".join(lines["ru"]))


def _payment(order: Order, paid_at: datetime) -> tuple[str, str]:
    """What was paid, when by the provider's clock, by which method and reference (2.2.1)."""
    acceptance = order.acceptance
    kk, ru = method_in_words(acceptance.method)
    amount = tenge_text(acceptance.amount)
    moment = short_day(paid_at.date())
    fee = tenge_text(acceptance.commission) if acceptance.commission else ""
    zone_kk = ""
    zone_ru = ""
    if acceptance.has_hour:
        moment = f"{moment}, {paid_at:%H:%M:%S}"
        zone_kk = " (Алматы уақыты)"
        zone_ru = " (время Алматы)"
    said_kk, said_ru = (
        (f"\nбұдан бөлек комиссия {fee} (4.5-т.)", f"\nкомиссия сверх этого {fee} (п. 4.5)")
        if fee
        else ("", "")
    )
    return (
        f"{amount}, {moment}{zone_kk}\n{kk}, операция {acceptance.reference}{said_kk}",
        f"{amount}, {moment}{zone_ru}\n{ru}, операция {acceptance.reference}{said_ru}",
    )


def _numbered(iso: str) -> str:
    return short_day(date.fromisoformat(iso))
