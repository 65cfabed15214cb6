"""Answering from a page as a browser does: with all that its form sends by itself."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client


class OpenPage(HTMLParser):
    """A page that a person has in front of them; its forms send what it said when it was opened."""

    def __init__(self, browser: Client, address: str) -> None:
        super().__init__()
        self.browser = browser
        self.address = address
        self.forms: dict[str, dict[str, str]] = {}
        self._in_form: dict[str, str] = {}
        response = browser.get(address)
        assert response.status_code == 200, response.status_code
        self.text = response.content.decode()
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            self._in_form = self.forms.setdefault(said.get("action") or self.address, {})
        if tag == "input" and said.get("type") == "hidden" and said.get("name"):
            self._in_form[str(said["name"])] = said.get("value") or ""

    def send(self, values: dict[str, Any] | None = None, *, to: str = "", **more: Any) -> Any:
        """Send the form that goes to an address, or to the page's own, with what is typed in it."""
        address = to or self.address
        unseen = self.forms.get(address, {})
        return self.browser.post(address, unseen | (values or {}), **more)
