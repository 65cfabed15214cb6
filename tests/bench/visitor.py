"""A visitor without a browser, who costs the machine little: cookies,
forms and redirects by hand.
"""

import http.client
import urllib.parse
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie


@dataclass
class Answer:
    """What the site said."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def location(self) -> str:
        """Where it sends the visitor."""
        return self.headers["Location"]

    def hidden_fields(self) -> dict[str, str]:
        """Return the hidden fields of the page's forms with their values."""
        return _HiddenFields.read(self.body.decode())


@dataclass
class Visitor:
    """One browser session with a site at 127.0.0.1; `home` is the address that a proxy tells."""

    port: int
    home: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None, {})

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        """Send a form as a browser does, with the token that its cookie holds."""
        token = (
            {"csrfmiddlewaretoken": self.cookies["csrftoken"]}
            if "csrftoken" in self.cookies
            else {}
        )
        body = urllib.parse.urlencode(token | fields).encode()
        return self.send(path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def send(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Send bytes as they are."""
        return self._ask("POST", path, body, headers)

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if self.cookies:
            headers = headers | {
                "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            }
        if self.home:
            headers = headers | {"X-Forwarded-For": self.home}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
        for header in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        return answer


class _HiddenFields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    @classmethod
    def read(cls, page: str) -> dict[str, str]:
        parser = cls()
        parser.feed(page)
        return parser.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "input" and said.get("type") == "hidden" and said.get("name"):
            self.found[str(said["name"])] = said.get("value") or ""
