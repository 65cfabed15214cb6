"""The name that the certificate will state, as its owner corrects it (9.5)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import Learner

from .fields import NameField

REQUIRED = {"required": _("Fill this in.")}


class LearnerNameForm(forms.Form):
    surname = NameField(label=_("Surname"), error_messages=REQUIRED)
    name = NameField(label=_("Given name"), error_messages=REQUIRED)
    patronymic = NameField(label=_("Patronymic"), required=False)

    def __init__(self, *args: Any, learner: Learner, **kwargs: Any) -> None:
        initial = {
            "surname": learner.surname,
            "name": learner.name,
            "patronymic": learner.patronymic,
        }
        super().__init__(*args, initial=initial, use_required_attribute=False, **kwargs)
