"""What is asked of the student, one calm sentence a doubt, in the language spoken now (9.5)."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .recipient import Doubt, Field, Reason

TITLES: dict[Field, Promise] = {
    Field.LEARNER: _("learner's name"),
    Field.BIRTH_DATE: _("child's birth date"),
    Field.LEARNER_IIN: _("child's IIN"),
    Field.COMPANY_NAME: _("full name of the company"),
    Field.BIN: _("BIN or IIN"),
    Field.ADDRESS: _("address"),
    Field.POSTAL_ADDRESS: _("postal address"),
    Field.AUTHORIZED: _("name of the authorized person"),
    Field.POSITION: _("position of the authorized person"),
    Field.EMAIL: _("e-mail"),
}
_NAME = {
    Reason.MISSING: _(
        "The certificate states the full name, and the surname or the given name is missing."
    ),
    Reason.MIXED_ALPHABETS: _(
        "One word of the name has letters of two alphabets: they look alike, and are not."
    ),
    Reason.WHOLE_NAME: _(
        "The surname seems to hold the whole name. Each part has a place of its own."
    ),
    Reason.SINGLE_NAME: _(
        "The given name is empty. If the document has only one name, keep it so."
    ),
    Reason.INITIAL: _("The name is shortened. The certificate states it in full."),
    Reason.REPEATED: _("The same word stands twice in the name."),
    Reason.FILLER: _("This does not look like a name. Write it as in the identity document."),
    Reason.ASKED: _("Please check how the name is written."),
}
_ADDRESS = {
    Reason.MISSING: _("The address is missing. Write it in full."),
    Reason.NOT_AN_ADDRESS: _("This does not look like an address. Write it in full."),
    Reason.NO_HOUSE: _("The address has no house number. Write it in full."),
    Reason.ASKED: _("Please check the address."),
}
WORDS: dict[tuple[Field, Reason], Promise] = {
    **{(Field.LEARNER, reason): words for reason, words in _NAME.items()},
    **{(Field.AUTHORIZED, reason): words for reason, words in _NAME.items()},
    **{(Field.GUARDIAN, reason): words for reason, words in _NAME.items()},
    **{(Field.ADDRESS, reason): words for reason, words in _ADDRESS.items()},
    (Field.LEARNER, Reason.LIKE_COMPANY): _(
        "The learner is called like the company. Write the employee's name."
    ),
    (Field.LEARNER, Reason.LIKE_GUARDIAN): _(
        "The child and the parent have the same name. Write the child's."
    ),
    (Field.LEARNER_IIN, Reason.LIKE_GUARDIAN): _(
        "The child and the parent have the same IIN. Write the child's."
    ),
    (Field.LEARNER_IIN, Reason.ASKED): _("Please check the child's IIN."),
    (Field.BIRTH_DATE, Reason.NOT_OF_IIN): _("The child's IIN states another birth date."),
    (Field.BIRTH_DATE, Reason.ASKED): _("Please check the child's birth date."),
    (Field.COMPANY_NAME, Reason.MISSING): _("The full name of the company is missing."),
    (Field.COMPANY_NAME, Reason.NO_LEGAL_FORM): _(
        "The full name of the company has its legal form: LLP, JSC and so on."
    ),
    (Field.COMPANY_NAME, Reason.ASKED): _("Please check the full name of the company."),
    (Field.BIN, Reason.MISSING): _("The BIN or IIN of the company is missing."),
    (Field.BIN, Reason.NOT_AN_ORGANIZATION): _(
        "This is not a BIN. An IIN is that of a sole trader: check the number and the full name."
    ),
    (Field.BIN, Reason.ASKED): _("Please check the BIN or IIN of the company."),
    (Field.POSTAL_ADDRESS, Reason.NOT_AN_ADDRESS): _(
        "The postal address does not look like one. Write it in full."
    ),
    (Field.POSTAL_ADDRESS, Reason.NO_HOUSE): _(
        "The postal address has neither a house number nor a box."
    ),
    (Field.POSTAL_ADDRESS, Reason.ASKED): _("Please check the postal address."),
    (Field.POSITION, Reason.MISSING): _("The position of the authorized person is missing."),
    (Field.POSITION, Reason.ASKED): _("Please check the position of the authorized person."),
    (Field.EMAIL, Reason.MISSING): _("The e-mail is missing."),
    (Field.EMAIL, Reason.MISSPELT): _(
        "The end of the e-mail looks mistyped: letters may not arrive."
    ),
    (Field.EMAIL, Reason.ASKED): _("Please check the e-mail."),
    (Field.GUARDIAN_EMAIL, Reason.MISSPELT): _(
        "The end of the e-mail looks mistyped: letters may not arrive."
    ),
}


def question_about(doubt: Doubt) -> Promise:
    return WORDS[doubt]


def questions_about(doubts: Iterable[Doubt]) -> list[str]:
    """Everything that is asked, in the language spoken now; the same sentence only once."""
    return list(dict.fromkeys(str(question_about(doubt)) for doubt in doubts))
