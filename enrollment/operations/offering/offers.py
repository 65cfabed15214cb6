"""Publishing an edition of the offer, and withdrawing the offer (2.4, 12.2)."""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from enrollment.models import (
    Academy,
    Course,
    Edition,
    EditionFile,
    Order,
    Package,
    Tariff,
    Withdrawal,
)
from enrollment.operations.places.lapses import end_unpaid
from enrollment.rendering import offer_pdf
from enrollment.rules.offer_terms import (
    Difference,
    TermsError,
    as_json,
    read_differences,
    read_terms,
)
from enrollment.rules.offer_text import OfferText, OfferTextError, parse_offer
from enrollment.rules.parity import Finding, check_parity
from offer_site.days import almaty_day, short_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record

if TYPE_CHECKING:
    from offer_site.accounts.models import User

TEXTS = {"kk": "kk.md", "ru": "ru.md"}
TERMS = "terms.toml"
DIFFERENCES = "differences.toml"
PAPER = "offer.pdf"
FILES = (*TEXTS.values(), TERMS, DIFFERENCES)
NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,39}")


class OfferRefused(Exception):
    """An edition is not published; each of `findings` is one thing that a person must correct."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = list(findings)


@dataclass(frozen=True)
class DraftFiles:
    """The files of an edition, read and checked: both languages and the terms agree."""

    name: str
    contents: Mapping[str, bytes]
    texts: Mapping[str, OfferText]
    terms: Mapping[str, Any]
    differences: Sequence[Difference]

    @property
    def digests(self) -> dict[str, str]:
        return {language: sha256(self.contents[file]) for language, file in TEXTS.items()}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def publish_offer(
    *, folder: Path, by: str, at: datetime, effective_from: date | None = None
) -> tuple[Edition, bool]:
    """Publish the texts of a folder as an edition; return it, and whether it is new.

    The same two texts change nothing (2.1, 4.1, 12.2). Raises OfferRefused with every finding, and
    OSError for a folder that lacks a file. The PDF is made before the transaction begins.
    """
    contents = {name: (folder / name).read_bytes() for name in FILES}
    if existing := edition_with_these_texts(contents):
        return _unchanged(existing, contents), False
    draft = read_draft(folder.resolve().name, contents)
    effective_from = effective_from or almaty_day(at)
    require_publishable(draft, effective_from=effective_from, at=at)
    try:
        return publish_files(draft, by=by, at=at, effective_from=effective_from), True
    except IntegrityError:
        existing = edition_with_these_texts(contents)  # somebody published them a moment ago
        if existing is None:
            raise
        return _unchanged(existing, contents), False


def publish_files(
    draft: DraftFiles,
    *,
    by: str,
    at: datetime,
    effective_from: date,
    then: Callable[[Edition], Mapping[str, Any]] = lambda edition: {},
) -> Edition:
    """Make the PDF, then write the edition; `then` adds to its transaction, and facts to its row.

    Raises IntegrityError if somebody published the same texts, or this name, a moment ago.
    """
    contents = draft.contents
    paper = _paper(
        draft.name, effective_from, *(contents[name] for name in (*TEXTS.values(), TERMS))
    )
    return _publish(draft, paper, by=by, at=at, effective_from=effective_from, then=then)


def _paper(name: str, effective_from: date, kk: bytes, ru: bytes, terms: bytes) -> bytes:
    """The PDF of an edition: takes seconds, and gives the same bytes every time."""
    return offer_pdf(
        name=name,
        effective_from=effective_from,
        texts={"kk": parse_offer(kk), "ru": parse_offer(ru)},
        digests={"kk": sha256(kk), "ru": sha256(ru)},
        academy=read_terms(terms)["academy"],
    )


def read_draft(name: str, contents: Mapping[str, bytes]) -> DraftFiles:
    """Read the files of an edition; raise OfferRefused where something countable differs."""
    findings: list[Finding] = []
    read: dict[str, Any] = {}
    readers = {
        **dict.fromkeys(TEXTS.values(), parse_offer),
        TERMS: read_terms,
        DIFFERENCES: read_differences,
    }
    for file, reader in readers.items():
        try:
            read[file] = reader(contents[file])
        except (OfferTextError, TermsError) as error:
            findings.append(Finding(file, str(error)))
    if not findings:
        findings = check_parity(read["kk.md"], read["ru.md"], read[TERMS], read[DIFFERENCES])
    if findings:
        raise OfferRefused(findings)
    texts = {language: read[file] for language, file in TEXTS.items()}
    return DraftFiles(name, contents, texts, read[TERMS], read[DIFFERENCES])


def edition_with_these_texts(contents: Mapping[str, bytes]) -> Edition | None:
    kk, ru = (sha256(contents[file]) for file in TEXTS.values())
    return Edition.objects.filter(kk_sha256=kk, ru_sha256=ru).first()


def _unchanged(existing: Edition, contents: Mapping[str, bytes]) -> Edition:
    """Raise OfferRefused if published texts come with other terms or differences.

    An edition is its bytes.
    """
    stored = dict(existing.files.values_list("name", "sha256"))
    findings = [
        Finding(
            name,
            f"these two texts are published as the edition {existing.name} with another {name}; "
            f"an edition is its bytes, so {name} changes only together with a text",
        )
        for name in (TERMS, DIFFERENCES)
        if stored[name] != sha256(contents[name])
    ]
    if findings:
        raise OfferRefused(findings)
    return existing


def require_publishable(draft: DraftFiles, *, effective_from: date, at: datetime) -> None:
    findings = []
    if not NAME.fullmatch(draft.name):
        sentence = (
            "the folder's name becomes the edition's: up to 40 Latin letters, digits, - and _, "
            "such as 2026-11-22"
        )
        findings.append(Finding(draft.name, sentence))
    elif Edition.objects.filter(name=draft.name).exists():
        findings.append(
            Finding(
                draft.name,
                "there is an edition of this name, with other texts: name the folder anew",
            )
        )
    if effective_from < almaty_day(at):
        sentence = (
            f"an edition is in effect from its publication at the earliest, "
            f"not from {short_day(effective_from)}"
        )
        findings.append(Finding("12.2.1", sentence))
    last = Edition.objects.by_effect(at).first()
    if last and effective_from < last.effective_from:
        sentence = (
            f"the edition {last.name} takes effect on {short_day(last.effective_from)}: "
            f"the next one takes effect on that day or later"
        )
        findings.append(Finding("12.2.1", sentence))
    names = dict(Package.objects.values_list("slug", "name"))
    for tariff in draft.terms["tariffs"]:
        if names.get(tariff["package"], tariff["name"]) != tariff["name"]:
            sentence = (
                f"row {tariff['row']}: the catalogue's {tariff['package']} is "
                f"{names[tariff['package']]}"
            )
            findings.append(Finding("4.1", sentence))
    if findings:
        raise OfferRefused(findings)


@transaction.atomic
def _publish(
    draft: DraftFiles,
    paper: bytes,
    *,
    by: str,
    at: datetime,
    effective_from: date,
    then: Callable[[Edition], Mapping[str, Any]],
) -> Edition:
    digests = draft.digests
    edition = Edition.objects.create(
        name=draft.name,
        academy=_academy(draft.terms["academy"]),
        published_at=at,
        published_by=by,
        effective_from=effective_from,
        kk_sha256=digests["kk"],
        ru_sha256=digests["ru"],
        terms=as_json(dict(draft.terms)),
        tells_holders=True,
    )
    files = {**draft.contents, PAPER: paper}
    EditionFile.objects.bulk_create(
        [
            EditionFile(edition=edition, name=name, content=content, sha256=sha256(content))
            for name, content in files.items()
        ]
    )
    packages = _packages(draft.terms)
    Tariff.objects.bulk_create(
        [
            Tariff(
                edition=edition,
                package=packages[row["package"]],
                level=row["level"],
                row=row["row"],
                price=row["price"],
                label_kk=row["label_kk"],
                label_ru=row["label_ru"],
            )
            for row in draft.terms["tariffs"]
        ]
    )
    facts = {
        **{name: sha256(content) for name, content in files.items()},
        "effective_from": effective_from.isoformat(),
        **then(edition),
    }
    record(
        "offer.published", about=("edition", edition.name), facts=facts, by=by, at=at, clause="12.2"
    )
    return edition


def _academy(details: Mapping[str, Any]) -> Academy:
    """A new row only if the details are new; bank details that staff entered are copied into it."""
    last = Academy.objects.order_by("pk").last()
    if last and all(getattr(last, name) == value for name, value in details.items()):
        return last
    bank = {name: getattr(last, name) for name in ("iin", "iban", "bank", "bic")} if last else {}
    return Academy.objects.create(**details, **bank)


def _packages(terms: Mapping[str, Any]) -> dict[str, Package]:
    """The packages by slug; what the catalogue lacks is added, and staff write its texts later."""
    course, _made = Course.objects.get_or_create(name=terms["course"])
    found: dict[str, Package] = {}
    for row in terms["tariffs"]:
        if row["package"] not in found:
            defaults = {"course": course, "name": row["name"], "position": len(found)}
            found[row["package"]], _made = Package.objects.get_or_create(
                slug=row["package"], defaults=defaults
            )
    return found


@transaction.atomic(savepoint=False)
def withdraw_offer(
    *,
    edition: Edition,
    reason: str,
    by: "User",
    at: datetime,
    shown: Collection[str] | None = None,
) -> Withdrawal:
    """Withdraw the offer: ordering closes, unpaid orders lapse, accepted ones run on (2.4).

    `shown` are the codes of the orders that the person read would lapse. Raises RuleViolation if
    another one would, and unless the edition is in force and not withdrawn.
    """
    edition = Edition.objects.select_for_update(no_key=True).get(pk=edition.pk)
    if Edition.objects.in_force(at).first() != edition:
        raise RuleViolation(_("Only the edition in force can be withdrawn."), clause="2.4")
    if edition.withdrawals.standing().exists():
        raise RuleViolation(_("The offer is withdrawn already."), clause="2.4")
    unpaid = list(Order.objects.locked().select_related("party").awaiting_payment().order_by("pk"))
    unseen = [order.code for order in unpaid if shown is not None and order.code not in shown]
    if unseen:
        message = _("Orders were placed meanwhile, and would lapse too: %(codes)s. Read the list.")
        raise RuleViolation(message % {"codes": ", ".join(unseen[:20])}, clause="2.4")
    withdrawal = Withdrawal.objects.create(edition=edition, reason=reason, at=at, by=by)
    for order in unpaid:
        end_unpaid(order, verb="order.lapsed", by=actor(by), at=at, clause="2.4")
    facts = {"reason": reason, "lapsed": [order.code for order in unpaid]}
    record(
        "offer.withdrawn",
        about=("edition", edition.name),
        facts=facts,
        by=actor(by),
        at=at,
        clause="2.4",
    )
    return withdrawal


@transaction.atomic(savepoint=False)
def lift_withdrawal(*, edition: Edition, reason: str, by: "User", at: datetime) -> Withdrawal:
    """Make the offer again: ordering opens; orders that lapsed stay lapsed (2.4)."""
    withdrawal = Withdrawal.objects.select_for_update().standing().filter(edition=edition).first()
    if withdrawal is None:
        raise RuleViolation(_("The offer is not withdrawn."), clause="2.4")
    withdrawal.lifted_at = at
    withdrawal.lifted_by = by
    withdrawal.save(update_fields=["lifted_at", "lifted_by"])
    facts = {"reason": reason}
    record(
        "offer.withdrawal-lifted",
        about=("edition", edition.name),
        facts=facts,
        by=actor(by),
        at=at,
        clause="2.4",
    )
    return withdrawal


def texts_of(edition: Edition) -> dict[str, OfferText]:
    files = EditionFile.objects.filter(edition=edition, name__in=TEXTS.values())
    content = dict(files.values_list("name", "content"))
    return {language: parse_offer(bytes(content[name])) for language, name in TEXTS.items()}
