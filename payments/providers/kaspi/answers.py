"""Answers to Kaspi: always HTTP 200, JSON or XML, with the codes of its protocol (facts, 1a)."""

import json
from dataclasses import dataclass
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from offer_site.languages import Language, speaking

FOUND = 0
UNKNOWN = 1
ENDED = 2
PAID = 3
OTHER = 5

COMMENTS: dict[int, Promise] = {
    UNKNOWN: _("There is no such order"),
    ENDED: _("The order has lapsed or is cancelled"),
    PAID: _("The order is paid already"),
    OTHER: _("The order takes no payment now"),
}


@dataclass(frozen=True)
class KaspiAnswer:
    """One answer; `number` is our number of a payment, `item` a name and a value for the payer."""

    txn_id: str
    result: int
    number: int | None = None
    sum: Decimal | None = None
    item: tuple[str, str] | None = None

    @property
    def comment(self) -> str:
        """The reason in both languages: the payer may not be the buyer."""
        if self.result not in COMMENTS:
            return "OK" if self.number is not None else ""
        comments = []
        for language in Language.values:
            with speaking(language):
                comments.append(str(COMMENTS[self.result]))
        return " / ".join(comments)

    def fields(self) -> dict[str, str]:
        """The fields of the first level, in the protocol's order; `prv_txn` is an older name."""
        content = {"txn_id": self.txn_id}
        if self.number is not None:
            content |= {"prv_txn_id": str(self.number), "prv_txn": str(self.number)}
        content["result"] = str(self.result)
        if self.sum is not None:
            content["sum"] = f"{self.sum:.2f}"
        return content | {"comment": self.comment}


def as_json(answer: KaspiAnswer) -> bytes:
    content: dict[str, object] = {**answer.fields(), "result": answer.result}
    if answer.item:
        name, value = answer.item
        content["fields"] = {"field1": {"@name": name, "#text": value}}
    return json.dumps(content, ensure_ascii=False).encode()


def as_xml(answer: KaspiAnswer) -> bytes:
    response = Element("response")
    for name, value in answer.fields().items():
        SubElement(response, name).text = value
    if answer.item:
        name, value = answer.item
        SubElement(SubElement(response, "fields"), "field1", name=name).text = value
    return bytes(tostring(response, encoding="UTF-8", xml_declaration=True))


FORMATS = {
    "json": (as_json, "application/json; charset=utf-8"),
    "xml": (as_xml, "application/xml; charset=utf-8"),
}
