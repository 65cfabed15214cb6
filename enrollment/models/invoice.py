"""The invoice of a company that orders for several employees (1.1).

One paper for as many orders as there are learners: счёт на оплату · төлемге арналған шот.
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
        """Invoices with an unpaid order whose day is over and that no report keeps (4.3)."""
        unkept = Q(orders__kept_until=None) | Q(orders__kept_until__lte=at)
        awaiting = Q(
            orders__state=OrderState.AWAITING_PAYMENT, orders__placed_on__lt=almaty_day(at)
        )
        return self.filter(awaiting & unkept).distinct()


class Invoice(models.Model):
    """One paper for the orders of a company's learners; the company is in its orders' parties.

    It holds no sum: the sum due is what its unpaid orders lack, and the sum paid is what was
    allocated to them.
    """

    code = models.CharField(_("code"), max_length=16, unique=True)
    language = models.CharField(_("language"), max_length=2, choices=Language)
    placed_at = models.DateTimeField(_("placed at"))
    # Links and cookies that were signed before this moment open nothing (3.1(4)).
    links_ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("company's invoice")
        verbose_name_plural = _("companies' invoices")
        ordering = ["-placed_at", "-pk"]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("invoice", args=[self.code])
