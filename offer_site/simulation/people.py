"""The people of a simulated cohort: invented, and different in every seed."""

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from enrollment.forms.consents import CONSENTS
from enrollment.models import PartyKind
from enrollment.operations.ordering.applications import (
    Application,
    GuardianData,
    LearnerData,
    PartyData,
)
from offer_site.languages import speaking

# A surname, a name and a patronymic of one person; half of them have no patronymic.
SURNAMES = ("Әбілқасымова", "Сейітқали", "Қожағұлова", "Нұрғалиева", "Төлеген", "Иванова", "Ким")
NAMES = ("Гүлнұр", "Әлия", "Жұлдызай", "Іңкәр", "Мөлдір", "Анна", "Ұлпан")
PATRONYMICS = ("Қайратқызы", "", "Әбдіманапқызы", "", "Сергеевна")
STREETS = ("Абай даңғылы", "Тәуке хан даңғылы", "Сәтбаев көшесі", "улица Гагарина")
CITIES = ("Алматы қаласы", "Шымкент қаласы", "Ақтөбе қаласы", "город Павлодар")
COMPANY = {
    "company_name": "«Жаңа Өркен» ЖШС",
    "bin": "971240001315",
    "position": "директор",
    "postal_address": "030012, Ақтөбе қаласы, а/ж 118",
}
GUARDIAN = {"relation": "parent", "iin": "900101300811"}
BORN = date(2014, 11, 22)
BORN_OF_A_MINOR = date(2010, 11, 22)  # sixteen: pays after a guardian's consent
NO_TOWN = "үйдің жанында"  # what 9.5 asks about


class People:
    """Makes applicants; `chance` makes them the same for the same seed."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.number = 0

    def language(self) -> str:
        return self.chance.choice(("kk", "kk", "ru"))

    def person(self, *, language: str, marketing: bool = False, **party: Any) -> Application:
        """Somebody who learns himself."""
        values = self._party(PartyKind.PERSON) | party
        learner = LearnerData(
            surname=values["surname"], name=values["name"], patronymic=values["patronymic"]
        )
        return self._application(values, learner, language=language, marketing=marketing)

    def guardian(self, *, language: str) -> Application:
        """A parent who orders for a child of twelve."""
        values = self._party(PartyKind.GUARDIAN) | GUARDIAN
        child = LearnerData(
            surname=values["surname"], name=self.chance.choice(NAMES), birth_date=BORN
        )
        return self._application(values, child, language=language)

    def minor(self, *, language: str) -> Application:
        """Somebody of sixteen, and the parent who has to consent."""
        values = self._party(PartyKind.MINOR)
        learner = LearnerData(
            surname=values["surname"],
            name=values["name"],
            patronymic=values["patronymic"],
            birth_date=BORN_OF_A_MINOR,
        )
        parent = GuardianData(
            surname=values["surname"],
            name="Бауыржан",
            relation="parent",
            email=f"parent{self.number}@example.kz",
            phone=f"+7702{self.number:07}",
        )
        return replace(self._application(values, learner, language=language), guardian=parent)

    def company(self, *, learners: int, language: str) -> list[Application]:
        """One company, and an application for each of its employees."""
        values = self._party(PartyKind.COMPANY) | COMPANY
        first = self._application(values, self._learner(1), language=language)
        return [first] + [
            replace(first, learner=self._learner(number)) for number in range(2, learners + 1)
        ]

    def consents(self, *, language: str, marketing: bool = False) -> tuple[tuple[str, str], ...]:
        """What a person agrees to, in the words of the page."""
        with speaking(language):
            return tuple(
                (consent.purpose, str(consent.line))
                for consent in CONSENTS
                if consent.required or (marketing and consent.purpose == "marketing")
            )

    def _learner(self, number: int) -> LearnerData:
        """An employee; no two of one company have one name."""
        surname = SURNAMES[number % len(SURNAMES)]
        return LearnerData(surname=surname, name=NAMES[number % len(NAMES)])

    def _party(self, kind: str) -> dict[str, Any]:
        self.number += 1
        house = self.chance.randint(1, 90)
        return {
            "kind": kind,
            "surname": self.chance.choice(SURNAMES),
            "name": self.chance.choice(NAMES),
            "patronymic": self.chance.choice(PATRONYMICS),
            "phone": f"+7701{self.number:07}",
            "email": f"student{self.number}@example.kz",
            "address": f"{self.chance.choice(CITIES)}, {self.chance.choice(STREETS)}, {house}",
        }

    def _application(
        self, party: dict[str, Any], learner: LearnerData, *, language: str, marketing: bool = False
    ) -> Application:
        return Application(
            party=PartyData(**party),
            learner=learner,
            consents=self.consents(language=language, marketing=marketing),
            origin_address=f"198.18.{self.number // 250 % 250}.{self.number % 250}",
            origin_agent="simulation",
            origin_browser=f"simulated {self.number}",
        )
