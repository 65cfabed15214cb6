"""People and their consents: salted digests that recompute, or values erased (A2, A6)."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from .reading import Note, canonical, content, day, plain, rows, sha256

# The fields of a digest by its version, repeated here: a version never changes.
PARTY: dict[int, tuple[str, ...]] = {
    1: (
        "kind", "surname", "name", "patronymic", "phone", "email", "address", "postal_address",
        "iin", "relation", "company_name", "bin", "position",
    ),
}  # fmt: skip
LEARNER: dict[int, tuple[str, ...]] = {
    1: ("surname", "name", "patronymic", "birth_date", "iin"),
}
ENCRYPTED = {"address", "postal_address", "iin"}
# An answer of 9.5 may correct values; the former ones are kept beside them.
ANSWERED = "clarification.answered"
ERASED = "personal_data.erased"  # the verb of the journal row that erasing leaves
NO_SALT = ""  # the salt after erasing: no value can be guessed from its digest any more
MARKETING = "marketing"


class UnreadableError(ValueError):
    """An encrypted value that none of FIELD_KEYS opens."""


def personal_values_are_those_that_were_digested(at: datetime) -> Iterator[str]:
    """A2: the values of each order have the digests of journal and acceptance, or are erased."""
    formers = {
        who: _digests_of_formers(f"enrollment_{who}", versions)
        for who, versions in (("party", PARTY), ("learner", LEARNER))
    }
    party_columns = _columns(PARTY, "id")
    learner_columns = _columns(LEARNER, "id")
    party = ", ".join(f"p.{name}" for name in party_columns)
    learner = ", ".join(f"l.{name}" for name in learner_columns)
    sql = f"""
        SELECT o.code, {party}, {learner}, a.sealed, p.origin_address, p.origin_agent, j.verb,
               j.facts
        FROM enrollment_order o
        JOIN enrollment_party p ON p.id = o.party_id
        JOIN enrollment_learner l ON l.id = o.learner_id
        LEFT JOIN enrollment_acceptance a ON a.order_id = o.id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND (j.verb IN ('consents.given', '{ANSWERED}', '{ERASED}')
             OR CAST(j.facts AS TEXT) LIKE '%%"party"%%'
             OR CAST(j.facts AS TEXT) LIKE '%%"learner"%%')
        ORDER BY o.code, j.number
    """  # noqa: S608 - names of ours
    for code, group in groupby(rows(sql), key=lambda row: row[0]):
        order_rows = list(group)
        row = order_rows[0]
        lines = [(each[-2], content(each[-1])) for each in order_rows if each[-2] is not None]
        of_party = dict(zip(party_columns, row[1:], strict=False))
        of_learner = dict(zip(learner_columns, row[1 + len(party_columns) :], strict=False))
        sealed = content(row[-5]) if row[-5] is not None else {}
        for who, versions, values in (
            ("party", PARTY, of_party),
            ("learner", LEARNER, of_learner),
        ):
            known = formers[who].get(values["id"], set())
            yield from _faults_of_person(code, who, versions, values, lines, sealed.get(who), known)
        if of_party["salt"] != NO_SALT:
            yield from _faults_of_origin(
                code, of_party["salt"], {"address": row[-4] or "", "agent": row[-3]}, lines
            )


def _columns(versions: dict[int, tuple[str, ...]], key: str) -> tuple[str, ...]:
    """The columns that any version of a digest needs, each once, and the row's key."""
    fields = dict.fromkeys(name for names in versions.values() for name in names)
    return (*fields, "salt", "digest_version", key)


def _faults_of_person(
    code: str,
    who: str,
    versions: dict[int, tuple[str, ...]],
    values: dict[str, Any],
    lines: list[tuple[str, Any]],
    sealed: str | None,
    formers: set[str],
) -> Iterator[str]:
    if values["salt"] == NO_SALT:
        if any(verb == ERASED for verb, _facts in lines):
            yield Note(f"{code}: the {who}'s values are erased")
        else:
            yield (
                f"{code}: the {who}'s values are gone, and no journal row says that they were "
                f"erased"
            )
        return
    try:
        now = digest_of(values, versions)
    except UnreadableError as error:
        yield f"{code}: the {who}'s {error} cannot be decrypted"
        return
    except KeyError:
        yield f"{code}: the {who}'s values are digested by a version that never was"
        return
    stands = None
    for verb, facts in lines:
        before = facts.get(f"{who}_before")
        if before is not None and stands is not None and before != stands:
            yield f"{code}: {verb} tells of another {who} before it than the journal row above"
        stands = facts.get(who, stands)
    was_answered = any(verb == ANSWERED for verb, _facts in lines)
    if stands not in (None, now) and not (was_answered and stands in formers):
        yield f"{code}: the {who}'s values are not those of the journal"
    if sealed is not None and sealed != now and sealed not in formers:
        yield f"{code}: the {who}'s values that were accepted are stored nowhere"


def _faults_of_origin(
    code: str, salt: str, origin: dict[str, str], lines: list[tuple[str, Any]]
) -> Iterator[str]:
    nothing = not any(origin.values())
    if nothing and any(v == ERASED and "origin" in f.get("classes", "") for v, f in lines):
        yield Note(f"{code}: where it came from is erased")
        return
    for verb, facts in lines:
        if verb == "consents.given" and facts.get("origin") != salted(salt, origin):
            yield f"{code}: it came from elsewhere than its journal says"


