"""What a buyer fills in before an order, and how its learner is recognized again."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date

from django.conf import settings


@dataclass(frozen=True)
class PartyData:
    """The party as filled in; what this kind of party is not asked is empty (1.1)."""

    kind: str
    surname: str
    name: str
    phone: str
    email: str
    patronymic: str = ""
    address: str = ""
    postal_address: str = ""
    iin: str = ""
    relation: str = ""
    company_name: str = ""
    bin: str = ""
    position: str = ""


@dataclass(frozen=True)
class LearnerData:
    """The learner as filled in; only a minor is asked for the birth date and the IIN."""

    surname: str
    name: str
    patronymic: str = ""
    birth_date: date | None = None
    iin: str = ""


@dataclass(frozen=True)
class GuardianData:
    """Who must consent to the order of a minor from 14 to 18, as filled in (1.1)."""

    surname: str
    name: str
    relation: str
    email: str
    phone: str
    patronymic: str = ""


@dataclass(frozen=True)
class Application:
    """What a buyer filled in, and the consents given with their exact texts (5.1).

    `origin_browser` is a digest that tells one browser from another; `confirmed` are the fields of
    9.5 that the buyer was asked about and kept.
    """

    party: PartyData
    learner: LearnerData
    consents: tuple[tuple[str, str], ...]
    origin_address: str | None = None
    origin_agent: str = ""
    origin_browser: str = ""
    confirmed: tuple[str, ...] = ()
    guardian: GuardianData | None = None


def learner_key(*, email: str, full_name: str) -> str:
    """A keyed digest that recognizes a learner without storing a personal value (O4).

    It is what "one unpaid order, one enrollment a cohort" is checked by.
    """
    words = " ".join(f"{email} {full_name}".casefold().split())
    return hmac.new(settings.SECRET_KEY.encode(), words.encode(), hashlib.sha256).hexdigest()
