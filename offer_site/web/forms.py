"""How every form of the site is drawn, and the fields that all apps share."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django import forms
from django.core.validators import EmailValidator
from django.forms.renderers import TemplatesSetting

from offer_site.emails import one_spelling

F = TypeVar("F", bound=type[forms.BaseForm])


class SharedFields(dict[str, forms.Field]):
    """Fields that all forms of a class have in common; each form may add others, or leave some out.

    Django copies the fields of each form, since it might change its own. Of a long form that takes
    longer than to check what was typed.
    """

    def __deepcopy__(self, memo: object) -> dict[str, forms.Field]:
        return dict(self)


def shares_its_fields(form: F) -> F:
    """For a form that changes none of its fields; a form that is derived from it has copies."""
    form.base_fields = SharedFields(form.base_fields)
    return form


class SiteFormRenderer(TemplatesSetting):
    """Fields use the site's templates; widgets stay Django's, so that the admin does not change."""

    field_template_name = "django/forms/field.html"


class NetworkEmailValidator(EmailValidator):
    """Refuses a domain that has no ASCII form: no letter could be sent to it."""

    def validate_domain_part(self, domain_part: str) -> bool:
        return domain_part.isascii() and super().validate_domain_part(domain_part)


class EmailInOneSpelling(forms.EmailField):
    """An e-mail; its clean value is in the one spelling that everything compares (IDNA)."""

    default_validators = [NetworkEmailValidator()]

    def to_python(self, value: Any) -> str:
        return one_spelling(super().to_python(value))


class ChoiceRows(forms.RadioSelect):
    """Radio buttons as rows: a title, a note under it, an icon at the right.

    `ChoiceRows(notes={"company": _("One order, one place")}, icons={"company": "bank"})`; the keys
    are the values.
    """

    template_name = "django/forms/widgets/choice_rows.html"

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Any = (),
        *,
        notes: Mapping[str, Any] | None = None,
        icons: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(attrs, choices)
        self.notes = notes or {}
        self.icons = icons or {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        return option | {
            "note": self.notes.get(str(value), ""),
            "icon": self.icons.get(str(value), ""),
        }


class CodeInput(forms.TextInput):
    """A one-time code as one wide field that phones can fill in by themselves.

    It has no length of its own: a browser cuts what is pasted before anybody can clean it.
    """

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        named = {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "class": "code-input",
        }
        super().__init__(named | (attrs or {}))
