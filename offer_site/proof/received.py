"""Letters that came, and paper both ways, byte for byte (12.1)."""

from functools import partial
from typing import Any

from enrollment.models import Order
from offer_site.correspondence.models import Form, Letter, Standing, Way
from offer_site.correspondence.threads import is_of_party, names_of_party
from offer_site.documents import ENDINGS
from offer_site.retention.holdings import GONE

from .parts import File, Part, ProofChapter, Table, both, columns, day, moment, stored

LETTER = (
    "way form standing sender recipient subject written_at arrived_at recorded_at message_id "
    "raw_sha256 is_whole authentication"
)


def received(order: Order) -> Part:
    """The register of the order's letters, but those that left by e-mail: `notices` has them.

    What is not known to be the party's is named by its digest alone: it may be another person's.
    """
    found = list(Letter.objects.of_order(order).prefetch_related("files", "receipts"))
    theirs = _of_party(order, found)
    rows = [
        (
            str(number),
            moment(each.arrived_at),
            both(Way(each.way).label),
            both(Form(each.form).label),
            (each.subject if each in theirs else "") or "–",
            both(Standing(each.standing).label),
        )
        for number, each in enumerate(found, 1)
    ]
    headings = (
        "№",
        ("Келді немесе жіберілді", "Пришло или отправлено"),
        ("Бағыты", "Направление"),
        ("Түрі", "Форма"),
        ("Тақырыбы", "Тема"),
        ("Қалай есептеледі", "Чем считается"),
    )
    left_out = (
        "Басқа мекенжайдан келген және оқу мүмкін болмаған хаттардың мәтіні мұнда жоқ, "
        "тек бақылау сомасы бар.",
        "Текста писем с других адресов и тех, которые не удалось прочитать, здесь нет, "
        "есть только их контрольная сумма.",
    )
    chapter = ProofChapter(
        "received",
        ("Хаттар тізілімі (12.1)", "Реестр писем (12.1)"),
        tables=[Table("received", headings, rows)],
        nothing=("Тізілімде хат жоқ.", "Писем в реестре нет."),
        notes=[left_out] if len(theirs) < len(found) else (),
    )
    numbered = list(enumerate(found, 1))
    files = [file for number, each in numbered if each in theirs for file in _files(number, each)]
    facts = [_facts(number, each, is_theirs=each in theirs) for number, each in numbered]
    return Part("letters_received", facts, [chapter], files)


def _of_party(order: Order, letters: list[Letter]) -> set[Letter]:
    """The letters of the party and ours to it; of an erased one nothing is left to hide."""
    own = names_of_party(order)
    return {each for each in letters if is_of_party(each, own) or _is_erased(each)}


def _is_erased(letter: Letter) -> bool:
    return letter.sender == GONE and letter.standing != Standing.OTHER_ADDRESS


def _facts(number: int, letter: Letter, *, is_theirs: bool) -> dict[str, Any]:
    named = columns(letter, LETTER)
    if not is_theirs:
        named |= {"sender": "", "subject": "", "authentication": ""}
    return named | {
        "file": _name(number, letter) if is_theirs else "",
        "files": [columns(each, "content_type size sha256") for each in letter.files.all()],
        "receipts": [
            columns(each, "number document_sha256") | {"day": day(each.day)}
            for each in letter.receipts.all()
        ],
    }


def _files(number: int, letter: Letter) -> list[File]:
    papers = [
        File(
            f"letters/{number:03}-receipt-{each.pk}.{ENDINGS[each.document_type]}",
            partial(stored, each.document),
            each.document_sha256,
        )
        for each in letter.receipts.all()
    ]
    letters = [File(_name(number, letter), partial(stored, letter.raw), letter.raw_sha256)]
    if letter.document:
        letters.append(
            File(
                f"letters/{number:03}-paper.{ENDINGS[letter.document_type]}",
                partial(stored, letter.document),
                letter.document_sha256,
            )
        )
    return [*letters, *papers]


def _name(number: int, letter: Letter) -> str:
    return f"letters/{number:03}-{letter.form}.eml"
