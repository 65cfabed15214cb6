"""Fields that explain a mistake in a sentence, in the visitor's language."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Order
from enrollment.rules import identifiers
from enrollment.rules.letters import undrawable, undrawable_in_name
from enrollment.rules.names import in_one_alphabet
from offer_site.codes import normalize_order_code
from offer_site.emails import one_spelling
from offer_site.mailboxes import mended
from offer_site.signs import as_seen
from offer_site.web.forms import EmailInOneSpelling, NetworkEmailValidator

WRITE_THE_DAY = _("Write the day, month and year: 22.11.2012")
EARLIEST_YEAR = 1900
UNPRINTABLE = _("Some characters here cannot be printed. Type the text by hand.")


class PlainField(forms.CharField):
    """Text that can be printed: composed letters, single spaces, no markup (5.2)."""

    def __init__(self, *args: Any, autocomplete: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("max_length", identifiers.NAME_LIMIT)
        super().__init__(*args, **kwargs)
        if autocomplete:
            self.widget.attrs["autocomplete"] = autocomplete

    def to_python(self, value: Any) -> str:
        try:
            cleaned = identifiers.clean_text(value or "")
        except ValueError as unprintable:
            raise forms.ValidationError(UNPRINTABLE) from unprintable
        if identifiers.has_markup(cleaned):
            raise forms.ValidationError(gettext("Write it without the signs < > { }."))
        return cleaned

    def mended(self, typed: str) -> str:
        """What a doubtful text was probably meant to be; the text when nothing can be proposed."""
        return typed


class PrintedField(PlainField):
    """Text that stands on a paper: every sign is one that its font draws (9.2, 9.3)."""

    def validate(self, value: str) -> None:
        super().validate(value)
        sign = undrawable(value)
        if sign:
            raise forms.ValidationError(
                gettext("The papers cannot print “%(sign)s”. Please write it in another way.")
                % {"sign": sign}
            )


class NameField(PlainField):
    """A part of a person's name, as the certificate will print it."""

    # A pattern of HTML, and what `site.js` says on leaving what it does not take.
    pattern = r"[^\d<>\{\}@]*"
    wrong = _("A name is written with letters only. A hyphen or an apostrophe may join them.")

    def validate(self, value: str) -> None:
        super().validate(value)
        letter = undrawable_in_name(value)
        if letter:
            raise forms.ValidationError(
                gettext(
                    "The certificate cannot print “%(letter)s”. Write the name in Cyrillic, or in "
                    "plain Latin letters as in the lowest lines of the passport."
                )
                % {"letter": letter}
            )
        if value and not identifiers.is_name(value):
            raise forms.ValidationError(
                gettext(
                    "A name is written with letters only. A hyphen or an apostrophe may join them."
                )
            )

    def mended(self, typed: str) -> str:
        return in_one_alphabet(typed)


