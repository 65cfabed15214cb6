"""Every other column that can say something: erased by code, kept for good, or of no person.

holdings.py names the rest. A new column of text, JSON or a file stands in none of these tables:
tests/retention/test_holdings.py fails until somebody has said what it holds.
"""

from .classes import DataClassKey

# Erased by a function of values.py, of erasing.py or of the job it names, by model.
ERASED_BY_CODE: dict[str, str] = {
    "account.EmailAddress": "email",
    "accounts.User": "email password",
    "attempts.OrderTries": "home page agent",  # whole rows: clear_tries
    "enrollment.Enrollment": "learner_key",
    "enrollment.HalvesAnswer": "picture",
    "enrollment.HalvesRequest": (
        "name email phone telegram why origin_address origin_agent origin_browser salt "
        "decline_reason"
    ),
    "enrollment.Learner": "surname name patronymic iin salt",
    "enrollment.Order": "learner_key confirmed",
    "enrollment.Party": (
        "surname name patronymic phone email address postal_address iin relation company_name bin "
        "position origin_address origin_agent origin_browser salt"
    ),
    "enrollment.WaitingPerson": "email consent_text",  # whole rows: tell_of_sales
    "notices.Bounce": "raw",
    "notices.Notice": "recipient facts subject raw last_error in_reply_to thread",
    "retention.Leak": "happened data measures",
    "telegram.GroupInvite": "link link_digest last_error",
    "telegram.TelegramButton": "label",
    "telegram.TelegramMessage": "text last_error",
    "telegram.TelegramUpdate": "body reply",
}
# Of a class that never ends: the certificate, and what proves that the books are right (0053).
STAYS: dict[DataClassKey, dict[str, str]] = {
    DataClassKey.CERTIFICATE: {
        "certificates.Certificate": (
            "company_name course_name face fail_reason file learner_name number package_name "
            "record replace_reason revoke_reason"
        ),
        "certificates.CertificatePicture": "file",
    },
    DataClassKey.MONEY: {
        "enrollment.Acceptance": "reference sealed",
        "journal.Entry": "chain facts verb",
        "payments.FiscalReceipt": "link number register sign",
        "payments.Hold": "disagreement failure reason reference",
        "payments.KaspiRow": "account txn_id",
        "payments.LedgerEntry": "reference refunds_reference",
        "payments.Payment": "decline_code link_failure link_id link_url",
        "payments.ProviderMessage": "body reason reference",
        "payments.ReconciliationDifference": "currency_here currency_there detail reason reference",
        "payments.RefundCost": "document what_kk what_ru",
        "payments.RefundPayout": "document last_error reference",
        "payments.StatementFile": "account disagreements name",
        "payments.StatementLine": "codes fingerprint knp number reason told",
    },
}
# What these names hold is of no person in any model: a number of staff, a digest, a clause.
NAMES_OF_NO_PERSON = frozenset(
    "about_key about_kind calendar_version clause code currency document_type identity invoice_id "
    "message_id method occasion previous provider request_id rule".split()
)
ENDINGS_OF_NO_PERSON = ("by", "_by", "sha256", "digest")
# The offer, the course, the academy and its partners, the house's own works; "*" is every column
# of the model.
OF_NO_PERSON: dict[str, str] = {
    "account.EmailConfirmation": "*",
    "admin.LogEntry": "*",
    "audit.AuditRun": "*",
    "auth.Group": "*",
    "auth.Permission": "*",
    "calendar.DayException": "*",
    "contenttypes.ContentType": "*",
    "correspondence.CohortLetter": "*",
    "correspondence.Letter": "mailbox",
    "correspondence.LetterFile": "content_type",
    "correspondence.PostalReceipt": "number",
    "enrollment.Academy": "*",
    "enrollment.Breach": "words_kk words_ru",
    "enrollment.CalendarReview": "*",
    "enrollment.Clarification": "asked settled",
    "enrollment.Cohort": "*",
    "enrollment.Consent": "text",
    "enrollment.Course": "*",
    "enrollment.Deadline": "stopped_for",
    "enrollment.DeadlineMove": "because from_calendar to_calendar",
    "enrollment.Edition": "*",
    "enrollment.EditionFile": "*",
    "enrollment.GuardianConsent": "text",
    "enrollment.HalvesRequest": "consent_text",
    "enrollment.HomePage": "*",
    "enrollment.OfferDraft": "*",
    "enrollment.OrderTaking": "partner_name",
    "enrollment.Package": "*",
    "enrollment.Partner": "*",  # whom the academy works with; no row leads there from a student
    "enrollment.PaymentReport": "number",
    "enrollment.ProgrammeItem": "*",
    "enrollment.ProgrammePart": "*",
    "enrollment.SignatureImage": "*",
    "enrollment.Tariff": "*",
    "enrollment.Withdrawal": "*",
    "journal.Chain": "*",
    "journal.Seal": "*",
    "journal.SealedHead": "*",
    "maintenance.Maintenance": "*",
    "materials.Material": "*",
    "mfa.Authenticator": "*",
    "notices.Bounce": "status",
    "notices.MailboxPlace": "*",
    "notices.Notice": "attachments order_code sender",
    "notices.SendingStop": "*",
    "payments.InstallmentApplication": "number",
    "payments.InstallmentBank": "*",
    "payments.KaspiRegistry": "*",
    "payments.ManualReceipt": "reference",
    "payments.PaymentMethod": "*",
    "payments.RefundCase": "document",
    "retention.ErasedFile": "*",
    "retention.ErasureRequest": "*",
    "retention.Leak": "contact orders report_number",
    "sessions.Session": "*",
    "telegram.GroupInvite": "label",
    "telegram.TelegramButton": "choice token",
    "telegram.TelegramChat": "token",
    "telegram.TelegramMessage": "answer what",
    "watch.WatchedJob": "*",
}
