"""The form in which staff correct a learner's name."""

from typing import Any

from enrollment.forms.learner_name import LearnerNameForm
from enrollment.models import Learner
from offer_site.admin.forms import ButtonForm


class StaffNameForm(LearnerNameForm, ButtonForm):
    """The name that the certificate will state; `subject` is the order, unless a subclass says
    otherwise.
    """

    def __init__(self, *args: Any, subject: Any, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, learner=self.learner_of(subject), **kwargs)

    def learner_of(self, subject: Any) -> Learner:
        learner: Learner = subject.learner
        return learner
