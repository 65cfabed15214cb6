"""The register of letters: kept as they came, once, and never more than their form says (12.1)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from .reading import content, fault_of_file, finding, has_column, moment, rows, was_erased

LETTERS = "correspondence_letter"
BEING_SENT = timedelta(minutes=10)  # as long as one process may send
NOTICES = ("notice", "cabinet")
PAPER = ("post", "courier")


def letters_are_those_that_came(at: datetime) -> Iterator[str]:
    """N3: each letter is in the journal as in the register, with the same bytes; none is lost."""
    if not has_column(LETTERS, "raw"):
        return
    journalled = {}
    sql = """
        SELECT about_key, facts
        FROM journal_entry
        WHERE verb = 'letter.recorded'
        ORDER BY id
    """
    for key, facts in rows(sql):
        journalled[key] = content(facts)
    there = set()
    sql = """
        SELECT id, way, form, standing, raw, raw_sha256, document, document_sha256
        FROM correspondence_letter
        ORDER BY id
    """
    for number, way, form, standing, raw, digest, document, document_sha256 in rows(sql):
        name = f"letter {number} in the register"
        there.add(str(number))
        facts = journalled.get(str(number))
        if facts is None:
            yield f"{name} is not in the journal"
        elif (facts["way"], facts["form"], facts["standing"]) != (way, form, standing):
            yield f"{name} counts as {way} {form} {standing}, the journal says otherwise"
        elif facts["sha256"] != digest or facts.get("document", "") != document_sha256:
            yield f"{name} has another SHA-256 than the journal"
        if fault := fault_of_file(raw, digest):
            yield finding(f"{name}: its file", raw, fault)
        if document and (fault := fault_of_file(document, document_sha256)):
            yield finding(f"{name}: its document", document, fault)
    for key in sorted(set(journalled) - there):
        yield f"letter {key} is in the journal, and not in the register"


def letters_stand_with_their_contracts(at: datetime) -> Iterator[str]:
    """N3: a notice stands with a contract of its address; what stands there is in its journal."""
    if not has_column(LETTERS, "raw"):
        return
    sql = """
        SELECT l.id, l.form, l.standing, l.sender, l.raw, o.code, p.email, f.email, j.id
        FROM correspondence_letter l
        LEFT JOIN correspondence_concern c ON c.letter_id = l.id
        LEFT JOIN enrollment_order o ON o.id = c.order_id
        LEFT JOIN enrollment_party p ON p.id = o.party_id
        LEFT JOIN enrollment_party f ON f.former_of_id = p.id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.about_kind = 'letter'
            AND j.about_key = CAST(l.id AS VARCHAR(20))
            AND j.verb IN ('letter.recorded', 'letter.put_to_order')
        ORDER BY l.id
    """
    known: dict[int, tuple[str, str, str, str]] = {}
    addresses: dict[int, set[str]] = {}
    silent = set()
    for number, form, standing, sender, raw, code, email, former, entry in rows(sql):
        known[number] = (form, standing, sender, raw)
        addresses.setdefault(number, set()).update(each for each in (email, former) if each)
        if code and entry is None:
            silent.add((number, code))
    for number, (form, standing, sender, raw) in known.items():
        if standing in NOTICES and not addresses[number]:
            yield f"letter {number} in the register is a notice of no contract"
        elif form in PAPER or sender in addresses[number]:
            continue
        elif standing in NOTICES and not was_erased(raw):
            yield f"letter {number} in the register is a notice of another address"
    for number, code in sorted(silent):
        yield f"letter {number} stands with {code}, and its journal does not say so"


def paper_has_its_receipts(at: datetime) -> Iterator[str]:
    """N3: a letter on paper has a receipt, and each receipt its picture."""
    if not has_column("correspondence_postalreceipt", "document"):
        return
    sql = """
        SELECT l.id, r.id, r.document, r.document_sha256
        FROM correspondence_letter l
        LEFT JOIN correspondence_postalreceipt r ON r.letter_id = l.id
        WHERE l.form IN ('post', 'courier')
            OR r.id IS NOT NULL
        ORDER BY l.id, r.id
    """
    for number, receipt, document, digest in rows(sql):
        if receipt is None:
            yield f"letter {number} on paper has no receipt"
        elif fault := fault_of_file(document, digest):
            paper = f"letter {number} on paper: the file of receipt {receipt}"
            yield finding(paper, document, fault)


def letters_to_cohorts_reach_whom_they_may(at: datetime) -> Iterator[str]:
    """N3: a letter reaches contracts of its cohort, marketing only by a consent of that moment."""
    if not has_column("correspondence_cohortletter", "started_at"):
        return
    sql = """
        SELECT l.id, l.is_marketing, l.started_at, l.cohort_id, o.cohort_id, o.code, r.at,
               n.about_kind, n.about_key, n.kind
        FROM correspondence_cohortletterreceiver r
        JOIN correspondence_cohortletter l ON l.id = r.cohort_letter_id
        JOIN enrollment_order o ON o.id = r.order_id
        JOIN notices_notice n ON n.id = r.notice_id
        ORDER BY r.id
    """
    willing = list(_marketing_consents())
    for number, marketing, started, cohort, of_order, code, written, about, key, kind in rows(sql):
        name = f"letter {number} to a cohort, {code}"
        expected = "cohort-offer" if marketing else "cohort-news"
        if started is None:
            yield f"{name}: nobody let it go out"
        if cohort != of_order:
            yield f"{name}: the contract is of another cohort"
        if (about, key, kind) != ("cohort-letter", str(number), expected):
            yield f"{name}: another notice went out"
        if marketing and not any(
            whose == code
            and given <= moment(written)
            and (until is None or moment(written) <= until)
            for whose, given, until in willing
        ):
            yield f"{name}: marketing without a consent"


def marketing_leaves_by_a_consent(at: datetime) -> Iterator[str]:
    """A6: an offer that left had a consent then; what was being sent at that moment may have left.

    One letter may stand for several orders of a mailbox: one consent of them is enough.
    """
    if not has_column("correspondence_cohortletter", "started_at"):
        return
    sql = """
        SELECT n.id, n.sent_at, n.recipient, r_order.code
        FROM notices_notice n
        JOIN correspondence_cohortletterreceiver r ON r.notice_id = n.id
        JOIN enrollment_order r_order ON r_order.id = r.order_id
        WHERE n.kind = 'cohort-offer'
            AND n.sent_at IS NOT NULL
        ORDER BY n.id
    """
    of_mailbox: dict[str, set[str]] = {}
    for email, code in rows(
        "SELECT p.email, o.code FROM enrollment_order o "
        "JOIN enrollment_party p ON p.id = o.party_id"
    ):
        of_mailbox.setdefault(email, set()).add(code)
    willing = list(_marketing_consents())
    left: dict[int, tuple[datetime, set[str]]] = {}
    for number, sent, recipient, code in rows(sql):
        _sent, codes = left.setdefault(number, (moment(sent), set()))
        codes.update({code}, of_mailbox.get(recipient, set()))
    for number, (sent, codes) in left.items():
        if not any(
            whose in codes and given <= sent and (until is None or sent <= until + BEING_SENT)
            for whose, given, until in willing
        ):
            yield f"notice {number} is marketing, and left without a consent"


def _marketing_consents() -> Iterator[tuple[str, datetime, datetime | None]]:
    """The order of each marketing consent, when it was given and when withdrawn."""
    sql = """
        SELECT o.code, c.given_at, w.at
        FROM enrollment_consent c
        JOIN enrollment_order o ON o.party_id = c.party_id
        LEFT JOIN enrollment_consentwithdrawal w ON w.consent_id = c.id
        WHERE c.purpose = 'marketing'
    """
    for code, given, withdrawn in rows(sql):
        yield code, moment(given), moment(withdrawn) if withdrawn else None
