"""The contract: the parties, the text, the price, and the payment that accepted it (2.1, A3)."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from enrollment.models import Acceptance, Learner, Order, Party
from enrollment.models.order import Installment
from enrollment.operations.paper.contracts import contract_of
from enrollment.rendering import acceptance_rows
from enrollment.rules.order_states import OrderState

from .parts import (
    Both,
    File,
    Part,
    ProofChapter,
    Table,
    both,
    canonical,
    columns,
    day,
    moment,
    money,
    stored,
)

Person = Party | Learner
OFFER_FILES = ("kk.md", "ru.md", "terms.toml", "offer.pdf")
ACADEMY = (
    "name_kk name_ru brand representative_kk representative_ru registration registered_on "
    "address_kk address_ru site "
    "email signatory signatory_position_kk signatory_position_ru"
)


def contract(order: Order) -> Part:
    """Order, edition, acceptance and people, with everything their digests are made of."""
    made = order.acceptance
    edition = order.edition
    installments = list(order.installments.order_by("number"))
    party, learner = accepted_people(order)
    people = {
        "party": _sealed_person(party, made.sealed["party"]),
        "learner": _sealed_person(learner, made.sealed["learner"]),
    }
    facts = {
        "order": columns(
            order, "code state placed_at placed_on reopened_on kept_until language price prepayment"
        )
        | {
            "tariff": {
                "row": order.tariff.row,
                "package": order.tariff.package.name,
                "level": order.tariff.level,
            },
            "cohort": columns(order.cohort, "name starts_on ends_on"),
            "invoice": columns(order.invoice, "code language placed_at") if order.invoice else None,
        },
        "edition": columns(edition, "name published_at effective_from kk_sha256 ru_sha256"),
        "installments": [columns(each, "number amount due_on moved_to") for each in installments],
        "acceptance": columns(
            made,
            "accepted_at recorded_at language price provider method reference amount sealed digest",
        ),
        "people": people,
        # Who took the order for the buyer (2.6): a number of staff, a partner by name.
        "taken": order.taking.facts() | columns(order.taking, "taken_at")
        if order.taken_by
        else None,
        "corrected_since": _corrected(order, party, learner),
        "academy": columns(edition.academy, ACADEMY),
    }
    return Part(
        "contract", facts, [_chapter(order, installments)], list(_files(order, party, learner))
    )


def accepted_people(order: Order) -> tuple[Party, Learner]:
    """The party and the learner as they were when the offer was accepted."""
    sealed = order.acceptance.sealed
    return order.party.as_accepted(sealed["party"]), order.learner.as_accepted(sealed["learner"])


def _sealed_person(person: Person, digest: str) -> dict[str, Any]:
    """A person's values with their salt; only the digest if they were erased (A2)."""
    if person.digest() != digest:
        return {"digest": digest, "erased": True}
    return {"digest": digest, "erased": False, "salt": person.salt, "values": person.facts()}


def _corrected(order: Order, party: Party, learner: Learner) -> dict[str, Any]:
    """The current values that differ from the accepted ones."""
    pairs: dict[str, tuple[Person, Person]] = {
        "party": (order.party, party),
        "learner": (order.learner, learner),
    }
    return {name: now.facts() for name, (now, then) in pairs.items() if now.facts() != then.facts()}


def _files(order: Order, party: Party, learner: Learner) -> Iterator[File]:
    made = order.acceptance
    edition = order.edition
    known = {"kk.md": edition.kk_sha256, "ru.md": edition.ru_sha256}
    for name in OFFER_FILES:
        yield File(f"offer/{name}", partial(edition.file, name), known.get(name, ""))
    paper = contract_of(order.code)
    yield File("contract/contract.pdf", partial(stored, paper.name), paper.sha256)
    yield File("contract/acceptance.json", lambda: canonical(made.sealed).encode(), made.digest)
    people: list[tuple[str, Person]] = [("party", party), ("learner", learner)]
    for name, person in people:
        if person.digest() == made.sealed[name]:
            text = f"{person.salt}|{canonical(person.facts())}"
            yield File(f"contract/{name}.txt", text.encode, made.sealed[name])


def _chapter(order: Order, installments: list[Installment]) -> ProofChapter:
    made: Acceptance = order.acceptance
    lines: list[tuple[Both, Any]] = [
        (("Тапсырыс", "Заказ"), order.code),
        (("Тапсырыс берілген уақыт", "Заказ сделан"), moment(order.placed_at)),
        *([(("Компанияның шоты", "Счёт компании"), order.invoice.code)] if order.invoice else []),
        (("Қазіргі күйі", "Состояние сейчас"), both(OrderState(order.state).label)),
        *(
            (
                (row.kk, row.ru),
                row.kk_value if row.ru_value is None else (row.kk_value, row.ru_value),
            )
            for row in acceptance_rows(order)
        ),
        (("Акцепт деректерінің SHA-256", "SHA-256 данных акцепта"), made.digest),
    ]
    moved = [
        (str(each.number), money(each.amount), day(each.due_on), day(each.moved_to))
        for each in installments
        if each.moved_to
    ]
    headings = (
        "№",
        ("Сома", "Сумма"),
        ("Бастапқы күні", "Первоначальный день"),
        ("Жаңа күні", "Новый день"),
    )
    return ProofChapter(
        "contract", ("Шарт", "Договор"), lines, [Table("four", headings, moved)] if moved else ()
    )
