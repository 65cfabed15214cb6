"""The ways to pay as staff describe them: names, notes, and what each costs the buyer (4.4,
4.5).
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from offer_site.admin.chapters import Chapter
from offer_site.admin.pages import StaffAdmin
from offer_site.money import tenge_text
from payments.models import PaymentMethod
from payments.rules.fees import commission_on

EXAMPLES = (93_990, 149_990, 299_990)  # tenge: about the prices of 4.1


@admin.register(PaymentMethod)
class PaymentMethodAdmin(StaffAdmin):
    list_display = ["name", "slug", "costs", "taken_by", "position", "is_offered"]
    fields = [
        "slug",
        "is_offered",
        "position",
        ("percent", "fixed"),
        "taken_by",
        ("name_kk", "name_ru"),
        ("note_kk", "note_ru"),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ["slug"] if obj else []

    @admin.display(description=_("name"))
    def name(self, method: PaymentMethod) -> str:
        return method.name

    @admin.display(description=_("commission"))
    def costs(self, method: PaymentMethod) -> str:
        percent = f"{method.percent.normalize():f} %".replace(".", ",") if method.percent else ""
        fixed = tenge_text(method.fixed) if method.fixed else ""
        return " + ".join(filter(None, [percent, fixed])) or gettext("no commission")

    def chapters(self, request: HttpRequest, subject: PaymentMethod) -> Sequence[Chapter]:
        """What buyers will read."""
        rows = []
        for amount in EXAMPLES:
            commission = commission_on(amount, percent=subject.percent, fixed=subject.fixed)
            rows.append(
                (tenge_text(amount), tenge_text(commission), tenge_text(amount + commission))
            )
        return [Chapter(_("what a buyer pays"), rows, (_("price"), _("commission"), _("in all")))]
