"""The consents: exact text, time, and when each was withdrawn (5.1, 5.3)."""

from enrollment.models import (
    Consent,
    ConsentPurpose,
    ConsentWay,
    GuardianConsent,
    GuardianWay,
    Order,
    Relation,
)

from .parts import (
    Both,
    File,
    Part,
    ProofChapter,
    Table,
    Words,
    both,
    canonical,
    columns,
    moment,
)

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


def guardian_consent(order: Order) -> Part:
    """The consent of a minor's parent or guardian (1.1): who, when, how, and to which words."""
    consent = GuardianConsent.objects.filter(order=order).first()
    if consent is None:
        return Part("guardian", None)
    names = "surname name patronymic relation email phone asked_at given_at way language"
    facts = columns(consent, f"{names} given_by origin_digest")
    lines: list[tuple[Both, Words]] = [
        (("Заңды өкілі", "Законный представитель"), consent.full_name),
        (("Кім болып келеді", "Кем приходится"), both(Relation(consent.relation).label)),
        (("Байланысы", "Контакты"), f"{consent.email}, {consent.phone}"),
        (("Сұралды", "Запрошено"), moment(consent.asked_at)),
    ]
    files = []
    if consent.given_at:
        lines += [
            (("Берілді", "Дано"), moment(consent.given_at)),
            (("Қалай", "Как"), both(GuardianWay(consent.way).label)),
            (("Мәтіні", "Текст"), consent.text),
        ]
        files.append(File("consents/guardian.txt", consent.text.encode, consent.text_digest()))
    title = ("Заңды өкілінің келісімі", "Согласие законного представителя")
    return Part("guardian", facts, [ProofChapter("guardian", title, lines)], files)
