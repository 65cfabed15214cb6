"""Permissions of staff by role: facts are read, only own content is written (5.4, 11.4)."""

from django.contrib.auth.models import Group, Permission

ALL = ("view", "add", "change", "delete")
WRITE = ("view", "add", "change")
READ = ("view",)
Permissions = dict[str, tuple[str, ...]]

CONTRACT = {
    "enrollment.order": READ,
    "enrollment.invoice": READ,
    "enrollment.enrollment": READ,
    "enrollment.party": READ,
    "enrollment.learner": READ,
    "enrollment.cohort": READ,
    "enrollment.deadline": READ,
    "enrollment.cohortmove": READ,
    # who adds one asks; change: sends again, records an answer, withdraws
    "enrollment.clarification": WRITE,
    "enrollment.paymentreport": ("view", "change"),
    "enrollment.claim": WRITE,  # who adds one records it; change: asks, answers, withdraws
    "enrollment.claimfile": READ,
    # who adds one reports it for the academy; change: confirms, ends, records what was agreed
    "enrollment.forcemajeure": WRITE,
    "enrollment.forcemajeurefile": READ,
}
CATALOGUE = {
    "enrollment.cohort": WRITE,
    "enrollment.place": WRITE,
    "enrollment.package": WRITE,
    "enrollment.pricewindow": ALL,
    "enrollment.programmepart": ALL,
    "enrollment.programmeitem": WRITE,
    "enrollment.curatorassignment": WRITE,
    "enrollment.studyresult": WRITE,
    "enrollment.studentwork": READ,
    "enrollment.workfile": READ,
    "materials.material": WRITE,
    "materials.materialopening": READ,
    "enrollment.course": WRITE,
    "enrollment.waitingperson": ("view", "change"),
    "enrollment.tariff": READ,
}
MONEY = {
    "payments.payment": READ,
    "payments.ledgerentry": READ,
    "payments.allocation": ("view", "add"),
    "payments.providermessage": ("view", "change"),
    "payments.hold": ("view", "change"),
    "payments.reconciliation": READ,
    "payments.reconciliationdifference": ("view", "change"),
    # who adds one brings it, who changes one compares it with the bank: two people (M13)
    "payments.statementfile": WRITE,
    "payments.statementline": ("view", "change"),
    # who adds one enters it, who changes one approves it: two people (M12)
    "payments.manualreceipt": WRITE,
    "payments.ledgercorrection": WRITE,
    "payments.installmentbank": WRITE,
    "payments.installmentapplication": WRITE,
    "payments.refundcase": WRITE,  # who opens a case; change: proposes, approves and pays
    "payments.accounts": READ,
    "payments.fiscalreceipt": ("view", "add"),
    "payments.paymentmethod": WRITE,
    # who adds one enters it, who changes one approves it: two people (M12)
    "payments.typedtransfer": WRITE,
    "payments.kaspiregistry": WRITE,
    "payments.kaspirow": READ,
}
EVIDENCE = {
    "enrollment.acceptance": READ,
    "enrollment.consent": READ,
    "enrollment.consentwithdrawal": READ,
    "enrollment.exclusion": READ,
    "journal.entry": READ,
    "journal.seal": READ,
    "audit.auditrun": READ,
    "notices.notice": READ,
    "notices.sendingstop": READ,
    "notices.mailboxplace": READ,
    "watch.watchedjob": READ,
    "attempts.ordertries": ("view", "change"),  # who changes one has looked at it
}
# who adds one enters paper; change: reads, assigns, answers
LETTERS: Permissions = {
    "correspondence.letter": WRITE,
    "correspondence.cohortletter": WRITE,  # change: lets it go out
}
# Who adds a breach records it; change: reviews it, restores access. A proposal to end is added, an
# answer changes it. Of an ending by the academy, who changes one approves it: two people (12.5).
CONDUCT: Permissions = {
    "enrollment.breach": WRITE,
    "enrollment.breachstatement": ("view", "add"),
    "enrollment.endingproposal": WRITE,
    "enrollment.providerending": WRITE,
}
HALVES: Permissions = {
    "enrollment.halvesrequest": ("view", "change"),
    "enrollment.suspension": READ,
    "telegram.telegrammessage": ("view", "change"),
    "telegram.groupinvite": ("view", "change"),
}
OFFER: Permissions = {
    "enrollment.edition": READ,
    "enrollment.academy": READ,
    "enrollment.withdrawal": READ,
}
# who changes a draft edits and signs it; publishing it is the owner's (12.2)
EDITIONS: Permissions = {
    "enrollment.offerdraft": WRITE,
    # who changes one records an objection that came by letter (12.1)
    "enrollment.editionnotice": ("view", "change"),
    "enrollment.editiontalk": ("view", "change"),
}

