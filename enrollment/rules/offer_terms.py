"""The files that come with the texts: `terms.toml` with every number, `differences.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from offer_site.days import HALF_A_MONTH

from .quantities import Quantity

UNITS = {
    "_percent": "percent",
    "_working_days": "working days",
    "_days": "calendar days",
    "_months": "months",
    "_years": "years",
}
COUNTS = (
    "prepayment_percent",
    "half_percent",
    "certificate_working_days",
    "clarification_request_working_days",
    "clarification_answer_working_days",
    "claim_days",
    "claim_request_days",
    "claim_documents_days",
    "force_majeure_days",
    "force_majeure_talks_months",
    "termination_notice_days",
    "secrecy_years",
    "breaches_for_termination",
    "penalty",
)
TARIFF = {
    "row": int,
    "package": str,
    "name": str,
    "level": str,
    "price": int,
    "label_kk": str,
    "label_ru": str,
}
ACADEMY = {
    "name_kk": str,
    "name_ru": str,
    "brand": str,
    "representative_kk": str,
    "representative_ru": str,
    "registration": str,
    "registered_on": date,
    "address_kk": str,
    "address_ru": str,
    "site": str,
    "email": str,
    "signatory": str,
    "signatory_position_kk": str,
    "signatory_position_ru": str,
}
DURATION = {"months": int, "days": int, "label_kk": str, "label_ru": str}
LEVELS = ("webinar", "standard", "full")


class TermsError(ValueError):
    """What in `terms.toml` or `differences.toml` cannot be read."""


@dataclass(frozen=True)
class Difference:
    """A known difference between the two texts, or an oddity of both, with literal quotations."""

    clause: str
    kind: str
    kk: str
    ru: str
    note: str


def read_terms(content: bytes) -> dict[str, Any]:
    """Read `terms.toml`; raise TermsError for anything missing, unknown or of another type."""
    terms = _toml(content, "terms.toml")
    _require(
        terms,
        {"course": str, "clauses": dict, "duration": dict, "tariffs": list, "academy": dict},
        "terms.toml",
    )
    _require(terms, dict.fromkeys(COUNTS, int), "terms.toml")
    _require(terms["duration"], DURATION, "[duration]")
    _require(terms["academy"], ACADEMY, "[academy]")
    for tariff in terms["tariffs"]:
        _require(tariff, TARIFF, "[[tariffs]]")
        if tariff["level"] not in LEVELS:
            raise TermsError(
                f"terms.toml: row {tariff['row']} has the level {tariff['level']}: "
                f"{', '.join(LEVELS)}"
            )
    _refuse_repeated(terms["tariffs"])
    known = {"course", "tariffs", "duration", *COUNTS}
    if unknown := set(terms) - known - {"clauses", "academy"}:
        raise TermsError(f"terms.toml: nobody reads {', '.join(sorted(unknown))}")
    if without := known ^ set(terms["clauses"]):
        raise TermsError(
            f"terms.toml: [clauses] and the numbers differ in {', '.join(sorted(without))}"
        )
    return terms


def read_differences(content: bytes) -> tuple[Difference, ...]:
    """Read `differences.toml`; raise TermsError for an entry that lacks something."""
    entries = _toml(content, "differences.toml").get("difference", [])
    for number, entry in enumerate(entries, 1):
        wanted = dict.fromkeys(("clause", "kind", "kk", "ru", "note_en"), str)
        _require(entry, wanted, f"differences.toml, entry {number}")
    return tuple(
        Difference(e["clause"], e["kind"], e["kk"], e["ru"], e["note_en"]) for e in entries
    )


def expected_quantities(terms: Mapping[str, Any], clause: str) -> list[tuple[str, Quantity]]:
    """The numbers that `terms.toml` places in a clause, each with its name."""
    return [(name, quantity_of(terms, name)) for name in COUNTS if clause in terms["clauses"][name]]


def quantity_of(terms: Mapping[str, Any], name: str) -> Quantity:
    """A term as a quantity; the end of its name gives the unit."""
    value = Decimal(terms[name])
    if name == "penalty":
        return Quantity(value, "tenge")
    if name == "breaches_for_termination":
        return Quantity(value, "times")
    return Quantity(value, next(unit for ending, unit in UNITS.items() if name.endswith(ending)))


def duration_in_months(terms: Mapping[str, Any]) -> Decimal:
    """The duration in months: half a month is 15 days."""
    return Decimal(terms["duration"]["months"]) + Decimal(terms["duration"]["days"]) / (
        2 * HALF_A_MONTH
    )


def as_json(value: Any) -> Any:
    """The terms for a JSON column: days become ISO text."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _toml(content: bytes, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TermsError(f"{name}: {error}") from error


def _refuse_repeated(tariffs: list[dict[str, Any]]) -> None:
    """Raise TermsError if a package has two tariffs at a level, or two names."""
    seen: set[tuple[str, str]] = set()
    names: dict[str, str] = {}
    for tariff in tariffs:
        if (key := (tariff["package"], tariff["level"])) in seen:
            raise TermsError(f"terms.toml: {' '.join(key)} has two rows")
        seen.add(key)
        if names.setdefault(tariff["package"], tariff["name"]) != tariff["name"]:
            raise TermsError(f"terms.toml: {tariff['package']} has two names")


def _require(table: Mapping[str, Any], wanted: Mapping[str, type], where: str) -> None:
    for name, kind in wanted.items():
        if name not in table:
            raise TermsError(f"{where} lacks {name}")
        if type(table[name]) is not kind:
            raise TermsError(f"{where}: {name} is {table[name]!r}, which is not {kind.__name__}")