class PhoneField(forms.CharField):
    pattern = r"\D*(?:\d\D*){9,15}"
    wrong = _("Check the number: some digits are missing or too many.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)
        self.widget.input_type = "tel"
        self.widget.attrs.update({"autocomplete": "tel", "inputmode": "tel"})

    def clean(self, value: Any) -> str:
        typed = super().clean(as_seen(str(value or "")))
        phone = identifiers.parse_phone(typed) if typed else ""
        if phone is None:
            code = identifiers.country_code_of(typed)
            if code not in (None, 7):
                raise forms.ValidationError(_wrong_number_abroad(typed, code))
            missing = identifiers.missing_phone_digits(typed)
            if missing > 0:
                sentence = ngettext(
                    "One digit is missing. After +7 there must be 10 digits.",
                    "%(count)d digits are missing. After +7 there must be 10 digits.",
                    missing,
                )
                raise forms.ValidationError(sentence % {"count": missing})
            if missing < 0:
                raise forms.ValidationError(
                    gettext("There are too many digits. After +7 there must be 10 digits.")
                )
            raise forms.ValidationError(
                gettext(
                    "This is not a number of Kazakhstan. For example: +7 701 000 00 00. "
                    "A number from abroad begins with + and the country's code."
                )
            )
        return phone


def _wrong_number_abroad(typed: str, code: int | None) -> str:
    missing = identifiers.missing_phone_digits(typed)
    if missing > 0:
        said = ngettext(
            "One digit is missing after +%(code)d.",
            "%(count)d digits are missing after +%(code)d.",
            missing,
        )
    elif missing < 0:
        said = gettext("There are too many digits after +%(code)d.")
    else:
        said = gettext("There is no such number under +%(code)d. Check the digits.")
    return said % {"count": missing, "code": code}


class EmailField(EmailInOneSpelling):
    """The registered e-mail, in the spelling by which it is known everywhere."""

    pattern = r"\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*"
    wrong = _("Check the e-mail. For example: name@mail.kz")

    default_validators = [
        NetworkEmailValidator(message=_("Check the e-mail. For example: name@mail.kz"))
    ]

    def __init__(self, **kwargs: Any) -> None:
        # The length of the registered e-mail's column.
        super().__init__(max_length=254, **kwargs)
        self.widget.attrs.update({"autocomplete": "email", "inputmode": "email"})

    def clean(self, value: Any) -> str:
        typed = one_spelling(str(value or ""))
        if typed and "@" not in typed:
            raise forms.ValidationError(
                gettext("An e-mail has an @ sign. For example: name@mail.kz")
            )
        return str(super().clean(typed))

    def mended(self, typed: str) -> str:
        return mended(one_spelling(typed))


class TwelveDigitsField(forms.CharField):
    """An IIN or a BIN: twelve digits, the last of which is the check digit.

    An `organization` has a BIN or, if it is a sole trader, the IIN of its owner.
    """

    pattern = r"\D*(?:\d\D*){12}"
    wrong = _("There must be 12 digits.")

    def __init__(self, *, organization: bool = False, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)
        self.organization = organization
        self.widget.attrs.update({"inputmode": "numeric", "autocomplete": "off"})

    def clean(self, value: Any) -> str:
        typed = str(super().clean(identifiers.digits_as_typed(str(value or ""))))
        if not typed:
            return ""
        if not (typed.isascii() and typed.isdigit()):
            raise forms.ValidationError(gettext("Only digits are written here."))
        if len(typed) != 12:
            raise forms.ValidationError(
                gettext("There must be 12 digits, and here are %(count)d.") % {"count": len(typed)}
            )
        if not identifiers.has_check_digit(typed):
            raise forms.ValidationError(
                gettext("The last digit does not fit the others: one of the digits is mistyped.")
            )
        if self.organization and not (
            identifiers.is_organization(typed) or identifiers.is_of_a_person(typed)
        ):
            raise forms.ValidationError(gettext("This is neither a BIN nor an IIN."))
        return typed


class CompanyNumberField(TwelveDigitsField):
    """The number of a buyer in business: "company" is not "legal person"."""

    def __init__(self, **kwargs: Any) -> None:
        named = {
            "label": _("BIN or IIN"),
            "help_text": _("12 digits. A sole trader (ИП, ЖК, КХ) enters the IIN"),
        }
        super().__init__(organization=True, **named | kwargs)


class DayField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%d %m %Y"],
            error_messages={
                "invalid": WRITE_THE_DAY,
                "required": _("Fill this in."),
            },
            **kwargs,
        )
        self.widget.attrs.update({"inputmode": "numeric", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        return super().to_python(as_seen(value).strip() if isinstance(value, str) else value)


class DatePartsInput(forms.MultiWidget):
    """A remembered day as three fields of digits, which every telephone can type.

    A whole date may be typed or pasted into the first, with signs or without. Their value is one
    text; a date sent under the field's own name is taken as it is.
    """

    template_name = "django/forms/widgets/date_parts.html"
    PARTS = {"day": 10, "month": 2, "year": 4}

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        digits = {"inputmode": "numeric", "autocomplete": "off"}
        parts = {
            name: forms.TextInput(digits | {"maxlength": longest})
            for name, longest in self.PARTS.items()
        }
        super().__init__(parts, attrs)

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str:
        typed = [str(data.get(f"{name}_{part}") or "").strip() for part in self.PARTS]
        if not any(typed):
            return str(data.get(name) or "").strip()
        return typed[0] if typed[0] and not any(typed[1:]) else ".".join(typed)

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name not in data and super().value_omitted_from_data(data, files, name)

    def decompress(self, value: Any) -> list[str]:
        """The three texts of a day; what cannot be taken apart stays in the first."""
        day = value if isinstance(value, date) else day_typed(str(value or ""))
        if day:
            return [f"{day:%d}", f"{day:%m}", str(day.year)]
        parts = [part.strip() for part in str(value or "").split(".")]
        return parts if len(parts) == len(self.PARTS) else [str(value or ""), "", ""]


class BirthDateField(DayField):
    """A birth date: in three parts, as one date, or as eight digits."""

    widget = DatePartsInput

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str):
            return super().to_python(value)
        return day_typed(value) or super().to_python(value)


def day_typed(text: str) -> date | None:
    """The day of eight digits, day first or year first; None for all else."""
    digits = "".join(sign for sign in as_seen(text) if sign not in " .-/")
    if not (len(digits) == 8 and digits.isascii() and digits.isdigit()):
        return None
    for year, month, day in (
        (digits[4:], digits[2:4], digits[:2]),
        (digits[:4], digits[4:6], digits[6:]),
    ):
        try:
            found = date(int(year), int(month), int(day))
        except ValueError:
            continue
        if found.year >= EARLIEST_YEAR:
            return found
    return None


class SumField(forms.DecimalField):
    """An amount in tenge as people type it: «149 990», «149990,00»."""

    def __init__(self, *, min_value: Decimal | int = 1, **kwargs: Any) -> None:
        super().__init__(
            min_value=min_value,
            max_digits=14,
            decimal_places=2,
            localize=False,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            error_messages={"invalid": _("Write an amount in tenge: 149 990")},
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        typed = "".join(as_seen(str(value or "")).split())
        return super().to_python(typed.replace(",", ".").removesuffix("₸"))


class OrderField(forms.CharField):
    """The code of an order, typed or dictated; its clean value is the Order, or None."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Code of the order"))
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> Order | None:
        typed = super().clean(value)
        if not typed:
            return None
        order = Order.objects.filter(code=normalize_order_code(typed) or "").first()
        if order is None:
            raise forms.ValidationError(gettext("There is no order with this code."))
        return order
