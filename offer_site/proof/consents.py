"""The consents: exact text, time, and when each was withdrawn (5.1, 5.3)."""

from enrollment.models import Consent, ConsentPurpose, ConsentWay, Order

from .parts import Both, File, Part, ProofChapter, Table, both, canonical, columns, moment

LANGUAGES = {"kk": ("қазақша", "на казахском"), "ru": ("орысша", "на русском")}


def _language_and_way(consent: Consent) -> Both:
    """The language, and how it was given where it was not ticked at the checkout (2.6)."""
    kk, ru = LANGUAGES[consent.language]
    if consent.way == ConsentWay.CHECKOUT:
        return kk, ru
    way_kk, way_ru = both(ConsentWay(consent.way).label)
    return f"{kk}, {way_kk}", f"{ru}, {way_ru}"


def consents(order: Order) -> Part:
    """The consents of the order's party; each text is a separate file, byte for byte."""
    given = list(
        Consent.objects.filter(party=order.party_id)
        .select_related("withdrawal")
        .order_by("given_at", "pk")
    )
    facts = []
    rows = []
    files = []
    for consent in given:
        withdrawal = getattr(consent, "withdrawal", None)
        again = "" if consent.number == 1 else f"-{consent.number}"
        name = f"consents/{consent.purpose}{again}.txt"
        facts.append(
            columns(consent, "purpose text language given_at origin_digest way")
            | {"file": name, "withdrawn": columns(withdrawal, "at by") if withdrawal else None}
        )
        files.append(File(name, consent.text.encode))
        rows.append(
            (
                both(ConsentPurpose(consent.purpose).label),
                consent.text,
                _language_and_way(consent),
                moment(consent.given_at),
                moment(withdrawal.at) if withdrawal else "–",
            )
        )
    party = order.party
    if any(consent.origin_digest == party.origin_digest() for consent in given):
        origin = {"address": party.origin_address or "", "agent": party.origin_agent}
        files.append(
            File(
                "consents/origin.txt",
                f"{party.salt}|{canonical(origin)}".encode,
                party.origin_digest(),
            )
        )
    headings = (
        ("Мақсаты", "Цель"),
        ("Берілген мәтін", "Текст, с которым согласились"),
        ("Тілі", "Язык"),
        ("Берілді", "Дано"),
        ("Қайтарып алынды", "Отозвано"),
    )
    chapter = ProofChapter(
        "consents", ("Келісімдер", "Согласия"), tables=[Table("consents", headings, rows)]
    )
    return Part("consents", facts, [chapter], files)
