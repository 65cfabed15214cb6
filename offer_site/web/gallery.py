"""The gallery of components at /dev/gallery/: each drawn with samples in both languages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from offer_site.languages import Language, speaking
from offer_site.web.styles import CSS
from offer_site.web.visitor import THEME_COOKIE, THEMES, cookie_name

COMPONENTS = CSS / "components"
SPRITE = CSS.parent / "img" / "sprite.svg"
DRAWN_ELSEWHERE = {"mark", "horns"}  # symbols of the sprite that are no icons
FULL = datetime(2026, 11, 29, 19, tzinfo=UTC)  # 24:00 of the 29th in Almaty


class Component(NamedTuple):
    """A file of the look: its name, what it is for, and how it looks in each language."""

    name: str
    purpose: str
    panes: list[tuple[str, SafeString]]


@dataclass(frozen=True)
class Rung:
    """A price level, as the ladder of the home page reads it."""

    label: str
    price: int
    level: str
    is_current: bool = False
    opens_at: datetime | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True)
class Doubt:
    """A doubt at a field, as components/doubt.html reads it."""

    sentence: str
    proposal: str
    takes: str = "email"
    keeps: str = "email"

    def __iter__(self) -> Iterator[str]:
        yield self.sentence


@dataclass(frozen=True)
class Works:
    """Announced works, as the banner reads them."""

    words_kk = "Дерекқорды жаңартамыз."
    words_ru = "Обновляем базу данных."
    starts_at = datetime(2026, 11, 29, 22, tzinfo=UTC)
    ends_at = datetime(2026, 11, 29, 22, 20, tzinfo=UTC)


@never_cache
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component file in both languages; 404 without DEBUG. `?theme=dark` sets the theme."""
    for_developers_alone()
    if request.GET.get("theme") in THEMES:
        request.COOKIES[cookie_name(THEME_COOKIE)] = request.GET["theme"]
    return render(
        request,
        "dev/gallery.html",
        {
            "colors": colors(),
            "components": [component(path, request) for path in component_files()],
            "themes": THEMES,
        },
    )


@never_cache
@require_safe
def gallery_state(request: HttpRequest) -> HttpResponse:
    """What the live line of the gallery is answered: money that never comes."""
    for_developers_alone()
    return JsonResponse({"state": request.GET.get("state", ""), "words": f"{timezone.now():%T}"})


def for_developers_alone() -> None:
    if not settings.DEBUG:
        raise Http404


def component_files() -> list[Path]:
    return sorted(COMPONENTS.glob("*.css"))


def component(path: Path, request: HttpRequest) -> Component:
    """A file and its panes, drawn by dev/gallery/<name>.html."""
    panes = []
    for language in Language.values:
        with speaking(language):
            drawn = render_to_string(f"dev/gallery/{path.stem}.html", samples(language), request)
        panes.append((language, drawn))
    return Component(path.name, purpose_of(path), panes)


def purpose_of(path: Path) -> str:
    """The comment at the head of a file."""
    head = re.match(r"/\*(.*?)\*/", path.read_text(encoding="utf-8"), re.DOTALL)
    return " ".join(head[1].split()) if head else ""


def colors() -> list[str]:
    """Names of the colours of tokens.css, in their order."""
    on_screens, _on_paper = (CSS / "tokens.css").read_text(encoding="utf-8").split("@media print")
    named = re.findall(r"^ +--([a-z-]+): (?:var\(--if-light, )?#", on_screens, re.MULTILINE)
    return list(dict.fromkeys(named))


def icon_names() -> list[str]:
    """Icons of the sprite, in their order."""
    names = re.findall(r'<symbol id="([a-z-]+)"', SPRITE.read_text(encoding="utf-8"))
    return [name for name in names if name not in DRAWN_ELSEWHERE]


def samples(language: str) -> dict[str, Any]:
    """What the entries show, in one language. Nothing of it is a fact."""
    place = list(Language.values).index(language)

    def say(*words: str) -> str:
        return words[place]

    from offer_site.pdf import qr_svg  # it loads the PDF libraries, which no other page needs

    rooms = [("Бүгін", "Сегодня"), ("Курс", "Курс"), ("Хаттар", "Письма")]
    return {
        "language": language,
        "amount": 149_990,
        "clocks": [
            {
                "title": say("Сіздің мерзіміңіз", "Ваш срок"),
                "when": say("28 желтоқсан, 24:00", "28 декабря, 24:00"),
                "words": say("Құжатты жіберіңіз.", "Пришлите документ."),
                "tone": "now",
            },
            {
                "title": say("Академияның мерзімі", "Срок академии"),
                "when": say("25 желтоқсан", "25 декабря"),
                "words": say("Сақталды.", "Соблюдён."),
                "tone": "kept",
            },
        ],
        "doubt": Doubt(say("Поштаны тексеріңіз.", "Проверьте почту."), "ulgi@gmail.com"),
        "icons": icon_names(),
        "ladder": [
            Rung(say("вебинардағы баға", "цена вебинара"), 93_990, "webinar"),
            Rung(
                say("стандартты жеңілдік", "стандартная скидка"),
                99_990,
                "standard",
                is_current=True,
                closes_at=FULL,
            ),
            Rung(say("жеңілдіксіз", "без скидки"), 199_990, "full", opens_at=FULL),
        ],
        "maintenance": Works(),
        "packages": [
            {
                "name": "ӨЗІМ",
                "words": say("өз қарқыныңызбен", "в своём темпе"),
                "price": 99_990,
            },
            {"name": "БІРГЕ", "words": say("топта", "в группе"), "price": 149_990},
        ],
        "people": [
            {
                "name": "Қожағұлова-Нұрмұхамбетова Гүлнұр Әбдіманапқызы",
                "email": "gulnur@example.kz",
                "price": 149_990,
            },
            {"name": "Ли Анна", "email": "", "price": 149_990},
        ],
        "qr": qr_svg(reverse("gallery")),
        "rooms": [
            {
                "url": "#next",
                "name": say(*names),
                "is_here": number == 0,
                "count": 1 if number == len(rooms) - 1 else 0,
            }
            for number, names in enumerate(rooms)
        ],
        "state_url": f"{reverse('gallery_state')}?state=awaiting",
    }
