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
}
CATALOGUE = {
    "enrollment.cohort": WRITE,
    "enrollment.place": WRITE,
    "enrollment.package": WRITE,
    "enrollment.pricewindow": ALL,
    "enrollment.programmepart": ALL,
    "enrollment.course": WRITE,
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
    "payments.statementfile": ("view", "add"),
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
    "payments.kaspiregistry": ("view", "add"),
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
}
HALVES: Permissions = {
    "enrollment.halvesrequest": ("view", "change"),
    "enrollment.suspension": READ,
    "telegram.telegrammessage": ("view", "change"),
}
OFFER: Permissions = {
    "enrollment.edition": READ,
    "enrollment.academy": READ,
    "enrollment.withdrawal": READ,
}

GROUPS: dict[str, Permissions] = {
    "owner": CONTRACT
    | CATALOGUE
    | MONEY
    | EVIDENCE
    | HALVES
    | OFFER
    | {
        "enrollment.academy": WRITE,
        "enrollment.withdrawal": WRITE,
        "enrollment.enrollment": WRITE,
        "enrollment.order": ("view", "change", "proof"),
        "certificates.certificate": ("view", "change"),
        "notices.notice": ("view", "change"),
        "calendar.dayexception": WRITE,
        "maintenance.maintenance": WRITE,
        "payments.installmentapplication": (*WRITE, "income"),  # nobody else sees an income
        "accounts.user": READ,  # who is staff is for a superuser to say
    },
    "manager": CONTRACT
    | CATALOGUE
    | EVIDENCE
    | HALVES
    | OFFER
    | {
        "enrollment.enrollment": ("view", "change"),
        "enrollment.order": ("view", "change", "proof"),
        "certificates.certificate": ("view", "change"),
        "notices.notice": ("view", "change"),
        "payments.payment": READ,
        "payments.ledgerentry": READ,
        "payments.allocation": READ,
        "payments.manualreceipt": ("view", "add"),
        "payments.installmentbank": WRITE,
        "payments.installmentapplication": WRITE,
        "payments.refundcase": ("view", "add"),
        "maintenance.maintenance": WRITE,
        "calendar.dayexception": WRITE,
    },
    # A curator sees no money and no addresses: the course, who learns, and how it goes; of the
    # questions about recipients, what is asked and until when.
    "curator": {
        "enrollment.cohort": ("view", "change"),
        "enrollment.programmepart": ALL,
        "enrollment.enrollment": READ,
        "enrollment.learner": READ,
        "enrollment.clarification": READ,
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
