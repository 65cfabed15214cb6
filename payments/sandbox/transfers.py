"""The sandbox's internet bank: a transfer to the academy, returned as a statement to import."""

import secrets
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from enrollment.models import Academy
from offer_site.days import almaty_day, short_day
from offer_site.web.downloads import download

ENCODING = "kz1048"  # as the banks of Kazakhstan write
OPERATION = (
    "СекцияДокумент=выписка",
    "НомерДокумента={number}",
    "ДатаДокумента={day}",
    "ДатаОперации={day}",
    "СуммаПриход={amount}",
    "ПлательщикНаименование={payer}",
    "ПлательщикБИН_ИИН={payer_id}",
    "ПолучательИИК={account}",
    "НазначениеПлатежа={purpose}",
    "КодНазначенияПлатежа=859",
    "КонецДокумента",
)
STATEMENT = "\n".join(
    (
        "1CClientBankExchange",
        "ВерсияФормата=1.01",
        "Кодировка=Windows",
        "ДатаНачала={day}",
        "ДатаКонца={day}",
        "РасчСчет={account}",
        "СекцияРасчСчет",
        "РасчСчет={account}",
        "КонецРасчСчет",
        *OPERATION,
        "КонецФайла",
        "",
    )
)


class TransferForm(forms.Form):
    """A payment order, as a payer fills it in."""

    purpose = forms.CharField(
        label=_("Purpose of the payment"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=14, decimal_places=2, min_value=Decimal("0.01"), localize=True
    )
    day = forms.DateField(
        label=_("Day of the payment order"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    payer = forms.CharField(
        label=_("Payer"), max_length=100, widget=forms.TextInput({"autocomplete": "off"})
    )
    payer_id = forms.RegexField(
        label=_("Payer's IIN or BIN"),
        regex=r"^\d{12}$",
        required=False,
        error_messages={"invalid": _("Twelve digits.")},
    )

    def statement(self, *, account: str) -> bytes:
        """The statement with this transfer; letters that the bank's encoding lacks become «?»."""
        facts: dict[str, Any] = {
            name: " ".join(value.split()) if isinstance(value, str) else value
            for name, value in self.cleaned_data.items()
        }
        facts |= {
            "day": short_day(facts["day"]),
            "account": account,
            "number": 1 + secrets.randbelow(9999),
        }
        return STATEMENT.format(**facts).encode(ENCODING, errors="replace")


@never_cache
@require_http_methods(["GET", "POST"])
def internet_bank(request: HttpRequest) -> HttpResponse:
    """Make a transfer to the academy's account; the answer is the statement that reports it."""
    account = Academy.objects.order_by("pk").values_list("iban", flat=True).last() or ""
    form = TransferForm(request.POST or None, initial={"day": almaty_day(timezone.now())})
    if account and form.is_valid():
        return download(
            form.statement(account=account),
            f"statement-{form.cleaned_data['day']}.txt",
            content_type="text/plain",
            private=False,
        )
    return render(request, "payments/sandbox/transfer.html", {"form": form, "account": account})
