"""The invoice of a company that orders for several employees: one paper for as many orders as there
are learners (1.1).

счёт на оплату · төлемге арналған шот
"""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enrollment.rules.order_states import OrderState
from offer_site.days import almaty_day
from offer_site.languages import Language


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def unpaid_since_before(self, at: datetime) -> "InvoiceQuerySet":
        """Invoices with an order that 4.3 treats as never placed: its day ended unpaid,
        and no report keeps it.
        """
        unkept = Q(orders__kept_until=None) | Q(orders__kept_until__lte=at)
        awaiting = Q(
            orders__state=OrderState.AWAITING_PAYMENT, orders__placed_on__lt=almaty_day(at)
        )
        return self.filter(awaiting & unkept).distinct()


class Invoice(models.Model):
    """One paper for the orders of a company's learners. Who the company is, its orders' parties
    say.

    It holds no sum: what is to be paid is what its unpaid orders lack, and what was paid is what
    was allocated to them.
    """

    code = models.CharField(_("code"), max_length=16, unique=True)
    language = models.CharField(_("language"), max_length=2, choices=Language)
    placed_at = models.DateTimeField(_("placed at"))

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("company's invoice")
        verbose_name_plural = _("companies' invoices")
        ordering = ["-placed_at", "-pk"]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("invoice", args=[self.code])
