"""Settings of the site: one file, read from the environment (see .env.example for every name)."""

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- The site
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY")
SITE_URL = env.str("SITE_URL", "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = [environ.urlparse(SITE_URL).hostname, *env.list("ALLOWED_HOSTS", default=[])]
if DEBUG:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
ROOT_URLCONF = "offer_site.urls"
WSGI_APPLICATION = "offer_site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "offer_site.apps.OfferSiteConfig",
    "offer_site.accounts",
    "offer_site.calendar",
    "offer_site.notices",
    "offer_site.journal",
    "offer_site.telegram",
    "offer_site.attempts",
    "offer_site.watch",
    "offer_site.maintenance",
    "enrollment",
    "payments",
    "certificates",
    "offer_site.retention",
    "offer_site.correspondence",
    "materials",
    "offer_site.audit",
    "offer_site.clock",
    "offer_site.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "offer_site.web.answers.AnswerMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "offer_site.web.visitor.LanguageMiddleware",
    "offer_site.maintenance.middleware.MaintenanceMiddleware",
    "django.middleware.common.CommonMiddleware",
    "offer_site.web.bodies.BodyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "offer_site.accounts.staff_sessions.StaffSessionMiddleware",
    "offer_site.pages.day_entry.DayEntryMiddleware",
    "offer_site.web.middleware.RuleViolationMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "offer_site.templatetags.site",
                "offer_site.templatetags.parts",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "enrollment.views.context.academy",
                "offer_site.maintenance.context.maintenance",
            ],
        },
    }
]
FORM_RENDERER = "offer_site.web.forms.SiteFormRenderer"

# --- Engines
DATABASES = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'var' / 'site.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Deferred transactions fail under threads at their first write; immediate ones wait.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 600
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
    # Statements are planned once a connection: planning took PostgreSQL longer than the query.
    DATABASES["default"]["OPTIONS"] = {
        "server_side_binding": True,
        "prepare_threshold": 2,
        "connect_timeout": 3,  # seconds; a visitor waits
    }

