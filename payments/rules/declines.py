"""Why a bank declined a card, in words a buyer can act on; the money was not taken."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

GENERAL = _("Your bank declined the payment. Try another card, or ask your bank.")

REASONS: dict[Promise, tuple[str, ...]] = {
    _("There is not enough money on the card. Top it up or use another card."): ("5051",),
    _("The card has expired. Use another card."): ("5033", "5054"),
    _(
        "The card's limit does not allow this payment."
        " Raise the limit in your bank's app or use another card."
    ): ("5057", "5061", "5062", "5065"),
    _(
        "The bank could not confirm that it is you (3-D Secure)."
        " Try again and enter the code from the bank."
    ): ("5206", "5207"),
    _("The card number is not right. Check it and try again."): ("5014", "5015"),
    _("The code on the back of the card is not right. Check it and try again."): ("5082",),
    _("Your bank did not answer. Try again in a few minutes."): (
        "5006",
        "5091",
        "5092",
        "5096",
        "5204",
    ),
}

_BY_CODE = {code: sentence for sentence, codes in REASONS.items() for code in codes}


def decline_in_words(code: str) -> Promise:
    return _BY_CODE.get(code, GENERAL)
