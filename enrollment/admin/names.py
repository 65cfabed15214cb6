"""The form in which staff write a learner's name anew."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from enrollment.forms.fields import NameField
from enrollment.models import Learner
from offer_site.admin.forms import ButtonForm

PARTS = ("surname", "name", "patronymic")


class LearnerNameForm(ButtonForm):
    surname = NameField(label=_("Surname"))
    name = NameField(label=_("Given name"))
    patronymic = NameField(label=_("Patronymic"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part in PARTS:
            self.fields[part].initial = getattr(self.learner, part)

    @property
    def learner(self) -> Learner:
        """The learner whose name it is; `subject` is the order."""
        learner: Learner = self.subject.learner
        return learner
