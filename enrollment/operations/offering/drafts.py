"""Drafts of the offer: begun from the last edition, edited, signed off, published (12.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from enrollment.models import Edition, OfferDraft
from enrollment.models.draft import COLUMNS
from enrollment.rules.comparison import ChangeInBoth, compare_both
from enrollment.rules.offer_numbers import NumberChange, changed_numbers, with_numbers
from enrollment.rules.offer_terms import TermsError
from enrollment.rules.parity import Finding
from offer_site.accounts.models import User
from offer_site.accounts.second_factor import require_second_factor_now
from offer_site.days import almaty_day, short_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record

from .offers import (
    NAME,
    DraftFiles,
    OfferRefused,
    edition_with_these_texts,
    publish_files,
    read_draft,
    require_publishable,
    sha256,
    texts_of,
)

CLAUSE = "12.2"


@dataclass(frozen=True)
class Comparison:
    """A draft or an edition beside the one that it replaces."""

    earlier: Edition
    texts: list[ChangeInBoth]
    numbers: list[NumberChange]


def begin_draft(*, name: str, by: User, at: datetime) -> OfferDraft:
    """Begin a draft with the files of the edition that takes effect last.

    Raises RuleViolation for a name that is no edition's, or is taken.
    """
    if not NAME.fullmatch(name):
        raise RuleViolation(
            _("Up to 40 Latin letters, digits, - and _, such as 2027-01-15."), field="name"
        )
    last = Edition.objects.by_effect(at).first()
    if last is None:
        raise RuleViolation(_("No edition is published yet. Publish the first one by its command."))
    if Edition.objects.filter(name=name).exists():
        raise RuleViolation(_("There is an edition of this name already."), field="name")
    files = {column: last.file(file).decode() for file, column in COLUMNS.items()}
    try:
        with transaction.atomic():
            draft = OfferDraft.objects.create(
                name=name, begun_at=at, begun_by=by, changed_at=at, changed_by=by, **files
            )
            facts = {"name": name, "from": last.name, "digest": draft.digest}
            _record("draft.begun", draft, facts=facts, by=by, at=at)
    except IntegrityError as taken:
        raise RuleViolation(_("There is an open draft of this name."), field="name") from taken
    return draft


@transaction.atomic(savepoint=False)
def edit_draft(
    *, draft: OfferDraft, files: Mapping[str, str], seen: str, by: User, at: datetime
) -> OfferDraft:
    """Write some files of a draft anew; the same words change nothing.

    `seen` is the digest of the draft that the person had before them: RuleViolation if somebody
    has changed it since, so that nobody's words are lost.
    """
    draft = _open_and_seen(draft, seen)
    digests = {}
    for file, text in files.items():
        before = getattr(draft, COLUMNS[file])
        after = in_lines(text)
        if before != after:
            digests[file] = [sha256(before.encode()), sha256(after.encode())]
            setattr(draft, COLUMNS[file], after)
    if digests:
        draft.changed_at = at
        draft.changed_by = by
        draft.save(update_fields=[*COLUMNS.values(), "changed_at", "changed_by"])
        _record("draft.edited", draft, facts=digests, by=by, at=at)
    return draft


def edit_numbers(
    *,
    draft: OfferDraft,
    counts: Mapping[str, int],
    prices: list[int],
    seen: str,
    by: User,
    at: datetime,
) -> OfferDraft:
    """Write the numbers of `terms.toml` and the prices of 4.1 anew; the texts are not touched."""
    try:
        terms = with_numbers(draft.terms, counts=counts, prices=prices)
    except TermsError as error:
        raise RuleViolation(str(error)) from error
    return edit_draft(draft=draft, files={"terms.toml": terms}, seen=seen, by=by, at=at)


@transaction.atomic(savepoint=False)
def sign_off_draft(*, draft: OfferDraft, seen: str, by: User, at: datetime) -> OfferDraft:
    """Sign the known differences of a draft whose languages agree in all that can be counted.

    The signature holds for these very files. Raises RuleViolation while the languages are out of
    step.
    """
    draft = _open_and_seen(draft, seen)
    _require_in_step(draft)
    draft.signed_digest = draft.digest
    draft.signed_at = at
    draft.signed_by = by
    draft.save(update_fields=["signed_digest", "signed_at", "signed_by"])
    comparison = comparison_of_draft(draft, at=at)
    alone = [change.place for change in comparison.texts if change.is_in_one_language]
    files = read_draft(draft.name, draft.contents)
    facts = {
        "digest": draft.digest,
        "differences": len(files.differences),
        "changed_in_one_language": alone,
    }
    _record("draft.signed_off", draft, facts=facts, by=by, at=at)
    return draft


@transaction.atomic(savepoint=False)
def drop_draft(*, draft: OfferDraft, reason: str, by: User, at: datetime) -> OfferDraft:
    """Set a draft aside; its words stay, and its name is free again."""
    draft = _locked_open(draft)
    draft.dropped_at = at
    draft.save(update_fields=["dropped_at"])
    _record("draft.dropped", draft, facts={"reason": reason}, by=by, at=at)
    return draft


def publish_draft(
    *,
    draft: OfferDraft,
    effective_from: date,
    seen: str,
    code: str,
    by: User,
    at: datetime,
) -> Edition:
    """Publish a signed draft with its day of effect, by a person who proves the second factor now.

    Raises RuleViolation unless the languages are in step, the differences are signed off, and the
    day leaves contract holders time to object (12.2.1). The guess of the code is counted before the
    transaction, and the PDF is made before it too.
    """
    draft = OfferDraft.objects.get(pk=draft.pk)
    _require_open(draft)
    _require_seen(draft, seen)
    files = _require_ready(draft, effective_from=effective_from, at=at)
    require_second_factor_now(user=by, code=code)

    def mark(edition: Edition) -> dict[str, str]:
        """In the transaction of the publication: the draft is still what was seen."""
        locked = _open_and_seen(draft, seen)
        locked.published_as = edition
        locked.save(update_fields=["published_as"])
        return {"draft": locked.digest, "signed_off_by": actor(locked.signed_by)}

    try:
        return publish_files(files, by=actor(by), at=at, effective_from=effective_from, then=mark)
    except IntegrityError as taken:
        raise RuleViolation(
            _("These texts, or this name, were published a moment ago."), clause=CLAUSE
        ) from taken


def findings_of(draft: OfferDraft) -> list[Finding]:
    """What keeps the languages of a draft out of step; empty if they may be published."""
    try:
        read_draft(draft.name, draft.contents)
    except OfferRefused as refused:
        return refused.findings
    return []


def comparison_of_draft(draft: OfferDraft, *, at: datetime) -> Comparison:
    """A readable draft beside the edition it will replace; raises OfferRefused for one that is not.

    That is the edition in force, or one that is published and takes effect later.
    """
    earlier = Edition.objects.by_effect(at)[:1].get()
    files = read_draft(draft.name, draft.contents)
    return _compared(earlier, files)


def comparison_of_edition(edition: Edition) -> Comparison | None:
    """An edition beside the one that it replaced or will replace; None for the first."""
    earlier = Edition.objects.before(edition).first()
    if earlier is None:
        return None
    return Comparison(
        earlier,
        compare_both(texts_of(earlier), texts_of(edition)),
        changed_numbers(earlier.terms, edition.terms),
    )


def in_lines(text: str) -> str:
    """Text as a file has it: a browser sends its lines ended by CR and LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _compared(earlier: Edition, files: DraftFiles) -> Comparison:
    return Comparison(
        earlier,
        compare_both(texts_of(earlier), files.texts),
        changed_numbers(earlier.terms, files.terms),
    )


