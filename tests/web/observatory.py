"""The points that Mozilla's Observatory gives the headers of one answer.

Its table: `src/grader/charts.js` of mdn/mdn-http-observatory, as of November 2026. A hundred to
begin with; what is lacking takes points away, and what is better than good adds some. The five
points of a host in the browsers' preload list are not counted: no answer can give them to itself.
"""

import re
from typing import Any

HALF_A_YEAR = 15_768_000
ISOLATION = {
    "Cross-Origin-Resource-Policy": ("same-origin", "same-site"),
    "Cross-Origin-Embedder-Policy": ("require-corp", "credentialless"),
    "Cross-Origin-Opener-Policy": ("same-origin", "same-origin-allow-popups"),
}
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
SESSIONS = re.compile(r"sess|login|auth|orders|invoices|halves", re.IGNORECASE)
FORGERY = re.compile(r"csrf|xsrf", re.IGNORECASE)


def points(answer: Any, *, cookies: Any) -> int:
    """Add up the table; `cookies` are those that were set on the way to this page."""
    return 100 + sum(modifiers(answer, cookies=cookies).values())


def modifiers(answer: Any, *, cookies: Any) -> dict[str, int]:
    headers = answer.headers
    policy = directives(headers.get("Content-Security-Policy", ""))
    return {
        "content-security-policy": of_policy(policy),
        "cookies": of_cookies(cookies),
        "cross-origin-resource-sharing": -50 if "Access-Control-Allow-Origin" in headers else 0,
        "referrer-policy": 5 if headers.get("Referrer-Policy") in PRIVATE else 0,
        "strict-transport-security": of_transport(headers.get("Strict-Transport-Security", "")),
        "subresource-integrity": of_scripts(answer),
        "x-content-type-options": 0 if headers.get("X-Content-Type-Options") == "nosniff" else -5,
        "x-frame-options": of_frames(policy, headers.get("X-Frame-Options", "")),
    } | {name: of_isolation(headers.get(name, ""), good) for name, good in ISOLATION.items()}


def directives(policy: str) -> dict[str, list[str]]:
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {name: values for name, *values in parts}


def of_policy(policy: dict[str, list[str]]) -> int:
    if not policy:
        return -25
    named = {value for values in policy.values() for value in values}
    if named & {"'unsafe-inline'", "'unsafe-eval'", "data:", "https:", "http:", "*"}:
        return -20
    if any(value.startswith("http://") for value in named):
        return -20
    is_shut = policy.get("default-src") == ["'none'"]
    own_forms = policy.get("form-action") in (["'self'"], ["'none'"])
    return 10 if is_shut and own_forms else 5


def of_cookies(cookies: Any) -> int:
    worst = [5]
    for name, cookie in cookies.items():
        is_session = bool(SESSIONS.search(name))
        if not cookie["secure"]:
            worst.append(-10 if is_session else -5)
        if is_session and not cookie["httponly"]:
            worst.append(-30)
        if cookie["samesite"] not in ("Lax", "Strict"):
            worst.append(-20 if FORGERY.search(name) or cookie["samesite"] else 0)
    return min(worst) if cookies else 0


def of_transport(header: str) -> int:
    found = re.match(r"max-age=(\d+)", header)
    if not found:
        return -20
    return 0 if int(found[1]) >= HALF_A_YEAR else -10


def of_isolation(header: str, good: tuple[str, ...]) -> int:
    return 10 if header in good else 0


def of_scripts(answer: Any) -> int:
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return 0
    scripts = re.findall(r"<script\b[^>]*\bsrc=[^>]*>", answer.content.decode())
    if any(re.search(r'src="(https?:)?//', script) for script in scripts):
        return -50
    return 5 if scripts and all("integrity=" in script for script in scripts) else 0


def of_frames(policy: dict[str, list[str]], header: str) -> int:
    if policy.get("frame-ancestors") in (["'none'"], ["'self'"]):
        return 5
    return 0 if header in ("DENY", "SAMEORIGIN") else -20
