"""Forms in which staff enter a buyer's values: what is doubtful is asked about, and can be kept."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.forms.doubts import DoubtError, DoubtingForm
from offer_site.admin.forms import ButtonForm

AS_TYPED = "as_typed"


class StaffDoubtsForm(DoubtingForm, ButtonForm):
    """The pages of the admin have one tick for what the shop's pages ask by two buttons."""

    as_typed = forms.BooleanField(label=_("It is right as it is written here"), required=False)

    @property
    def lines(self) -> list[Any]:
        """The tick is shown once there is something to keep."""
        is_asked = any(getattr(error, "keeps", "") for error in self._all_errors())
        hidden = set() if is_asked or self.confirmed else {AS_TYPED}
        return [name for name in super().lines if name not in hidden]

    def is_kept(self, keeps: str) -> bool:
        return bool(self.data.get(self.add_prefix(AS_TYPED)))

    def add_error(self, field: Any, error: Any) -> None:
        """The proposal stands in the sentence: there is no button that takes it."""
        if isinstance(error, DoubtError) and error.proposal:
            question = gettext("Did you mean %(proposal)s?") % {"proposal": error.proposal}
            error.message = f"{error.message} {question}"
        super().add_error(field, error)

    def _all_errors(self) -> list[Any]:
        return [error for errors in self.errors.values() for error in errors.as_data()]
