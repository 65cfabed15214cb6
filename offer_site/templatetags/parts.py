"""Tags of the parts that pages share: a value to copy, a line that looks, a fold, a way to pay."""

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from offer_site.web.chat import chat_addresses

from .site import horns, icon, wants_script

register = template.Library()


# --- Talk to a person
@register.inclusion_tag("components/chat.html")
def chat(code: str = "") -> dict[str, str]:
    """The messengers of the settings; they begin with the order's code: `{% chat order.code %}`."""
    return chat_addresses(code)


# --- Values to carry elsewhere
@register.simple_tag(takes_context=True)
def copy_button(context: template.Context, value: object, label: object = "") -> SafeString:
    """A button that copies a value; `site.js` shows it where the browser can copy."""
    wants_script(context)
    return format_html(
        '<button type="button" class="copy" data-copy="{}" data-copied="{}" hidden>'
        "{}<span data-label>{}</span>{}</button>",
        value,
        _("Copied"),
        icon("copy"),
        _("Copy"),
        format_html('<span class="hidden-label">: {}</span>', label) if label else "",
    )


@register.simple_tag(takes_context=True)
def copy(context: template.Context, label: object, value: object, shown: object = "") -> SafeString:
    """A line of `<dl class="copies">`: `{% copy _("Amount") order.price order.price|tenge %}`.

    Without a script one tap selects the whole value.
    """
    return format_html(
        '<div class="copy-line"><dt>{}</dt><dd data-value>{}</dd>'
        '<dd class="copy-cell">{}</dd></div>',
        label,
        shown or value,
        copy_button(context, value, label),
    )


# --- A line that looks by itself
@register.simple_tag(takes_context=True)
def live(
    context: template.Context,
    address: str,
    state: str,
    words: object,
    tone: str = "",
    lead: object = "",
) -> SafeString:
    """What is awaited, looked for every ten seconds: `{% live state_url page.stage page.words %}`.

    The address answers `{"state": …, "words": …}`; another state renews the page, and as long as it
    is the same `lead` stays true and stands before the words. A page that
    shall look without a script too has `{% live_refresh %}` in its head.
    """
    wants_script(context)
    return format_html(
        '<p class="live{}" role="status" data-live="{}" data-state="{}" data-lost="{}">'
        "<span>{}<span data-words>{}</span></span></p>",
        f" live-{tone}" if tone else "",
        address,
        state,
        _("There is no connection. We will look again."),
        format_html("<strong>{}</strong> ", lead) if lead else "",
        words,
    )


@register.simple_tag
def live_refresh(seconds: int = 20) -> SafeString:
    """In the head of a page that awaits: without a script the page itself is asked again."""
    return format_html('<noscript><meta http-equiv="refresh" content="{}"></noscript>', seconds)


# --- Folds
@register.simple_block_tag
def ask(content: str, summary: object) -> SafeString:
    """A fold that says what will end and holds the one button that ends it.

    `{% ask _("Cancel the order") %}<p>…</p><form>…</form>{% endask %}`
    """
    return format_html(
        '<details class="ask"><summary>{}{}</summary><div class="ask-body">{}</div></details>',
        summary,
        icon("down"),
        mark_safe(content),  # noqa: S308  the block was escaped when it was rendered
    )


@register.simple_block_tag
def way(
    content: str,
    title: object,
    icon_name: str,
    note: object = "",
    slug: str = "",
    is_open: bool = False,
) -> SafeString:
    """A way to pay in `<div class="ways-list">`; of all ways on a page one stays open.

    `{% way _("Kaspi") "phone" note=… slug="kaspi" is_open=True %}…{% endway %}`
    """
    return format_html(
        '<details class="way" name="way"{}{}><summary>{}<span>{}{}</span>{}</summary>'
        '<div class="way-body">{}</div></details>',
        format_html(' id="{}"', slug) if slug else "",
        " open" if is_open else "",
        icon(icon_name),
        title,
        SafeString(f"<small>{escape(note).strip()}</small>") if str(note).strip() else "",
        icon("down"),
        mark_safe(content),  # noqa: S308  the block was escaped when it was rendered
    )


# --- The head of the cabinet
@register.simple_block_tag(name="next")
def next_thing(content: str) -> SafeString:
    """The one thing that comes next, on a field of sky: a heading, its day, one button.

    `{% next %}<h1>…</h1><p class="next-when soft">…</p><div class="row">…</div>{% endnext %}`
    """
    return format_html(
        '<section class="next field">{}{}</section>',
        horns(),
        mark_safe(content),  # noqa: S308  the block was escaped when it was rendered
    )
