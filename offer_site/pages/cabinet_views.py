"""The cabinet's pages: contracts, the course, the name on the certificate, consents."""

from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import CharField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certificates.operations import correct_certificate_name
from enrollment.forms.consents import CONSENTS
from enrollment.forms.learner_name import LearnerNameForm
from enrollment.models import (
    CohortMove,
    Consent,
    ConsentPurpose,
    ConsentWay,
    HalvesRequest,
    Order,
)
from enrollment.operations.ordering.consents import (
    OPTIONAL,
    ConsentOrigin,
    give_consent,
    withdraw_consent,
)
from enrollment.operations.training.moves import agree_to_move, end_move
from enrollment.views.tries import found_or_refused
from offer_site.accounts.models import User
from offer_site.addresses import client_address
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.languages import current_language
from offer_site.pages.cabinet import Contract, contracts_of, latest_consents
from offer_site.pages.course import course_of
from offer_site.pages.rooms import new_letters_of, rooms_of
from offer_site.pages.today import todays_of
from offer_site.prepared import Given, Prepared
from offer_site.web.answering import REPLACED
from payments.models import FiscalReceipt
from payments.providers import page_origins

OWN_CONTRACT = Prepared(
    Order.objects.of_email(Given("email", CharField()))
    .accepted()
    .with_people()
    .select_related("enrollment__cohort", "invoice")
    .filter(code=Given("code", CharField()))
)
MOVE_ANSWERS = {"agree": agree_to_move, "stay": end_move}


@csp_update({"form-action": page_origins()})
@login_required
@never_cache
@require_safe
def cabinet(request: HttpRequest) -> HttpResponse:
    """Each contract of the user, led by what is next in it."""
    at = timezone.now()
    user = signed_in_user(request)
    contracts = contracts_of(user, at=at)
    new = new_letters_of(user, [each.order for each in contracts])
    shown = todays_of(user, contracts, at=at, new_letters=new)
    return render(request, "pages/cabinet.html", {"shown": shown, "now": at})


@login_required
@never_cache
@require_safe
def documents(request: HttpRequest, code: str) -> HttpResponse:
    """The papers of one contract: what was concluded, paid and issued."""
    contract, room = a_room(request, code, here="cabinet_documents")
    receipts = FiscalReceipt.objects.of_order(contract.order)
    agreement = HalvesRequest.objects.filter(order=contract.order).first()
    context = {"contract": contract, "receipts": receipts, "agreement": agreement, **room}
    return render(request, "pages/cabinet_documents.html", context)


@login_required
@never_cache
@require_safe
def what_if(request: HttpRequest, code: str) -> HttpResponse:
    """What is seldom needed and must be found at once: rights, safety, data, consents."""
    contract, room = a_room(request, code, here="what_if")
    consents = latest_consents(contract.order)
    context = {"contract": contract, "consents": consents, **room}
    return render(request, "pages/cabinet_what_if.html", context)