GROUPS: dict[str, Permissions] = {
    "owner": CONTRACT
    | CATALOGUE
    | MONEY
    | EVIDENCE
    | HALVES
    | LETTERS
    | CONDUCT
    | OFFER
    | EDITIONS
    | {
        "enrollment.offerdraft": (*WRITE, "publish"),
        "enrollment.academy": WRITE,
        "enrollment.withdrawal": WRITE,
        "enrollment.enrollment": (*WRITE, "all"),
        # who adds an order takes it for a caller (2.6)
        "enrollment.order": ("view", "add", "change", "proof"),
        "enrollment.partner": WRITE,
        "certificates.certificate": ("view", "change"),
        "notices.notice": ("view", "change"),
        "calendar.dayexception": WRITE,
        "enrollment.calendarreview": ("view", "change"),  # who changes one decides
        "maintenance.maintenance": WRITE,
        "payments.installmentapplication": (*WRITE, "income"),  # nobody else sees an income
        "retention.leak": WRITE,
        "retention.erasurerequest": READ,
        "retention.sight": READ,
        "accounts.user": READ,  # who is staff is for a superuser to say
    },
    "manager": CONTRACT
    | CATALOGUE
    | EVIDENCE
    | HALVES
    | LETTERS
    | CONDUCT
    | OFFER
    | EDITIONS
    | {
        "enrollment.enrollment": ("view", "change", "all"),
        "enrollment.order": ("view", "add", "change", "proof"),
        "enrollment.partner": WRITE,
        "certificates.certificate": ("view", "change"),
        "notices.notice": ("view", "change"),
        "payments.payment": READ,
        "payments.ledgerentry": READ,
        "payments.allocation": READ,
        "payments.manualreceipt": ("view", "add"),
        "payments.installmentbank": WRITE,
        "payments.installmentapplication": WRITE,
        "payments.refundcase": ("view", "add"),
        "retention.leak": ("view", "add"),
        "retention.erasurerequest": READ,
        "maintenance.maintenance": WRITE,
        "calendar.dayexception": WRITE,
        "enrollment.calendarreview": ("view", "change"),  # who changes one decides
    },
    # A curator sees no money and no addresses: the course, the own students, and how it goes; of
    # the questions about these, what is asked and until when (3.5).
    "curator": {
        "enrollment.cohort": ("view", "change"),
        "enrollment.programmepart": ALL,
        "enrollment.programmeitem": WRITE,
        "enrollment.studyresult": WRITE,
        "enrollment.studentwork": READ,
        "enrollment.workfile": READ,
        "materials.material": WRITE,
        "enrollment.enrollment": READ,
        "enrollment.learner": READ,
        "enrollment.clarification": READ,
        "enrollment.breach": ("add",),  # curators are in the chats: they record, others decide
    },
    # An accountant sees no address and no IIN: of a person's data, the name, phone and e-mail that
    # stand on the order's page; of a company's, its act, which states its address and BIN.
    "accountant": MONEY
    | OFFER
    | {
        "enrollment.order": READ,
        "enrollment.invoice": READ,
        "enrollment.acceptance": READ,
        "enrollment.paymentreport": ("view", "change"),
        "certificates.certificate": READ,
    },
}


def set_staff_groups() -> list[str]:
    """Give each group exactly the permissions of the table.

    A permission of a model that does not exist is skipped. Returns the names of the groups.
    """
    known = {
        (permission.content_type.app_label, permission.codename): permission
        for permission in Permission.objects.select_related("content_type")
    }
    for name, models in GROUPS.items():
        wanted = [
            known[app, f"{action}_{model}"]
            for named, actions in models.items()
            for app, _dot, model in [named.partition(".")]
            for action in actions
            if (app, f"{action}_{model}") in known
        ]
        group, _is_new = Group.objects.get_or_create(name=name)
        group.permissions.set(wanted)
    return list(GROUPS)
