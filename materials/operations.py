"""Adding a material, taking it back, and opening it with access only (11.5, 11.6)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from enrollment.models import Cohort, Enrollment, Order, ProgrammeItem
from enrollment.operations.access.questions import access_now
from offer_site.accounts.models import User
from offer_site.days import almaty_day, short_day
from offer_site.documents import Document, kept
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record

from .files import LARGEST
from .models import Material, MaterialKind, MaterialOpening

CLAUSE = "11.5"


@dataclass(frozen=True)
class MaterialData:
    """What staff enter: a file has a document, a link and a video have an address."""

    cohort: Cohort
    kind: str
    title_kk: str
    title_ru: str
    text_kk: str = ""
    text_ru: str = ""
    item: ProgrammeItem | None = None
    address: str = ""
    opens_on: date | None = None
    document: Document | None = None


def add_material(*, data: MaterialData, by: User, at: datetime) -> Material:
    """Add a material to a cohort; its file is stored encrypted. Raises RuleViolation."""
    is_file = data.kind == MaterialKind.FILE
    if is_file and (data.document is None or data.address):
        raise RuleViolation(_("Attach the file."), clause=CLAUSE, field="document")
    if not is_file and (data.document or not data.address):
        raise RuleViolation(_("Write the address."), clause=CLAUSE, field="address")
    if data.document and data.document.content_type not in LARGEST:
        raise RuleViolation(
            _("This file is not of a kind that can be handed out. Choose another one."),
            clause=CLAUSE,
            field="document",
        )
    if not Cohort.objects.seen_by(by).filter(pk=data.cohort.pk).exists():
        raise RuleViolation(_("There is no such cohort."), clause="3.5", field="cohort")
    if data.item and data.item.cohort_id != data.cohort.pk:
        raise RuleViolation(_("This lesson is of another cohort."), clause="7.2.3", field="item")
    with kept(data.document, under="materials") as stored, transaction.atomic(savepoint=False):
        material = Material.objects.create(
            cohort=data.cohort,
            item=data.item,
            kind=data.kind,
            title_kk=data.title_kk,
            title_ru=data.title_ru,
            text_kk=data.text_kk,
            text_ru=data.text_ru,
            address=data.address,
            opens_on=data.opens_on,
            added_at=at,
            added_by=actor(by),
            **stored,
        )
        record(
            "material.added",
            about=("material", str(material.pk)),
            facts={
                "cohort": data.cohort.pk,
                "kind": data.kind,
                "sha256": material.document_sha256,
            },
            by=actor(by),
            at=at,
            clause=CLAUSE,
        )
    return material


@transaction.atomic(savepoint=False)
def withdraw_material(*, material: Material, by: User, at: datetime) -> Material:
    """Take a material back: nobody opens it any more; who opened it before stays on record."""
    material = Material.objects.select_for_update().get(pk=material.pk)
    if material.withdrawn_at:
        raise RuleViolation(_("It is taken back already."), clause=CLAUSE)
    material.withdrawn_at = at
    material.withdrawn_by = actor(by)
    material.save(update_fields=["withdrawn_at", "withdrawn_by"])
    record(
        "material.withdrawn",
        about=("material", str(material.pk)),
        by=actor(by),
        at=at,
        clause=CLAUSE,
    )
    return material


@transaction.atomic(savepoint=False)
def open_material(
    *, material: Material, enrollment: Enrollment, address: str | None, at: datetime
) -> MaterialOpening:
    """Record that a student opens a material; without this row nothing is handed out (11.5).

    The order is locked, so that openings of one moment are counted one after another. Raises
    RuleViolation without access, for another cohort's material, and past the day's number.
    """
    Order.objects.locked().get(enrollment=enrollment.pk)
    made = require_open(material=material, enrollment=enrollment, at=at)
    return MaterialOpening.objects.create(
        material=material,
        enrollment=enrollment,
        day=almaty_day(at),
        number=made + 1,
        at=at,
        address_digest=digest_of(address),
    )


def require_open(*, material: Material, enrollment: Enrollment, at: datetime) -> int:
    """Ask without a lock whether a student may open a material; return the day's openings so far.

    Raises RuleViolation as `open_material` does, which asks again.
    """
    enrollment = Enrollment.objects.select_related("order", "cohort").get(pk=enrollment.pk)
    today = almaty_day(at)
    if not access_now(enrollment.order, at=at).is_open:
        raise RuleViolation(_("Access to the course is closed today."), clause="6.5")
    theirs = Material.objects.shown(today).filter(cohort=enrollment.cohort_id, pk=material.pk)
    if not theirs.exists():
        raise RuleViolation(_("This material is not open."), clause=CLAUSE)
    made = MaterialOpening.objects.filter(enrollment=enrollment, day=today).count()
    if made >= settings.MATERIAL_OPENINGS_A_DAY:
        raise RuleViolation(
            _(
                "You opened %(count)d materials on %(day)s: more open tomorrow. If it was not you, "
                "write to us."
            )
            % {"count": made, "day": short_day(today)},
            clause=CLAUSE,
        )
    return made


def digest_of(address: str | None) -> str:
    """A digest that says whether two openings came from one address; the address is not stored."""
    # There are too few addresses for a plain digest: all of them can be tried.
    return salted_hmac("materials.openings", address or "", algorithm="sha256").hexdigest()
