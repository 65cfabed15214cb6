"""How much a visitor of whom nothing is known may hold and send: wide enough for a class of 31
behind one address, too little to shut others out (4.6).
"""

from collections.abc import Sequence
from dataclasses import dataclass

HOUR = 60 * 60  # seconds
DAY = 24 * HOUR

# Orders, lists, requests for halves and corrections of one address: a class orders, some of it
# corrects itself and orders again.
DEEDS_AN_HOUR = 90
DEEDS_A_DAY = 240
# Corrections of one unpaid order by its visitor in a day.
CORRECTIONS = 5
# Letters a day that visitors cause to one mailbox: one that has shown no life, and any other.
LETTERS_TO_A_STRANGER = 5
LETTERS_TO_A_READER = 40
# An order's link that is asked for again: so many seconds after the letter before it, and for so
# many orders of a mailbox, or mailboxes of a phone, by one wish.
LINK_PAUSE = 10 * 60
LINKS_AT_ONCE = 5
# Papers that are made anew: of one order in a day, as after a correction, and for one address.
PAPERS_OF_ONE_A_DAY = 20
PAPERS_AN_HOUR = 120
# Documents that the buyer of one unpaid order, or of one list, sends: reports and applications.
DOCUMENTS = 6
DOCUMENT_BYTES = 30 * 1024 * 1024
DOCUMENTS_KNOWN_FOR = 90 * DAY  # longer than an order stays unpaid
# Documents of one address: a class reports its transfers.
DOCUMENTS_AN_HOUR = 60
# Applications for instalments that the buyer of one order names.
APPLICATIONS = 10


@dataclass(frozen=True)
class ClaimedPlace:
    """Who holds a place of a cohort without having paid; `is_seen` once a letter was opened."""

    email: str
    browser: str
    home: str
    is_seen: bool


def may_claim(*, wanted: int, by: ClaimedPlace, held: Sequence[ClaimedPlace], seats: int) -> bool:
    """True if a new order, or the orders of a list, may hold their places until they are paid.

    A browser and an e-mail hold for one unpaid order, or one list. Where no letter was opened yet,
    one address holds four fifths of a cohort at most, and all of them together nine tenths: what
    is left is free for whoever pays. An order that holds no place takes one when it is paid.
    """
    if any(each.email == by.email or (by.browser and each.browser == by.browser) for each in held):
        return False
    if by.is_seen:
        return True
    unseen = [each for each in held if not each.is_seen]
    from_here = [each for each in unseen if each.home == by.home]
    return len(from_here) + wanted <= places_of_one_address(seats) and len(
        unseen
    ) + wanted <= places_of_strangers(seats)


def places_of_one_address(seats: int) -> int:
    """Four fifths of the seats, rounded up."""
    return -(-seats * 4 // 5)


def places_of_strangers(seats: int) -> int:
    """Nine tenths of the seats, rounded up."""
    return -(-seats * 9 // 10)
