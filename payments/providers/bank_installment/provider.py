"""Credit of a second-tier bank, whose own system decides: the method "installments" of 4.4."""

from django.utils.translation import gettext_lazy as _

from enrollment.rules.methods import Method
from payments.models import InstallmentBank
from payments.providers.base import Panel, Payable
from payments.rules.fees import monthly_sum


class BankInstallmentProvider:
    slug = "installment"
    title = _("Instalments through a bank")
    methods = (Method.INSTALLMENT,)
    icon = "split"
    page_origin = ""
    refund_words = (
        "төлем қандай жолмен келсе, сол жолмен",
        "тем же способом, которым пришла оплата",
    )

    def panel(self, payable: Payable, method: Method) -> Panel | None:
        """Open for a first payment, while staff list a bank."""
        if not payable.is_first:
            return None
        terms = list(InstallmentBank.objects.offered().values_list("months", flat=True))
        if not terms:
            return None
        months = max((each for each in terms if each), default=None)
        monthly = monthly_sum(payable.due, months=months) if months else None
        return Panel("pages/order/instalments.html", {"months": months, "monthly": monthly})
