"""Minors: no contract of one from 14 to 18 without the guardian's consent before it (1.1; A7)."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from .people import salted
from .reading import Note, chains_erased, content, day, in_almaty, moment, rows

NAMES = ("surname", "name", "patronymic", "relation", "email", "phone")
CONSENTS_FROM = 14
GROWN_UP = 18


def minors_have_a_consent_before_the_contract(at: datetime) -> Iterator[str]:
    """A7: an acceptance of a minor follows the consent, and the minor is from 14 to 18.

    The age is that of the moment of the order: a reopened one gets a new day, not another buyer.
    """
    sql = """
        SELECT o.code, o.placed_at, l.birth_date, l.salt, g.id, g.given_at, a.recorded_at
        FROM enrollment_order o
        JOIN enrollment_party p ON p.id = o.party_id
        JOIN enrollment_learner l ON l.id = o.learner_id
        LEFT JOIN enrollment_guardianconsent g ON g.order_id = o.id
        LEFT JOIN enrollment_acceptance a ON a.order_id = o.id
        WHERE p.kind = 'minor'
    """
    for code, placed, born, salt, asked, given, accepted in rows(sql):
        if asked is None:
            yield f"{code} is a minor's, and no guardian was asked"
        elif accepted is not None and (given is None or moment(given) > moment(accepted)):
            yield f"{code} is a minor's contract, concluded before the guardian consented"
        age = _age(day(born), in_almaty(placed)) if born else 0
        if salt and not CONSENTS_FROM <= age < GROWN_UP:
            yield f"{code} is a minor's, whose age was not from 14 to 18"


def guardians_consented_as_the_journal_says(at: datetime) -> Iterator[str]:
    """A7: who was asked, and who consented how and to which words, stand in the order's chain."""
    told: dict[tuple[str, str], dict[str, Any]] = {}
    sql = """
        SELECT chain, verb, facts, at
        FROM journal_entry
        WHERE verb IN ('guardian.asked', 'guardian.email_corrected', 'guardian.consented')
        ORDER BY id
    """
    for chain, verb, raw, when in rows(sql):
        facts = content(raw)
        if verb != "guardian.email_corrected":
            told[chain, verb] = facts | {"at": moment(when).isoformat()}
            continue
        first = told.get((chain, "guardian.asked"), {})
        if (chain, "guardian.consented") in told:
            yield f"{chain}: the guardian's e-mail was corrected after the consent"
        if first.get("guardian") != facts["guardian_before"]:
            yield f"{chain}: the guardian's e-mail was corrected from another than was asked"
        first["guardian"] = facts["guardian"]
    erased = chains_erased("contract")
    sql = f"""
        SELECT o.code, g.salt, g.asked_at, g.given_at, g.way, g.language, g.text,
               {", ".join(f"g.{name}" for name in NAMES)}
        FROM enrollment_guardianconsent g
        JOIN enrollment_order o ON o.id = g.order_id
    """  # noqa: S608 - names of ours
    for code, salt, asked_at, given_at, way, language, text, *values in rows(sql):
        asked = told.pop((code, "guardian.asked"), None)
        given = told.pop((code, "guardian.consented"), None)
        digest = salted(salt, dict(zip(NAMES, values, strict=True)))
        if not salt and code in erased:
            yield Note(f"{code}: the guardian's values are erased")
        elif not salt:
            yield f"{code}: the guardian's values are gone, and no journal row says so"
        elif asked is None or asked["guardian"] != digest or asked["at"] != _iso(asked_at):
            yield f"{code}: another guardian was asked than the journal says"
        if (given is not None) != (given_at is not None):
            yield f"{code}: the journal tells of the guardian's consent otherwise"
        elif given is not None:
            stands = (way, language, hashlib.sha256(text.encode()).hexdigest(), _iso(given_at))
            if stands != (given["way"], given["language"], given["text"], given["at"]):
                yield f"{code}: the guardian's consent is not that of the journal"
    for code, verb in told:
        yield f"{code}: {verb} is journalled, and the consent is gone"


def _iso(when: object) -> str:
    return moment(when).isoformat()


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
