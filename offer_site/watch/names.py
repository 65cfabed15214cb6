"""What each job of the clock does, as staff read it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

JOB_NAMES: dict[str, Promise] = {
    "handle_messages": _("messages of banks"),
    "settle_holds": _("money held on cards"),
    "lapse_unpaid_orders": _("orders not paid on their day"),
    "cancel_links": _("closing of links to pay"),
    "expire_halves": _("end of agreements on two halves"),
    "remind_of_rests": _("reminders of the rest"),
    "remind_to_pay_today": _("reminders to pay today"),
    "tell_of_courses": _("letters about a course that begins and a lesson of today"),
    "tell_of_sales": _("letters to the waiting list"),
    "suspend_overdue": _("access of those who have not paid the rest"),
    "end_contracts": _("end of contracts on the agreed day"),
    "close_document_requests": _("end of terms for documents of claims"),
    "call_for_talks": _("call to talk after a month of force majeure"),
    "propose_new_days": _("new days of a changed calendar"),
    "watch_terms": _("warnings of terms"),
    "tell_of_editions": _("letters about a later edition"),
    "keep_groups": _("invites to groups, and leaving them"),
    "erase_data": _("erasing of personal data"),
    "ask_for_gaps": _("home addresses that a certificate needs soon"),
    "confirm_questions": _("questions about the certificate: are they sent"),
    "open_deadlines": _("terms of the offer"),
    "read_mail": _("reading of the mailbox"),
    "issue_certificates": _("issuing of certificates"),
    "reconcile_payments": _("comparison of payments with banks"),
    "send_refunds": _("refunds"),
    "seal_journal": _("sealing of the journal"),
    "send_cohort_letters": _("sending of letters to cohorts"),
    "send_notices": _("sending of letters"),
    "send_telegram": _("sending to Telegram"),
    "sweep_files": _("removal of files that nobody needs"),
    "nightly_audit": _("nightly audit"),
    "clear_attempts": _("removal of counts that have ended"),
}
