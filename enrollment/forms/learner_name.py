"""The name that the certificate will state, as its owner corrects it (9.5)."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from enrollment.models import Learner
from enrollment.rules.names import NamedParts, doubt_about
from enrollment.rules.recipient import Doubt, Field, Reason

from .doubts import DoubtingForm
from .fields import NameField

OWN_NAME = ("surname", "name", "patronymic")
REQUIRED = {"required": _("Fill this in.")}


class LearnerNameForm(DoubtingForm):
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

    def parts_of(self, field: Field) -> tuple[str, ...]:
        return OWN_NAME if field == Field.LEARNER else (str(field),)

    def doubts(self) -> Iterable[Doubt]:
        reason = doubt_about(NamedParts(*(self.cleaned_data.get(part) or "" for part in OWN_NAME)))
        return [Doubt(Field.LEARNER, Reason(reason))] if reason else []