def _require_ready(draft: OfferDraft, *, effective_from: date, at: datetime) -> DraftFiles:
    """Raise RuleViolation unless this draft may be published for this day."""
    files = _require_in_step(draft)
    if not draft.is_signed:
        raise RuleViolation(
            _("Sign off the known differences first: the texts were changed since."), clause=CLAUSE
        )
    published = edition_with_these_texts(draft.contents)
    if published:
        raise RuleViolation(
            _("These two texts are published already, as the edition %(name)s.")
            % {"name": published.name},
            clause=CLAUSE,
        )
    if effective_from <= almaty_day(at):
        raise RuleViolation(
            _("From tomorrow, %(day)s, at the earliest: till then students may object.")
            % {"day": short_day(almaty_day(at) + timedelta(days=1))},
            clause="12.2.1",
            field="effective_from",
        )
    try:
        require_publishable(files, effective_from=effective_from, at=at)
    except OfferRefused as refused:
        raise RuleViolation(
            "; ".join(map(str, refused.findings)), clause=CLAUSE, field="effective_from"
        ) from refused
    return files


def _require_in_step(draft: OfferDraft) -> DraftFiles:
    try:
        return read_draft(draft.name, draft.contents)
    except OfferRefused as refused:
        message = _("The two languages are out of step in %(count)s places. See the draft's page.")
        raise RuleViolation(message % {"count": len(refused.findings)}, clause=CLAUSE) from refused


def _open_and_seen(draft: OfferDraft, seen: str) -> OfferDraft:
    draft = _locked_open(draft)
    _require_seen(draft, seen)
    return draft


def _locked_open(draft: OfferDraft) -> OfferDraft:
    draft = OfferDraft.objects.select_for_update().get(pk=draft.pk)
    _require_open(draft)
    return draft


def _require_open(draft: OfferDraft) -> None:
    if not draft.is_open:
        raise RuleViolation(_("This draft is published or dropped already."), clause=CLAUSE)


def _require_seen(draft: OfferDraft, seen: str) -> None:
    if draft.digest != seen:
        raise RuleViolation(
            _(
                "Somebody has changed this draft since you opened it. Copy your words, open it "
                "anew, and write them in."
            ),
            clause=CLAUSE,
        )


def _record(
    verb: str, draft: OfferDraft, *, facts: Mapping[str, object], by: User, at: datetime
) -> None:
    about = ("draft", str(draft.pk))
    record(verb, about=about, facts=dict(facts), by=actor(by), at=at, clause=CLAUSE)
