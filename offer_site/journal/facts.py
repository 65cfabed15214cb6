"""What the journal says of a row, in the words of staff: the names of facts, and of what is told.

The rows keep short names, which are the same in every language and release.
"""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

FACTS: dict[str, Promise] = {
    "about": _("about what"),
    "accepts": _("agrees"),
    "agreed_at": _("agreed at"),
    "amount": _("amount"),
    "answer": _("answer"),
    "answered": _("answered"),
    "application": _("application"),
    "approved": _("approved"),
    "asked": _("what was asked"),
    "asked_at": _("asked at"),
    "asked_by": _("asked by"),
    "asked_on": _("day of the demand"),
    "asks_for_look": _("a second person compares it with the bank"),
    "attempts": _("attempts"),
    "because": _("because of"),
    "breach_statement": _("statement about the breach"),
    "breaches": _("breaches"),
    "brought_by": _("who brought the file"),
    "by": _("by"),
    "by_number": _("number of the new certificate"),
    "calendar": _("calendar"),
    "case": _("refund case"),
    "cause": _("cause"),
    "changed_in_one_language": _("changed in one language only"),
    "claim": _("claim"),
    "classes": _("kinds of data"),
    "closing": _("closing balance"),
    "code": _("code"),
    "cohort": _("cohort"),
    "comment": _("comment"),
    "commission": _("commission"),
    "confirmed": _("confirmed without a change"),
    "cost": _("cost"),
    "currency": _("currency"),
    "day": _("day"),
    "days": _("days"),
    "decided_on": _("decided on"),
    "decision": _("decision"),
    "demand": _("demand"),
    "differences": _("differences"),
    "digest": _("digest"),
    "document": _("document"),
    "door": _("where it was said"),
    "due_on": _("due day"),
    "edition": _("edition of the offer"),
    "effective_from": _("in force from"),
    "ends_at": _("ends at"),
    "ends_on": _("last day"),
    "ends_order": _("the contract ends"),
    "event_on": _("day of the event"),
    "exclusion": _("left out"),
    "fields": _("fields"),
    "file": _("file"),
    "files": _("files"),
    "for_another": _("by somebody who pays for another"),
    "form": _("form"),
    "found": _("found"),
    "from": _("before it was"),
    "from_on": _("from the day"),
    "granted": _("sum granted"),
    "ground": _("ground"),
    "group": _("group"),
    "guardian": _("parent or guardian, as a digest"),
    "guardian_before": _("parent or guardian before, as a digest"),
    "happened_at": _("happened at"),
    "held_until": _("place held until"),
    "how": _("how"),
    "in_time": _("in time"),
    "incoming": _("incoming operations"),
    "instead_of": _("instead of"),
    "invoice": _("invoice"),
    "is_late": _("came late"),
    "is_working": _("working day"),
    "item": _("lesson or work"),
    "items": _("lessons and works"),
    "keeps_place": _("keeps its place"),
    "kind": _("kind"),
    "known": _("what was known"),
    "language": _("language"),
    "lapsed": _("lapsed orders"),
    "latest_on": _("latest day"),
    "learner": _("learner"),
    "learner_before": _("learner before"),
    "left": _("left"),
    "letter": _("letter"),
    "manual_receipt": _("money by hand"),
    "marketing": _("with advertising"),
    "move": _("move"),
    "name": _("name"),
    "name_kk": _("name in Kazakh"),
    "name_ru": _("name in Russian"),
    "new": _("new"),
    "no_payment_made": _("the buyer says that no payment was made"),
    "number": _("number"),
    "object_before": _("may object before"),
    "occasion": _("occasion"),
    "of": _("of what"),
    "opening": _("opening balance"),
    "opens_payment": _("opens the payment"),
    "order": _("order"),
    "origin": _("where it came from"),
    "outcome": _("outcome"),
    "outgoing": _("outgoing operations"),
    "owed": _("owed"),
    "parts": _("parts of the programme"),
    "party": _("party"),
    "party_before": _("party before"),
    "passed_over_at": _("last mail passed over came at"),
    "payments": _("payments"),
    "performed_on": _("day of performance"),
    "person": _("person"),
    "picture": _("picture"),
    "price": _("price"),
    "proposal": _("proposal"),
    "provider": _("payment provider"),
    "purpose": _("purpose"),
    "purposes": _("purposes"),
    "question": _("question"),
    "reason": _("reason"),
    "received": _("received"),
    "reference": _("number at the provider"),
    "report": _("report of a payment"),
    "request": _("request"),
    "rest_on": _("day of the rest"),
    "returned": _("returned"),
    "rule": _("rule"),
    "said_at": _("said at"),
    "sent_at": _("sent at"),
    "sha256": _("digest of the file"),
    "share": _("share"),
    "shuts_off": _("shuts off access"),
    "side": _("side"),
    "since": _("from the day"),
    "source": _("source"),
    "standing": _("standing"),
    "starts_at": _("begins at"),
    "statement": _("statement"),
    "status": _("status"),
    "students": _("students"),
    "subject": _("subject"),
    "taken": _("recorded payment"),
    "tariff": _("tariff"),
    "terms": _("deadlines that run"),
    "text": _("text"),
    "texts": _("texts"),
    "third_party": _("third party"),
    "to": _("now it is"),
    "to_on": _("to the day"),
    "told_on": _("day when it was told"),
    "tries": _("tries"),
    "until": _("until"),
    "update": _("message of Telegram"),
    "valid_until": _("valid until"),
    "vanished": _("not found any more"),
    "version": _("version"),
    "way": _("way"),
    "what": _("what exactly"),
    "why": _("why"),
    "words_kk": _("words in Kazakh"),
    "words_ru": _("words in Russian"),
    "work": _("work"),
}
# Money is named by who told of it, and by the number there: `card 7001`.
OF_MONEY = ("receipt", "refund", "hold")
TOLD_BY: dict[str, Promise | str] = {
    "card": _("Bank card"),
    "kaspi": "Kaspi",
    "bank": _("Transfer to the bank account"),
    "installment": _("Instalments through a bank"),
    "manual": _("by hand"),
}


def fact_name(name: str) -> Promise | str:
    """The name of a fact; one of an older release that is not in the table is shown as stored."""
    return FACTS.get(name, name)


def fact_text(fact: Any) -> Any:
    """A fact without the signs of a programme: lists, yes and no, and what is empty."""
    if isinstance(fact, bool):
        return gettext("yes") if fact else gettext("no")
    if isinstance(fact, dict):
        return ", ".join(f"{fact_name(name)}: {fact_text(value)}" for name, value in fact.items())
    if isinstance(fact, list):
        return ", ".join(str(fact_text(each)) for each in fact) or "–"
    return "–" if fact in (None, "") else fact


def key_in_words(kind: str, key: str) -> str:
    """The key of what a row is about: of money, with the provider's name."""
    told_by, space, number = key.partition(" ")
    if kind in OF_MONEY and space and told_by in TOLD_BY:
        return f"{TOLD_BY[told_by]} {number}"
    return key
