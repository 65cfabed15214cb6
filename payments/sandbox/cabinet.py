"""The shop's cabinet at the sandbox bank: its operations, and what can be done about them."""

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from offer_site.languages import current_language, speaking

from . import book
from .api import give_back, let_go, take
from .forms import OperationForm

SHOWN = 50


@never_cache
@require_http_methods(["GET", "POST"])
def operations(request: HttpRequest) -> HttpResponse:
    """Show the latest operations; take or release a hold, or give money back, as a person may."""
    form = OperationForm(request.POST or None)
    with speaking(current_language()):
        if form.is_valid():
            try:
                _do(**form.cleaned_data)
            except book.Refused as refused:
                form.add_error(None, _("The bank does not do it: %(why)s") % {"why": refused})
            else:
                return redirect("sandbox_cabinet")
        entries = list(reversed(book.entries()[-SHOWN:]))
        context = {"entries": entries, "form": form}
        return render(request, "payments/sandbox/cabinet.html", context)


def _do(*, number: int, amount: Decimal | None, what: str) -> None:
    whole = Decimal(book.find(number).amount)
    if what == "confirm":
        take(number, amount or whole)
    elif what == "void":
        let_go(number)
    else:
        give_back(number, amount or whole)
