"""Orders that somebody took for their buyer, and tries at orders of others (2.6, 3.1 (5))."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from enrollment.models import ConsentsBy, Edition
from offer_site.attempts.models import LIKE_A_SEARCH, OrderTries
from tests.browser.scenes.buyers import CONSENTS, PERSON, a_shop
from tests.browser.scenes.office import page
from tests.browser.scenes.scene import PHONE_AND_DESK, Visitor, scene
from tests.enrollment.called import a_called_order, a_partner
from tests.given import NOON, a_placed_order, an_owner

SOON = NOON + timedelta(minutes=5)
ADD = "/admin/enrollment/order/add/"


@scene("order-unconfirmed", at=SOON)
def order_unconfirmed(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_called_order(cohort=a_shop(), consents=ConsentsBy.LINK, partner=a_partner())
    yield "page", visitor.opens_order(order)
    yield "confirmation", visitor.opens("order_confirmation", order.code, "consents")
    yield (
        "refused",
        visitor.sends("order_confirmation", order.code, "consents", values={"consent_truth": "on"}),
    )
    yield (
        "confirmed",
        visitor.sends("order_confirmation", order.code, "consents", values=CONSENTS),
    )


@scene("checkout-by-partner")
def checkout_by_partner(visitor: Visitor) -> Any:
    a_shop()
    visitor.get(f"/partner/{a_partner().link_key}/")
    return visitor.opens("checkout", "birge")


@scene("staff-called", widths=PHONE_AND_DESK)
def staff_called(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    a_shop()
    partner = a_partner()
    visitor.force_login(an_owner())
    yield "empty", visitor.get(ADD)
    wrong = PERSON | {"consents_by": "aloud", "email": "gulnur@gmial.com", "phone": "12"}
    package = f"birge:149990:{Edition.objects.get()}"
    told = {"language": visitor.language, "read_in": visitor.language, "package": package}
    yield "wrong", visitor.post(ADD, told | wrong)
    right = PERSON | {"consents_by": "aloud", "partner": partner.pk}
    yield "placed", visitor.post(ADD, told | right, follow=True)
    yield "partner", page(visitor, "enrollment_partner", partner)


@scene("tries", at=SOON, widths=PHONE_AND_DESK)
def tries(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_placed_order(cohort=a_shop())
    visitor.cookies["csrftoken"] = "x" * 32  # one browser is told apart by it
    for _time in range(LIKE_A_SEARCH + 1):
        answer = visitor.opens("order", order.code)
    yield "too-many", answer
    assert OrderTries.objects.get().made > LIKE_A_SEARCH
    visitor.force_login(an_owner())
    yield "list", visitor.get("/admin/attempts/ordertries/")
    yield "row", page(visitor, "attempts_ordertries", OrderTries.objects.get())
    yield "attention", visitor.get("/admin/")
