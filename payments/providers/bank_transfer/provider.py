"""Transfers to the academy's bank account, reported by its statement (4.4)."""

from django.utils.translation import gettext_lazy as _

from enrollment.rules.methods import Method
from payments.providers.base import Panel, Payable

from .details import transfer_details


class BankTransferProvider:
    slug = "bank"
    title = _("Transfer to the bank account")
    methods = (Method.TRANSFER,)
    icon = "bank"
    page_origin = ""
    refund_words = ("ақша келген банктік шотқа", "на банковский счёт, с которого пришли деньги")

    def panel(self, payable: Payable, method: Method) -> Panel | None:
        """The details for the transfer; None until the academy's bank details are filled in."""
        details = transfer_details(payable.order, amount=payable.due)
        return Panel("pages/order/transfer.html", {"transfer": details}) if details else None
