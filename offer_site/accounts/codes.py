"""Codes to sign in: how many an e-mail is sent, who shares one, and how often it is guessed (3.1).

Nobody locks another out: an e-mail that is asked for too often gets longer codes, never none.
"""

import secrets
import unicodedata
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from offer_site.accounts.models import User
from offer_site.attempts.operations import Attempts

CODE_LENGTH = 6
SHARED_LENGTH = 12  # too many to guess, however often it is tried
PASTED = 200  # characters: a code with the words around it is not cut

LIFE = 600  # seconds a code works
GUESSES = 5  # of one code in one browser

# An e-mail gets this many short codes, each for one browser.
AT_ONCE = 3
AT_ONCE_SECONDS = 300
A_DAY = 20
DAY_SECONDS = 24 * 60 * 60

# Then it gets one long code in this time, and all who ask share it.
SHARED_SECONDS = 600

SECOND_GUESSES = 5  # of a second factor
SECOND_GUESSES_SECONDS = 300
APP_CODE_SECONDS = 120  # longer than a code of the app fits

WISH = "sign_in_wish"  # the session's key


@dataclass(frozen=True)
class Wish:
    """One browser's wish to sign in; `slot` numbers the time of a shared code, or is None.

    `mark` is the user's when the wish was made, or empty: the end of all sessions ends the wish
    too. `digest` is of the browser's own code. Whether the e-mail is known stands nowhere in it.
    """

    key: str
    slot: int | None
    mark: str = ""
    digest: str = ""

    @property
    def guesses(self) -> Attempts:
        return Attempts(f"sign-in-guess:{self.key}", LIFE)

    @property
    def is_shared(self) -> bool:
        return self.slot is not None

    @property
    def shared_until(self) -> datetime | None:
        """From then on a shared code goes out in another letter."""
        if self.slot is None:
            return None
        return datetime.fromtimestamp((self.slot + 1) * SHARED_SECONDS, UTC)

    @property
    def length(self) -> int:
        """Of the code that fits, in digits."""
        return SHARED_LENGTH if self.is_shared else CODE_LENGTH


def new_wish(*, email: str, at: datetime) -> tuple[Wish, str]:
    """Count a wish for an e-mail, known or not; the wish, and the code that opens it.

    The same statements for both: nobody reads from the time of the answer who is a student.
    """
    user = User.objects.filter(email=email).first()
    whose = _digest("e-mail", email)
    lately = Attempts(f"sign-in:{whose}", AT_ONCE_SECONDS).add(at=at)
    today = Attempts(f"sign-in-day:{whose}", DAY_SECONDS).add(at=at)
    is_own = lately <= AT_ONCE and today <= A_DAY
    slot = None if is_own else int(at.timestamp()) // SHARED_SECONDS
    code = new_code() if slot is None else shared_code(email, user, slot)
    digest = code_digest(code) if slot is None else ""
    return Wish(secrets.token_hex(16), slot, mark_of(user), digest), code


def expected_digest(wish: Wish, *, email: str) -> str:
    """The digest of the code that opens a wish; empty once all sessions of its user have ended.

    A shared code is made anew, so that it works once.
    """
    user = User.objects.filter(email=email).first()
    if wish.mark != mark_of(user):
        return ""
    return wish.digest if wish.slot is None else code_digest(shared_code(email, user, wish.slot))


def remember_wish(request: HttpRequest, wish: Wish) -> None:
    request.session[WISH] = asdict(wish)


def wish_of(request: HttpRequest) -> Wish | None:
    """The last wish of this browser."""
    kept = request.session.get(WISH)
    return Wish(**kept) if kept else None


def mark_of(user: User | None) -> str:
    """What changes when all sessions of a user are ended; who never signed in has no sessions."""
    return _digest("mark", f"{user.pk}:{user.password}") if user else ""


def new_code() -> str:
    return f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}}"


def shared_code(email: str, user: User | None, slot: int) -> str:
    """The code that all browsers share in this time; a sign-in, or the end of sessions, ends it.

    It is stored nowhere: the user's own secrets and the site's make it, as in Django's links to
    reset a password. Before the first sign-in there are no secrets of the user.
    """
    whose = f"{user.pk}:{user.password}:{user.last_login}" if user else email
    secret = _digest("shared", f"{whose}:{slot}", length=64)
    return f"{int(secret, 16) % 10**SHARED_LENGTH:0{SHARED_LENGTH}}"


def is_first_letter(code: str, *, at: datetime) -> bool:
    """True for one caller only: a shared code goes out in one letter."""
    return Attempts(f"sign-in-letter:{_digest('letter', code)}", SHARED_SECONDS).add(at=at) == 1


def in_groups(code: str) -> str:
    """A long code as it is read: 1234 5678 9012."""
    if len(code) <= CODE_LENGTH:
        return code
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def code_digest(code: str) -> str:
    """What the session keeps instead of the code."""
    return salted_hmac("offer_site.accounts.sign_in_code", code, algorithm="sha256").hexdigest()


def cleaned(pasted: str) -> str:
    """The digits of whatever was pasted: spaces, dashes, words and invisible signs are left out."""
    return "".join(str(unicodedata.decimal(sign)) for sign in pasted if sign.isdecimal())


def second_factor_guesses(user: User) -> Attempts:
    return Attempts(f"second-factor:{user.pk}", SECOND_GUESSES_SECONDS)


def uses_of_app_code(user: int, code: str) -> Attempts:
    """The uses of one code of the app, which may be one."""
    return Attempts(f"app-code:{_digest('app-code', f'{user}:{code}')}", APP_CODE_SECONDS)


def _digest(thing: str, value: str, *, length: int = 32) -> str:
    """A keyed digest: an e-mail stands in no count."""
    salt = f"offer_site.accounts.{thing}"
    return salted_hmac(salt, value, algorithm="sha256").hexdigest()[:length]