REDIS_URL = env.str("REDIS_URL", "")
CELERY_BROKER_URL = REDIS_URL or "memory://localhost"
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL  # without Redis, a task runs in the caller's process
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_DEFAULT_PRIORITY = 3
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
# Kilobytes: a child that has grown so large is replaced after its task.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_limit": 100,
    # The steps of offer_site.priorities: a free worker takes the lowest first.
    "priority_steps": [0, 3, 6, 9],
    # A buyer never waits for a broken broker: the sweep finds the work.
    "max_retries": 0,
    "socket_connect_timeout": 2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CACHES = {
    "default": {
        "BACKEND": "offer_site.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "site_cache"}
}

# --- Languages and time
LANGUAGE_CODE = "kk"
LANGUAGES = [("kk", "Қазақша"), ("ru", "Русский")]
LOCALE_PATHS = [
    BASE_DIR / "locale",
    BASE_DIR / "locale_django",  # texts of Django that it has not in Kazakh
]
FORMAT_MODULE_PATH = "offer_site.formats"
USE_TZ = True
TIME_ZONE = "Asia/Almaty"

# --- Files
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media"))
STORAGES = {
    "default": {"BACKEND": "offer_site.encryption.EncryptedFileStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Fernet keys, newest first: address, income, IIN and private files.
FIELD_KEYS = env.list("FIELD_KEYS", default=[])
# A PEM file.
SIGNING_KEY = env.str("SIGNING_KEY", str(BASE_DIR / "var" / "signing-key.pem") if DEBUG else "")
SIGNING_KEY_PASSWORD = env.str("SIGNING_KEY_PASSWORD", "")
SIGNING_FORMER = env.str("SIGNING_FORMER", "")  # certificates of keys that signed before
# The authority that stamps the time on a signature (RFC 3161); empty for none.
SIGNING_TIMESTAMP_URL = env.str("SIGNING_TIMESTAMP_URL", "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# A document must never be in a temporary file, unencrypted.
FILE_UPLOAD_HANDLERS = ["offer_site.web.bodies.FilesInMemory"]
# A cohort of 2000 is completed in one form, with two fields a student.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
PAPERS_AT_ONCE = max(1, env.int("PAPERS_AT_ONCE", 1))

# --- Chats: where a person answers buyers; empty for none
CHAT_TELEGRAM = env.str("CHAT_TELEGRAM", "lessbek_zapusk_sample" if DEBUG else "").lstrip("@")
CHAT_WHATSAPP = env.str("CHAT_WHATSAPP", "77000000000" if DEBUG else "").lstrip("+")

# --- Mail
# Every letter is sent from this address (12.1.2.1).
PROVIDER_EMAIL = env.str("PROVIDER_EMAIL", "Lesbek.l@mail.ru")
# One readable file a letter.
env.EMAIL_SCHEMES["filemail"] = "offer_site.notices.backends.FolderBackend"
vars().update(env.email_url("EMAIL_URL", default=f"filemail:///{BASE_DIR / 'var' / 'mail'}"))
EMAIL_TIMEOUT = 20
INCOMING_MAIL_URL = env.str("INCOMING_MAIL_URL", "")  # imaps://user:password@host:993/INBOX
# Read as well: by name, or by use, as the server tells it (RFC 6154).
INCOMING_MAIL_FOLDERS = env.list("INCOMING_MAIL_FOLDERS", default=["\\Junk"])
# A folder into which another program puts mails, each a file `….eml`; empty: none.
INCOMING_MAIL_SPOOL = env.str("INCOMING_MAIL_SPOOL", "")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = PROVIDER_EMAIL
# Mailboxes that get the seals of the journal, as evidence against a change of it.
SEAL_RECIPIENTS = env.list("SEAL_RECIPIENTS", default=[]) or [PROVIDER_EMAIL]
# The sender's brand and addresses.
NOTICE_LETTERHEAD = "enrollment.operations.paper.letterhead.letterhead"
# Whom a letter greets: function of its recipient, order and subject; a given name, or nothing.
NOTICE_GREETS = "enrollment.operations.greetings.name_of"
# Attachments of letters: name -> function of a key and the moment, called when it is rendered.
NOTICE_ATTACHMENTS = {
    "contract": "enrollment.operations.paper.contracts.contract_attachment",
    "course-calendar": "enrollment.operations.training.calendars.course_attachment",
    "certificate": "certificates.operations.certificate_attachment",
    "invoice": "payments.operations.books.invoice_papers.invoice_attachment",
    "refund-letter": "payments.operations.refunds.letters.refund_letter_attachment",
    "claim-copy": "enrollment.operations.claims.letters.claim_copy",
    "claim-answer": "enrollment.operations.claims.letters.claim_answer_copy",
    "claim-request": "enrollment.operations.claims.letters.claim_request_copy",
    "journal-seal": "offer_site.journal.sealing.seal_attachment",
}

# --- People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "cabinet"
SIGN_IN_ADMITS = "offer_site.pages.admission.admits"  # function of an e-mail: may it sign in?
# Function of a request: the address that lets its visitor in without a code, or nothing.
SIGN_IN_AT_ONCE = "offer_site.pages.day_entry.way_in"
# Letters queued for every e-mail, by what they are about: function of an e-mail, is it anybody's?
NOTICE_RECIPIENTS = {
    "sign-in": "offer_site.accounts.operations.is_admitted",
    "order-find": "enrollment.operations.ordering.finding.is_a_letter",
}
# Reminders whose truth is asked once more when they leave: kind -> function of notice and moment.
NOTICE_STILL_TRUE = {
    "pay-today": "enrollment.operations.ordering.pay_today.is_still_to_be_paid",
    "rest-reminder": "enrollment.operations.halves.rests.is_still_to_be_reminded",
    "course-begins": "enrollment.operations.training.reminders.still_begins",
    "lesson-today": "enrollment.operations.training.reminders.is_still_today",
}
# What is done instead of a letter that turned out to be for nobody: function of the notice.
NOTICE_INSTEAD = {
    "sign-in": "enrollment.operations.ordering.finding.send_links_instead_of_code",
    "order-find": "enrollment.operations.ordering.finding.send_links_sought",
}
# Function of an e-mail: called when all its sessions end.
SESSIONS_ENDED = "enrollment.operations.links.end_links"
SESSION_COOKIE_AGE = 30 * 24 * 60 * 60
ACCOUNT_ADAPTER = "offer_site.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = False  # accounts/codes.py counts, in the database
# accounts/checks.py requires it in production.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", not DEBUG)
SECOND_FACTOR_ISSUER = "Lessbek Zapusk Academy"
MFA_ADAPTER = "offer_site.accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # half a minute to either side: clocks of phones differ

# --- Money
CARD_PUBLIC_ID = env.str("CARD_PUBLIC_ID", "sandbox" if DEBUG else "")
CARD_API_SECRET = env.str("CARD_API_SECRET", "sandbox-secret" if DEBUG else "")
CARD_API_URL = env.str(
    "CARD_API_URL", f"{SITE_URL}/sandbox/card" if DEBUG else "https://api.tiptoppay.kz"
).rstrip("/")
CARD_PAGE_ORIGIN = env.str("CARD_PAGE_ORIGIN", "" if DEBUG else "https://orders.tiptoppay.kz")
# The provider's names of the languages.
CARD_CULTURES = {"kk": env.str("CARD_CULTURE_KK", "kk-KZ"), "ru": "ru-RU"}
# Hold the money first, and take it once the order may have it.
CARD_TWO_STAGES = env.bool("CARD_TWO_STAGES", False)
KASPI_SERVICE = env.str("KASPI_SERVICE", "sandbox" if DEBUG else "")
# As the payer finds it in Kaspi's app.
KASPI_SERVICE_NAME = env.str("KASPI_SERVICE_NAME", "Lessbek Zapusk Academy")
KASPI_ALLOWED_ADDRESSES = env.list(
    "KASPI_ALLOWED_ADDRESSES", default=["127.0.0.1", "::1"] if DEBUG else []
)
KASPI_ANSWERS = env.str("KASPI_ANSWERS", "json")
KASPI_PAY_TYPES = env.dict("KASPI_PAY_TYPES", default={"red": "Kaspi Red"} if DEBUG else {})
KASPI_PAY_URL = env.str(
    "KASPI_PAY_URL", f"{SITE_URL}/sandbox/kaspi/online" if DEBUG else "https://kaspi.kz/online"
)
# The headings of the columns txn_id, time, account, sum and others.
KASPI_REGISTRY_COLUMNS = env.dict("KASPI_REGISTRY_COLUMNS", default={})
KASPI_BIN = env.str("KASPI_BIN", "971240001315")  # the payer of a day's one net sum
KASPI_PAGE_ORIGIN = env.str("KASPI_PAGE_ORIGIN", "" if DEBUG else "https://kaspi.kz")
KASPI_STATIC_LINK = env.str("KASPI_STATIC_LINK", f"{SITE_URL}/sandbox/kaspi/app/" if DEBUG else "")
# checks.py refuses it in production.
SANDBOX_BANK = env.bool("SANDBOX_BANK", DEBUG)
SANDBOX_BANK_BOOK = env.str("SANDBOX_BANK_BOOK", "") or str(
    BASE_DIR / "var" / "sandbox-bank.sqlite3"
)
# The columns of a file of fiscal receipts, if a cash register has its own names for them.
FISCAL_COLUMNS = env.dict("FISCAL_COLUMNS", default={})
FISCAL_RECEIPT_WITHIN_HOURS = env.int("FISCAL_RECEIPT_WITHIN_HOURS", 24)
VAT_THRESHOLD_MRP = env.int("VAT_THRESHOLD_MRP", 10_000)
# In tenge, by year.
MRP = {int(year): int(tenge) for year, tenge in env.dict("MRP", default={"2026": "4325"}).items()}
PLACE_HOLD_UNSEEN_MINUTES = env.int("PLACE_HOLD_UNSEEN_MINUTES", 10)
PLACE_HOLD_MINUTES = env.int("PLACE_HOLD_MINUTES", 30)
PLACE_HOLD_AFTER_CHECK_MINUTES = env.int("PLACE_HOLD_AFTER_CHECK_MINUTES", 15)
# How many days before the end of the service the question of 9.5 asks for what was not told.
GAPS_ASKED_DAYS_BEFORE_END = env.int("GAPS_ASKED_DAYS_BEFORE_END", 14)
REPORT_KEEPS_WORKING_DAYS = env.int("REPORT_KEEPS_WORKING_DAYS", 3)
# How many materials of the course a student opens in a day (11.5).
MATERIAL_OPENINGS_A_DAY = env.int("MATERIAL_OPENINGS_A_DAY", 60)

BANK_KBE = env.str("BANK_KBE", "19")  # a resident individual entrepreneur
BANK_KNP = env.str("BANK_KNP", "859")  # other services, as is usual for training
BANK_AGGREGATE_PAYERS = env.list("BANK_AGGREGATE_PAYERS", default=["971240001315"])  # Kaspi Bank

# --- Telegram
# Without a bot staff write in Telegram themselves (4.3.1).
TELEGRAM_BOT_TOKEN = env.str("TELEGRAM_BOT_TOKEN", "")
TELEGRAM_BOT_NAME = env.str("TELEGRAM_BOT_NAME", "").removeprefix("@")
TELEGRAM_API_URL = env.str("TELEGRAM_API_URL", "https://api.telegram.org").rstrip("/")
TELEGRAM_SECRET = env.str("TELEGRAM_SECRET", "")
# Subject of a chat -> function called when its link is opened; it returns the answer.
TELEGRAM_STARTED = {
    "halves": "enrollment.operations.halves.answers.started",
    "order": "enrollment.operations.chat.started",
}
TELEGRAM_PRESSED = {  # the same for a pressed button
    "halves": "enrollment.operations.halves.answers.pressed",
}

# --- Safety
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
# A browser takes such a cookie only from this very host, over https, for the whole of the site: a
# page of another subdomain cannot lay one under ours. Over plain http there are no such cookies.
COOKIE_PREFIX = "__Host-" if SITE_URL.startswith("https://") else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
MESSAGE_STORAGE = "offer_site.web.visitor.MessagesOfAVisitor"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SITE_URL.startswith(
    "https://"
)
SECURE_SSL_REDIRECT = SITE_URL.startswith("https://")
SECURE_REDIRECT_EXEMPT = [r"^live$", r"^ready$"]
SECURE_HSTS_SECONDS = 31_536_000 if SITE_URL.startswith("https://") else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SITE_URL.startswith("https://")
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "offer_site.web.views.csrf_failure"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # They log each step of each page.
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        # They log addresses and headers, which hold secrets.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
    },
}
