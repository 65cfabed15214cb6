"""The form in which staff correct a learner's name."""

from typing import Any

from enrollment.forms.learner_name import LearnerNameForm
from enrollment.models import Learner

from .doubts import AS_TYPED, StaffDoubtsForm


class StaffNameForm(StaffDoubtsForm, LearnerNameForm):
    """The name that the certificate will state; `subject` is the order, unless a subclass says
    otherwise.
    """

    def __init__(self, *args: Any, subject: Any, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, learner=self.learner_of(subject), **kwargs)

    def clean(self) -> dict[str, Any]:
        """Hand on the parts of the name only."""
        given = super().clean() or self.cleaned_data
        given.pop(AS_TYPED, None)
        return given

    def learner_of(self, subject: Any) -> Learner:
        learner: Learner = subject.learner
        return learner
