"""Finding an order whose browser, letter or code is lost: the answer is the same for everybody."""

from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from enrollment.operations.ordering.finding import seek_order, which_order
from enrollment.rules.bounds import LINK_PAUSE
from offer_site.days import ALMATY
from offer_site.errors import RuleViolation
from offer_site.languages import current_language

from .turns import status_of, take_turn


class SeekForm(forms.Form):
    sought = forms.CharField(
        label=gettext_lazy("E-mail, phone or code of the order"),
        help_text=gettext_lazy("If there is such an order, its link goes to the e-mail in it."),
        max_length=254,
        widget=forms.TextInput({"autocomplete": "email"}),
        error_messages={
            "required": gettext_lazy("Fill this in."),
            "max_length": gettext_lazy("This is too long."),
        },
    )

    def clean_sought(self) -> str:
        """What is neither a code, an e-mail nor a phone is refused by its shape alone."""
        typed = str(self.cleaned_data["sought"])
        if which_order(typed) is None:
            raise forms.ValidationError(
                _("This is no code, e-mail or phone. For example: SM4K7Q2D or name@mail.kz")
            )
        return typed


# A letter more to a mailbox that is counted does no harm, and a token would cost the page of every
# mistyped address a cookie.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order_find(request: HttpRequest) -> HttpResponse:
    """Ask for the link of an order; nothing is looked up while the visitor waits (3.1, 4.3)."""
    form = SeekForm(request.POST or None, use_required_attribute=False)
    status = 200
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        try:
            take_turn(request, at=at)
            seek_order(typed=form.cleaned_data["sought"], language=current_language(), at=at)
        except RuleViolation as refused:
            form.add_error("sought", str(refused))
            status = status_of(refused)
        else:
            messages.success(request, _sent(at))
            return redirect("order_find")
    return render(request, "enrollment/order_find.html", {"form": form}, status=status)


def _sent(at: datetime) -> str:
    again = at.astimezone(ALMATY) + timedelta(seconds=LINK_PAUSE)
    return _(
        "If there is such an order, its link is on its way to the e-mail in it: it comes within a "
        "minute. Look into “Spam” too. If there is none by %(hour)s, ask again."
    ) % {"hour": f"{again:%H:%M}"}
