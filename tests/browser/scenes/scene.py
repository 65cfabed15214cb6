"""What a scene is: a name, a moment, and a function that answers with what is to be seen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import time_machine
from django.conf import settings
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from enrollment.models import Invoice, Order
from enrollment.operations.links import invoice_link, order_signature
from offer_site.accounts.operations import admitted_user
from tests.browser.camera import Camera
from tests.given import NOON

PHONE_AND_DESK = (360, 1280)
DESK = (1280,)

# A page is the site's answer, a paper is bytes, a letter is HTML.
Shown = HttpResponseBase | bytes | str


class Visitor(Client):
    """A browser with a language, in which time can be moved on."""

    def __init__(self, language: str, clock: time_machine.Traveller) -> None:
        super().__init__()
        self.language = language
        self.clock = clock
        self.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    def at(self, moment: datetime) -> "Visitor":
        self.clock.move_to(moment, tick=False)
        return self

    def address(self, page: str, *arguments: Any) -> str:
        with override(self.language):
            return reverse(page, args=arguments)

    def opens(self, page: str, *arguments: Any, **query: Any) -> Any:
        return self.get(self.address(page, *arguments), query, follow=True)

    def sends(self, page: str, *arguments: Any, values: dict[str, Any]) -> Any:
        return self.post(self.address(page, *arguments), values, follow=True)

    def opens_order(self, order: Order, page: str = "order") -> Any:
        """Open a page of an order from its letter."""
        order = Order.objects.with_people().get(pk=order.pk)
        return self.opens(page, order.code, key=order_signature(order))

    def opens_invoice(self, invoice: Invoice, page: str = "invoice") -> Any:
        """Open a page of a company's invoice from its letter."""
        key = invoice_link(invoice, invoice.orders.with_people()).partition("?key=")[2]
        self.get(self.address("invoice", invoice.code), {"key": key})
        return self.opens(page, invoice.code)

    def signs_in(self, email: str) -> None:
        user = admitted_user(email=email)
        assert user is not None
        self.force_login(user)


@dataclass(frozen=True)
class Picture:
    """One thing to be photographed."""

    name: str
    shown: Shown
    widths: tuple[int, ...]
    visitor: Visitor

    def is_wanted(self, wanted: list[str]) -> bool:
        return not wanted or any(self.name.startswith(each) for each in wanted)

    def take(self, camera: Camera) -> None:
        language = self.visitor.language
        if isinstance(self.shown, bytes):
            camera.take_paper(self.name, self.shown, language=language)
        elif isinstance(self.shown, str):
            camera.take_letter(self.name, self.shown, language=language)
        else:
            camera.take_page(
                self.name,
                self.shown,
                language=language,
                widths=self.widths,
                visitor=self.visitor,
            )


@dataclass(frozen=True)
class Scene:
    """A scene; its function answers with one thing, or yields pairs of a name's end and a thing."""

    name: str
    play: Callable[[Visitor], Any]
    at: datetime
    widths: tuple[int, ...]

    def has_wanted(self, wanted: list[str]) -> bool:
        return not wanted or any(
            each.startswith(self.name) or self.name.startswith(each) for each in wanted
        )

    def pictures(self, language: str, clock: time_machine.Traveller) -> list[Picture]:
        visitor = Visitor(language, clock)
        shown = self.play(visitor)
        if isinstance(shown, Shown):
            return [Picture(self.name, shown, self.widths, visitor)]
        return [Picture(f"{self.name}-{end}", each, self.widths, visitor) for end, each in shown]


SCENES: list[Scene] = []


def scene(
    name: str, *, at: datetime = NOON, widths: tuple[int, ...] = PHONE_AND_DESK
) -> Callable[[Callable[[Visitor], Any]], Callable[[Visitor], Any]]:
    """Enter a function among the scenes, which are played as they are written."""

    def enter(play: Callable[[Visitor], Any]) -> Callable[[Visitor], Any]:
        SCENES.append(Scene(name, play, at, widths))
        return play

    return enter
