"""The consents of checkout: each one separate, with its own text, none ticked (5.1, 5.3)."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.models import Academy, ConsentPurpose


@dataclass(frozen=True)
class ConsentText:
    """One consent: the line to tick, and the full text that is recorded."""

    purpose: str
    line: Promise
    text: Promise
    required: bool

    def full_text(self, academy: Academy) -> str:
        """The exact text that is recorded: the line that was ticked and the words below it."""
        return f"{self.line}\n{self.words(academy)}"

    def words(self, academy: Academy) -> str:
        return str(self.text) % {
            "academy": academy.name,
            "registration": academy.registration,
            "address": academy.address,
        }


CONSENTS = (
    ConsentText(
        ConsentPurpose.TRUTH,
        _("I have read the offer, and my data are true"),
        _(
            "If you do not agree with the offer, leave this page: nothing is stored. "
            "Mistakes can be corrected later."
        ),
        required=True,
    ),
    ConsentText(
        ConsentPurpose.CONTRACT,
        _(
            "I agree to the collection and processing of personal data for the contract and the "
            "certificate"
        ),
        _(
            "Who: %(academy)s, registration certificate %(registration)s, %(address)s, and those "
            "who perform the"
            " contract with it: curators, the bank that takes the payment, the mail and hosting "
            "providers. What:"
            " surname, name, patronymic, phone, e-mail, address, and for a minor or a company the "
            "data asked for here."
            " Why: to conclude and perform the contract and to issue the certificate (section 5 of "
            "the offer). For how"
            " long: while the contract runs and as long after it as the law asks. The data are not"
            " published; the page that verifies the certificate shows the learner's name to "
            "whoever has its code."
        ),
        required=True,
    ),
    ConsentText(
        ConsentPurpose.CROSS_BORDER,
        _("I agree to cross-border transfer of these data"),
        _(
            "Not required. Needed only for services whose servers stand abroad, such as Telegram "
            "or Instagram (5.1)."
        ),
        required=False,
    ),
    ConsentText(
        ConsentPurpose.RESEARCH,
        _("I agree to take part in research on the quality of the course"),
        _("Not required. A short survey during the course and after it (5.3.4)."),
        required=False,
    ),
    ConsentText(
        ConsentPurpose.MARKETING,
        _("Write to me about news and discounts"),
        _("Not required. By e-mail and phone (5.3.5). You can refuse in one tap, in the cabinet."),
        required=False,
    ),
)

GUARDIANS_CONSENT = ConsentText(
    ConsentPurpose.CONTRACT,
    _("I agree that the learner concludes this contract and pays for it"),
    _(
        "I am a parent, guardian or adopter of the learner named here. I have read the public "
        "offer of %(academy)s and agree that the learner, who is from 14 to 18, concludes the "
        "contract for the course and pays its price. I agree that the learner's and my own "
        "personal data are processed for the contract and the certificate (section 5 of the "
        "offer)."
    ),
    required=True,
)

EMPLOYEES_CONSENT = ConsentText(
    ConsentPurpose.EMPLOYEES,
    _("The employees of the list have agreed to it"),
    _(
        "The company has each employee's consent to pass the name to %(academy)s for the contract, "
        "the lessons and the"
        " certificate, and to the processing described above, and shows it on request. "
        "The page that verifies a"
        " certificate shows the learner's name to whoever has its code."
    ),
    required=True,
)

HALVES_CONSENT = ConsentText(
    ConsentPurpose.CONTRACT,
    _("I agree to the processing of these data to answer my request, in Telegram too"),
    _(
        "Who: %(academy)s, registration certificate %(registration)s, %(address)s. What: "
        "name, e-mail, phone, the name"
        " in Telegram and what you write here. Why: to agree on the payment in two halves, through "
        "Telegram as clause"
        " 4.3.1 says; its servers stand abroad. For how long: until the request is settled, and "
        "with the contract if"
        " there is one. The data are not published."
    ),
    required=True,
)
