"""Certificates as issued, with what became of them; a company's act of performed work (9.1)."""

from functools import partial

from certificates.models import Certificate
from enrollment.models import Order
from payments.operations.books.acts import act_name, paper_of

from .parts import Both, File, Part, ProofChapter, Table, columns, day, moment, stored

CERTIFICATE = (
    "number code learner_name company_name course_name package_name starts_on ends_on issued_on "
    "face numbered_at "
    "sha256 rendered_at replaced_at replace_reason revoked_at revoke_reason"
)


def certificates(order: Order) -> Part:
    """Every certificate of the order, the issued ones with their files."""
    made = list(
        Certificate.objects.of_order(order.code)
        .select_related("replaced_by")
        .order_by("numbered_at", "pk")
    )
    facts = [
        columns(each, CERTIFICATE)
        | {
            "rows": each.rows,
            "replaced_by": each.replaced_by.number if each.replaced_by else "",
            "file": _name(each) if each.is_rendered else "",
        }
        for each in made
    ]
    files = [
        File(_name(each), partial(stored, each.file), each.sha256)
        for each in made
        if each.is_rendered
    ]
    act = paper_of(order)
    drawn_up = act.sha256
    if drawn_up:
        name = f"certificates/{act_name(order)}"
        files.append(File(name, partial(stored, act.name), drawn_up))
    rows = [
        (
            each.number,
            each.learner_name,
            day(each.issued_on),
            moment(each.rendered_at),
            _standing(each),
        )
        for each in made
    ]
    headings = (
        ("Нөмірі", "Номер"),
        ("Кімге", "Кому"),
        ("Күні", "Дата"),
        ("Жасалды", "Изготовлен"),
        ("Күйі", "Состояние"),
    )
    nothing = ("Сертификат әлі берілген жоқ.", "Сертификат ещё не выдан.")
    title = ("Сертификат", "Сертификат")
    chapter = ProofChapter(
        "certificate", title, tables=[Table("certificates", headings, rows)], nothing=nothing
    )
    return Part("certificates", facts, [chapter], files)


def _name(certificate: Certificate) -> str:
    return f"certificates/{certificate.file_name}"


def _standing(certificate: Certificate) -> Both:
    if certificate.revoked_at:
        at = moment(certificate.revoked_at)
        return (
            f"Күші жойылды, {at}: {certificate.revoke_reason}",
            f"Отозван {at}: {certificate.revoke_reason}",
        )
    if certificate.replaced_at:
        at = moment(certificate.replaced_at)
        by = certificate.replaced_by.number if certificate.replaced_by else "–"
        return (f"Ауыстырылды, {at}: {by}", f"Заменён {at}: {by}")
    if not certificate.is_rendered:
        return ("Дайындалуда", "Готовится")
    return ("Жарамды", "Действителен")
