"""The register of partners who take orders for the academy (2.6)."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from enrollment.models import OrderTaking, Partner
from enrollment.operations.links import partner_link
from offer_site.admin.chapters import Chapter
from offer_site.admin.links import linked, moment
from offer_site.admin.pages import StaffAdmin

LATEST = 50


@admin.register(Partner)
class PartnerAdmin(StaffAdmin):
    """Staff add and close partners; a contract keeps the name that stood in it."""

    list_display = ["name", "contact", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "contact"]
    fields = ["name", "contact", "is_active"]
    unjournalled = frozenset({"contact"})

    def chapters(self, request: HttpRequest, subject: Partner) -> Sequence[Chapter]:
        taken = OrderTaking.objects.filter(partner=subject).select_related("order")
        rows = [
            (
                moment(each.taken_at),
                linked(each.order, each.order.code),
                each.order.get_state_display(),
            )
            for each in taken.order_by("-pk")[:LATEST]
        ]
        return [
            Chapter(
                _("own link"),
                [(_("Whoever follows it orders by this partner"), partner_link(subject))],
            ),
            Chapter(_("orders"), rows, (_("order taken at"), _("order"), _("state"))),
        ]
