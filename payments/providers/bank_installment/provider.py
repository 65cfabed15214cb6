"""Credit of a second-tier bank, whose own system decides: the method "installments" of 4.4."""

from django.utils.translation import gettext_lazy as _

from enrollment.rules.methods import Method
from payments.models import InstallmentBank
from payments.providers.base import Panel, Payable


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
        if not payable.is_first or not InstallmentBank.objects.offered().exists():
            return None
        return Panel("pages/order/instalments.html")
