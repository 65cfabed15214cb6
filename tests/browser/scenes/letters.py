"""Every kind of letter as a mail program shows it, and the mailbox of a development site."""

from collections.abc import Iterator
from typing import Any

from django.core.mail import get_connection
from django.test import override_settings

from offer_site.notices.kinds import NoticeKind
from offer_site.notices.letters import letter_bytes
from offer_site.notices.outbox import StoredMessage
from tests.browser.scenes.scene import Visitor, scene
from tests.given import a_published_offer
from tests.mailbox import parse
from tests.notices.post import NOW, a_notice

FOLDER_BACKEND = "offer_site.notices.backends.FolderBackend"


@scene("letter", at=NOW)
def letter(visitor: Visitor) -> Iterator[tuple[str, str]]:
    a_published_offer()
    for kind in NoticeKind:
        written = parse(letter_bytes(a_notice(kind, language=visitor.language), at=NOW)[1])
        yield str(kind), written.get_body(("html",)).get_content()


@scene("dev-mail", at=NOW)
def dev_mail(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    a_published_offer()
    with override_settings(DEBUG=True, EMAIL_BACKEND=FOLDER_BACKEND):
        for kind in (NoticeKind.ORDER_PLACED, NoticeKind.CONTRACT_CONCLUDED):
            notice = a_notice(kind, language=visitor.language)
            get_connection().send_messages([StoredMessage(notice, letter_bytes(notice, at=NOW)[1])])
        listed = visitor.opens("dev_mail")
        yield "list", listed
        yield "letter", visitor.opens("dev_mail_letter", next(iter(listed.context["letters"])).name)