def _digests_of_formers(table: str, versions: dict[int, tuple[str, ...]]) -> dict[int, set[str]]:
    """Digests of the values before each correction, by the corrected row; corrections are few."""
    found: dict[int, set[str]] = {}
    columns = _columns(versions, "former_of_id")
    sql = f"SELECT {', '.join(columns)} FROM {table} WHERE former_of_id IS NOT NULL AND salt <> ''"  # noqa: S608
    for row in rows(sql):
        values = dict(zip(columns, row, strict=True))
        try:
            found.setdefault(values["former_of_id"], set()).add(digest_of(values, versions))
        except (UnreadableError, KeyError):
            continue  # the caller reports that the accepted values are stored nowhere
    return found


def digest_of(values: dict[str, Any], versions: dict[int, tuple[str, ...]]) -> str:
    """The digest of a row's values as evidence holds it, by the row's version.

    Raises UnreadableError for a value that cannot be decrypted, and KeyError for an unknown
    version.
    """
    facts = {}
    for name in versions[values["digest_version"]]:
        value = values[name]
        read = plain(value) if name in ENCRYPTED else value
        if read is None and value is not None:
            raise UnreadableError(name)
        facts[name] = day(read).isoformat() if name == "birth_date" and read else str(read or "")
    return salted(values["salt"], facts)


def salted(salt: str, value: Any) -> str:
    return sha256(f"{salt}|".encode() + canonical(value))


def consents_are_those_that_were_given(at: datetime) -> Iterator[str]:
    """A6: each order has exactly the consents of its journal, those given later too."""
    sql = """
        SELECT o.code, j.verb, j.facts, c.purpose, c.number, c.origin_digest
        FROM enrollment_order o
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.verb IN ('consents.given', 'consent.given')
        LEFT JOIN enrollment_consent c ON c.party_id = o.party_id
        ORDER BY o.code
    """
    for code, group in groupby(rows(sql), key=lambda row: row[0]):
        told: dict[tuple[str, int], str] = {}
        stored: dict[tuple[str, int], str] = {}
        is_journalled = False
        for _code, verb, raw, purpose, number, origin in group:
            is_journalled |= verb == "consents.given"
            told |= _consents_told(verb, raw)
            if purpose is not None:
                stored[purpose, number] = origin
        if not is_journalled:
            if stored:
                yield f"{code} has consents that no journal row tells of"
            continue
        for each in sorted(told.keys() ^ stored.keys()):
            yield f"{code}: a consent to {each[0]} {'was forged' if each in stored else 'is gone'}"
        if any(told[each] != stored[each] for each in told.keys() & stored.keys()):
            yield f"{code}: a consent came from elsewhere than its journal says"


def _consents_told(verb: str | None, raw: Any) -> dict[tuple[str, int], str]:
    """The consents that one journal row tells of, by purpose and number, with their origin."""
    if verb is None:
        return {}
    facts = content(raw)
    if verb == "consent.given":
        return {(facts["purpose"], facts["number"]): facts["origin"]}
    return {(purpose, 1): facts["origin"] for purpose in facts["purposes"]}


def a_withdrawal_stops_the_next_letter(at: datetime) -> Iterator[str]:
    """A6: each withdrawal has its journal row, and no marketing letter follows it.

    A letter may follow a consent that was given again after the withdrawal.
    """
    sql = """
        SELECT o.code, c.purpose, COUNT(w.id), (
            SELECT COUNT(*)
            FROM journal_entry j
            WHERE j.chain = o.code
                AND j.verb = 'consent.withdrawn'
                AND CAST(j.facts AS TEXT) LIKE '%%"' || c.purpose || '"%%'
        )
        FROM enrollment_consent c
        JOIN enrollment_order o ON o.party_id = c.party_id
        LEFT JOIN enrollment_consentwithdrawal w ON w.consent_id = c.id
        GROUP BY o.code, c.purpose
    """
    for code, purpose, withdrawn, told in rows(sql):
        if withdrawn < told:
            yield f"{code}: the withdrawal of {purpose} is gone"
        if withdrawn > told:
            yield f"{code}: no journal row tells of the withdrawal of {purpose}"
    sql = f"""
        SELECT n.id, o.code
        FROM notices_notice n
        JOIN enrollment_party p ON p.email = n.recipient
        JOIN enrollment_order o ON o.party_id = p.id
        JOIN enrollment_consent c ON c.party_id = p.id
            AND c.purpose = '{MARKETING}'
        JOIN enrollment_consentwithdrawal w ON w.consent_id = c.id
        WHERE n.kind LIKE '{MARKETING}%%'
            AND n.queued_at > w.at
            AND NOT EXISTS (
                SELECT 1
                FROM enrollment_consent again
                WHERE again.party_id = c.party_id
                    AND again.purpose = c.purpose
                    AND again.number > c.number
                    AND again.given_at <= n.queued_at
            )
    """  # noqa: S608 - a word of ours
    yield from (f"{code}: letter {number} followed the withdrawal" for number, code in rows(sql))