@login_required
@never_cache
@require_safe
def course(request: HttpRequest, code: str) -> HttpResponse:
    """The lessons and works of one contract, with what the student has for them (7.2.4)."""
    order = own_order(request, code)
    found = course_of(order, at=timezone.now())
    new = new_letters_of(signed_in_user(request), [order])
    rooms = rooms_of(code, here="course", new_letters=new)
    context = {"course": found, "order": order, "rooms": rooms}
    return render(request, "pages/cabinet_course.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def certificate_name(request: HttpRequest, code: str) -> HttpResponse:
    """Correct the name that the certificate will state (9.5)."""
    order = own_order(request, code)
    form = LearnerNameForm(request.POST or None, learner=order.learner)
    if form.is_valid():
        try:
            correct_certificate_name(
                order=order, by=actor(request.user), at=timezone.now(), **form.cleaned_data
            )
        except RuleViolation as refused:
            form.add_error(refused.field, str(refused.message))
        else:
            messages.success(request, _("The name is corrected. The certificate will state it so."))
            return redirect("cabinet")
    return render(request, "pages/cabinet_name.html", {"order": order, "form": form})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def cohort_move(request: HttpRequest, code: str) -> HttpResponse:
    """Answer the proposal of another cohort: agree, or stay (4.6)."""
    order = own_order(request, code)
    proposals = CohortMove.objects.open().select_related("enrollment", "to_cohort", "from_cohort")
    move = proposals.filter(enrollment__order=order).first()
    if move is None:
        messages.info(request, _("No answer is waited for any more; nothing was changed."))
        return redirect("cabinet")
    refused: Any = ""
    answer = MOVE_ANSWERS.get(request.POST.get("answer", ""))
    if request.method == "POST" and request.POST.get("about") != str(move.pk):
        refused = REPLACED
    elif request.method == "POST" and answer is None:
        refused = _("Press one of the two buttons.")
    elif answer:
        try:
            moved = answer(move=move, by=actor(request.user), at=timezone.now())
        except RuleViolation as violation:
            refused = str(violation)
        else:
            said = _("You have moved. The new days stand below.")
            stays = _("You stay in your cohort. Nothing was changed.")
            messages.success(request, said if moved.agreed_at else stays)
            return redirect("cabinet")
    context = {"order": order, "move": move, "refused": refused}
    return render(request, "pages/cabinet_cohort.html", context)


@login_required
@require_POST
def consent_withdrawal(request: HttpRequest, code: str, purpose: str) -> HttpResponse:
    """Withdraw an optional consent (5.3.5)."""
    order = own_order(request, code)
    given = Consent.objects.filter(party=order.party, purpose=purpose).order_by("-number")
    consent = given.first()
    if consent is None:
        raise Http404
    withdraw_consent(
        consent=consent, by=actor(request.user), at=timezone.now(), origin=from_cabinet(request)
    )
    messages.success(request, _("The consent is withdrawn. It holds from this moment on."))
    return redirect("what_if", code=code)


@login_required
@require_POST
def consent_again(request: HttpRequest, code: str, purpose: str) -> HttpResponse:
    """Give an optional consent later, or again, in the words that stand at checkout (5.1, 5.3)."""
    order = own_order(request, code)
    words = next((each for each in CONSENTS if each.purpose == purpose), None)
    if words is None or purpose not in OPTIONAL:
        raise Http404
    give_consent(
        order=order,
        purpose=ConsentPurpose(purpose),
        text=words.full_text(order.edition.academy),
        language=current_language(),
        by=actor(request.user),
        at=timezone.now(),
        origin=from_cabinet(request),
    )
    messages.success(request, _("The consent is given. You can take it back at any time."))
    return redirect("what_if", code=code)


def from_cabinet(request: HttpRequest) -> ConsentOrigin:
    """Where a wish of the signed-in student comes from."""
    agent = request.headers.get("User-Agent", "")[:300]
    return ConsentOrigin(ConsentWay.CABINET, client_address(request) or "", agent)


def a_room(request: HttpRequest, code: str, *, here: str) -> tuple[Contract, dict[str, Any]]:
    """A contract of the signed-in student with the rooms around it; another's is 404."""
    at = timezone.now()
    user = signed_in_user(request)
    own_order(request, code)
    contracts = contracts_of(user, at=at)
    contract = next(each for each in contracts if each.order.code == code)
    new = new_letters_of(user, [contract.order])
    rooms = rooms_of(code, here=here, new_letters=new)
    return contract, {"order": contract.order, "rooms": rooms, "now": at}


def signed_in_user(request: HttpRequest) -> User:
    """The user of a page that only the signed-in may open."""
    user: User = request.user  # type: ignore[assignment]
    return user


def own_order(request: HttpRequest, code: str) -> Order:
    """A contract of the signed-in student; another's is 404, and a try (3.1 (5))."""
    email = getattr(request.user, "email", "")
    return found_or_refused(request, OWN_CONTRACT.first(email=email, code=code))
