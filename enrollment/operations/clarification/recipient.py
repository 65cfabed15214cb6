"""The recipient of a certificate as the rules compare it; its settled doubts (9.2, 9.3, 9.5)."""

from typing import Any

from enrollment.models import Clarification, Order, salted_digest
from enrollment.rules.names import NamedParts
from enrollment.rules.recipient import Doubt, Field, Recipient, doubts_of

# The parts of a field: the name of each in a form, and where it is stored.
PARTS: dict[Field, dict[str, tuple[str, str]]] = {
    Field.LEARNER: {
        "learner_surname": ("learner", "surname"),
        "learner_name": ("learner", "name"),
        "learner_patronymic": ("learner", "patronymic"),
    },
    Field.AUTHORIZED: {
        "surname": ("party", "surname"),
        "name": ("party", "name"),
        "patronymic": ("party", "patronymic"),
    },
    Field.BIRTH_DATE: {"birth_date": ("learner", "birth_date")},
    Field.LEARNER_IIN: {"learner_iin": ("learner", "iin")},
    **{field: {field.value: ("party", field.value)} for field in (
        Field.COMPANY_NAME, Field.BIN, Field.ADDRESS, Field.POSTAL_ADDRESS, Field.POSITION,
        Field.EMAIL,
    )},
}  # fmt: skip


OF_COMPANY = frozenset(
    field
    for field, parts in PARTS.items()
    if {owner for owner, _name in parts.values()} == {"party"}
)


def recipient_of(order: Order) -> Recipient:
    """Needs an order read with its people."""
    party = order.party
    learner = order.learner
    return Recipient(
        kind=party.kind,
        learner=NamedParts(learner.surname, learner.name, learner.patronymic),
        party=NamedParts(party.surname, party.name, party.patronymic),
        address=party.address or "",
        email=party.email,
        postal_address=party.postal_address or "",
        company_name=party.company_name,
        bin=party.bin,
        position=party.position,
        iin=party.iin or "",
        birth_date=learner.birth_date,
        learner_iin=learner.iin or "",
    )


def value_of(order: Order, part: str) -> Any:
    owner, name = next(parts[part] for parts in PARTS.values() if part in parts)
    return getattr(getattr(order, owner), name)


def digest_of_field(order: Order, field: Field) -> str:
    """The salted digest of a field's value now: evidence keeps it instead of the value (A2)."""
    owner = next(iter(PARTS[field].values()))[0]
    return salted_digest(getattr(order, owner).salt, recipient_of(order).value(field))


def settled_by(question: Clarification, order: Order) -> list[list[str]]:
    """The fields of an ended question with digests of their values: they are not asked again."""
    return [
        [field, digest_of_field(order, field)]
        for field in dict.fromkeys(doubt.field for doubt in question.doubts)
    ]


def unsettled_doubts(order: Order) -> list[Doubt]:
    """The doubts about a recipient that no earlier question ended for the same value.

    Nor does it ask about a value that the buyer was asked about before the order and kept. What a question under another order of the company's invoice asks, or has ended, is not doubtful
    here.
    """
    doubts = [
        doubt
        for doubt in doubts_of(recipient_of(order))
        if [doubt.field, digest_of_field(order, doubt.field)] not in order.confirmed
    ]
    if not doubts:
        return []
    known = list(Clarification.objects.holding_up(order.pk).select_related("order__party"))
    return [
        doubt
        for doubt in doubts
        if not any(_is_taken_by(each, doubt.field, order) for each in known)
    ]


def _is_taken_by(question: Clarification, field: Field, order: Order) -> bool:
    """True if the question ended with the present value, or asks the company about it elsewhere."""
    if question.order_id == order.pk:
        return [field, digest_of_field(order, field)] in question.settled
    if field not in OF_COMPANY:
        return False
    digest = salted_digest(question.order.party.salt, recipient_of(order).value(field))
    is_asked = question.is_open and any(doubt.field == field for doubt in question.doubts)
    return is_asked or [field, digest] in question.settled
