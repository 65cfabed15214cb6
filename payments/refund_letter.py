"""The reasoned answer about a refund: both languages side by side, of equal force (4.6, 10.2.3)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string

from enrollment.models import Academy, Order, PartyKind
from offer_site.days import almaty_day, day_in_words, short_day
from offer_site.money import tenge_text
from payments.models import AskedBy, Ground, LedgerEntry, RefundCase, RefundDecision
from payments.providers import PROVIDERS

# The letter has both languages on one sheet, so its words are data: (Kazakh, Russian).
GROUNDS = {
    Ground.CHANGE_OF_MIND: ("қатысу ниетінің өзгеруі (4.6-т.)", "отказ от участия (п. 4.6)"),
    Ground.LAW: (
        "шарттан заң бойынша бас тарту (ҚР АК 686-бабы)",
        "отказ от договора по закону (ст. 686 ГК РК)",
    ),
    Ground.ACADEMY_FAULT: ("Орындаушының кінәсі", "вина Исполнителя"),
    Ground.DOUBLE: ("қайталап немесе қате төлеу", "двойная или ошибочная оплата"),
    Ground.LAPSED: (
        "тапсырыс күшін жойғаннан кейінгі төлем (4.3-т.)",
        "оплата после того, как заказ утратил силу (п. 4.3)",
    ),
    Ground.EXCESS: ("қажетті сомадан артық төлеу", "оплата сверх причитающейся суммы"),
    Ground.COURT: ("сот шешімі", "решение суда"),
    Ground.MINOR: (
        "кәмелетке толмаған адамның заңды өкілінің келісімінсіз төлемі",
        "оплата несовершеннолетним без согласия законного представителя",
    ),
    Ground.FORCE_MAJEURE: ("еңсерілмейтін күш (8-бөлім)", "непреодолимая сила (раздел 8)"),
    Ground.GOODWILL: ("Орындаушының ізгі ниеті", "добрая воля Исполнителя"),
    Ground.CABINET: (
        "төлем жүйесінің кабинетінде жасалған қайтару",
        "возврат, сделанный в кабинете платёжной системы",
    ),
}
ASKED = {
    AskedBy.CUSTOMER: ("Пайдаланушы", "Пользователь"),
    AskedBy.GUARDIAN: ("заңды өкіл", "законный представитель"),
    AskedBy.PAYER: ("төлеуші", "плательщик"),
    AskedBy.AUTHORITY: ("сот немесе мемлекеттік орган", "суд или государственный орган"),
}
OTHERWISE = ("төлем қандай жолмен келсе, сол жолмен", "тем же способом, которым пришла оплата")
THEN = (
    "банк оны шотыңызға өз мерзімінде түсіреді. Ақша жіберілгенде операция нөмірін хатпен жазамыз.",
    "банк зачислит деньги в свой срок. Когда деньги уйдут, мы пришлём письмо с номером операции.",
)


@dataclass(frozen=True)
class Line:
    """A line of the calculation: Kazakh, Russian, and the written amount."""

    kk: str
    ru: str
    amount: str
    is_sum: bool = False


def refund_letter_pdf(
    case: RefundCase,
    decision: RefundDecision,
    *,
    receipts: list[LedgerEntry],
    payouts: list[tuple[str, Decimal]],
    refunds: list[LedgerEntry],
    academy: Academy,
    decided_on: date,
    is_draft: bool = False,
) -> bytes:
    """The answer as a PDF; the same decision gives the same bytes.

    `payouts` are the provider of a receipt and an amount; `refunds` are those made before the
    decision.
    """
    from offer_site.pdf import set_text, style

    context: dict[str, Any] = {
        "case": case,
        "decision_granted": tenge_text(decision.granted),
        "academy": academy,
        "is_draft": is_draft,
        "decided_on": decided_on,
        "receiver": _receiver(case),
        "service": _service(case.order),
        "demand": _demand(case),
        "ground": GROUNDS[Ground(case.ground)],
        "lines": _lines(case, decision, receipts),
        "verdict": _verdict(decision),
        "payouts": _repayments(payouts, refunds, decided_on),
        "reasons": (_paragraphs(decision.reasons_kk), _paragraphs(decision.reasons_ru)),
    }
    html = render_to_string("pdf/refund_letter.html", context)
    return set_text(
        html, style("refund_letter"), identifier=f"{case.number} {decision.pk} {is_draft}".encode()
    )


def _receiver(case: RefundCase) -> str:
    """The receiver of the answer: a company or a person; only an e-mail for money of no order."""
    party = case.order.party if case.order else None
    if party is None:
        return case.email or "–"
    return party.company_name if party.kind == PartyKind.COMPANY else party.full_name


def _demand(case: RefundCase) -> tuple[str, str]:
    """The day of the demand and who made it; or that the academy acted on its own."""
    day = short_day(case.asked_on)
    if case.asked_by == AskedBy.ACADEMY:
        return f"{day}, Орындаушының өз бастамасымен", f"{day}, по инициативе Исполнителя"
    kk, ru = ASKED[AskedBy(case.asked_by)]
    return f"{day} күні келді, талап еткен – {kk}", f"поступило {day}, заявитель – {ru}"


def _service(order: Order | None) -> str:
    return f"«{order.cohort.course.name}» – {order.tariff.package.name}" if order else ""


def _lines(case: RefundCase, decision: RefundDecision, receipts: list[LedgerEntry]) -> list[Line]:
    lines = [Line("Түскені", "Поступило", tenge_text(decision.received), is_sum=True)]
    for entry in receipts:
        day = short_day(almaty_day(entry.happened_at))
        lines.append(Line(f"{day}, операция {entry.reference}", "", tenge_text(entry.amount)))
    costs = list(case.costs.filter(removed_at=None))
    if costs:
        lines.append(
            Line(
                "Орындаушының іс жүзіндегі шығындары",
                "Фактические расходы Исполнителя",
                _less(decision.costs),
                is_sum=True,
            )
        )
        lines += [
            Line(cost.what_kk, f"{cost.what_ru} ({cost.document})", _less(cost.amount))
            for cost in costs
        ]
    if decision.refunded:
        lines.append(
            Line("Бұрын қайтарылғаны", "Возвращено ранее", _less(decision.refunded), is_sum=True)
        )
    if costs or decision.refunded:
        rest = max(decision.received - decision.refunded - decision.costs, Decimal(0))
        lines.append(
            Line("Есеп бойынша қалдық", "Остаток по расчёту", tenge_text(rest), is_sum=True)
        )
    return lines


def _less(amount: Decimal) -> str:
    return f"− {tenge_text(amount)}" if amount else tenge_text(amount)


def _verdict(decision: RefundDecision) -> tuple[str, str]:
    """The decision in one sentence, and what becomes of the contract in another."""
    amount = tenge_text(decision.granted)
    if decision.granted and decision.granted == decision.made:
        kk = f"Сізге {amount} қайтарылды."
        ru = f"Вам возвращено {amount}."
    elif decision.granted:
        kk = f"Сізге {amount} қайтарылады."
        ru = f"Вам возвращается {amount}."
    else:
        kk = "Ақшаны қайтару туралы талап қанағаттандырылмайды."
        ru = "Требование о возврате денег отклонено."
    if decision.ends_order:
        kk += " Осы күннен бастап шарт бұзылды, курсқа қолжетімділік жабылды."
        ru += " С этого дня договор расторгнут, доступ к курсу закрыт."
    return kk, ru


def _repayments(
    payouts: list[tuple[str, Decimal]], refunds: list[LedgerEntry], decided_on: date
) -> tuple[list[str], list[str]]:
    """How and when each part goes back, or went."""
    lines_kk = []
    lines_ru = []
    for refund in refunds:
        amount_of = tenge_text(refund.amount)
        day = short_day(almaty_day(refund.happened_at))
        lines_kk.append(f"{amount_of} – {day} күні қайтарылды, операция {refund.reference}.")
        lines_ru.append(f"{amount_of} – возвращено {day}, операция {refund.reference}.")
    for provider, amount in payouts:
        known = PROVIDERS.get(provider)
        kk, ru = known.refund_words if known else OTHERWISE
        lines_kk.append(
            f"{tenge_text(amount)} – {kk}. Төлей бастайтын күн: {day_in_words(decided_on, 'kk')}; "
            + THEN[0]
        )
        lines_ru.append(
            f"{tenge_text(amount)} – {ru}. Перечислять начнём {day_in_words(decided_on, 'ru')}; "
            + THEN[1]
        )
    return lines_kk, lines_ru


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
