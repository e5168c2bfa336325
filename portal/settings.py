"""Django settings, read from environment variables (see .env.example)."""

import os
import tomllib
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from portal import environment, logging
from portal.misspelt import misspelt

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

env = environment.Environment()
DEMO = env.bool("DEMO", False)
DEBUG = env.bool("DEBUG", False)
SECRET_KEY, *SECRET_KEY_FALLBACKS = env.read_list("SECRET_KEY", environment.secret_key, required=True) or [""]
PORTAL_URL = env.read("PORTAL_URL", environment.origin) or ""
ALLOWED_HOSTS = env.read_list("ALLOWED_HOSTS", environment.host, required=False) or [
    environment.host_of(PORTAL_URL)
]
TRUSTED_PROXIES = env.read_list(
    "TRUSTED_PROXIES", environment.proxy, required=False, default="127.0.0.0/8,::1,unix"
)
AWORK_API_URL = env.read("AWORK_API_URL", environment.url, "https://api.awork.com/api/v1") or ""
AWORK_CLIENT_ID = env.read("AWORK_CLIENT_ID", environment.printable_ascii, "")
AWORK_CLIENT_SECRET = env.read("AWORK_CLIENT_SECRET", environment.printable_ascii, "")
AWORK_API_KEY = env.read("AWORK_API_KEY", environment.printable_ascii, "")
AWORK_WORKSPACES = env.read_list("AWORK_WORKSPACES", environment.uuid, required=not DEMO)
TOKEN_KEYS = env.read_list("TOKEN_KEYS", environment.fernet_key, required=True)
AUDIT_KEY, *AUDIT_KEY_FALLBACKS = env.read_list("AUDIT_KEY", environment.ed25519_seed, required=True) or [b""]
if AUDIT_KEY in AUDIT_KEY_FALLBACKS:
    env.add_error("AUDIT_KEY", "must be base64 of 32 bytes, and of several none can be there twice")
METRICS_TOKEN = env.read("METRICS_TOKEN", environment.bearer_token, "") or ""
AUDIT_CHECKPOINTS = env.read("AUDIT_CHECKPOINTS", environment.url_or_path, "") or ""
AUDIT_CHECKPOINTS_TOKEN = env.read("AUDIT_CHECKPOINTS_TOKEN", environment.bearer_token, "") or ""
MAIL_SERVER = env.read("EMAIL_URL", environment.mail_server, "") or {}
EMAIL_FROM = env.read("EMAIL_FROM", environment.mailbox, "") or ""
HAS_EMAIL_URL, HAS_EMAIL_FROM = (bool(env.str(name, "")) for name in ("EMAIL_URL", "EMAIL_FROM"))
if HAS_EMAIL_URL and not HAS_EMAIL_FROM:
    env.add_error("EMAIL_URL", "needs EMAIL_FROM")
if HAS_EMAIL_FROM and not HAS_EMAIL_URL:
    env.add_error("EMAIL_FROM", "needs EMAIL_URL")
if not env.str("DATABASE_URL", ""):  # else this folder isn't needed, and may be read-only
    with suppress(OSError):  # `env.read` says it
        VAR.mkdir(exist_ok=True)
DATABASES = {
    "default": env.read("DATABASE_URL", environment.database_config, f"sqlite:///{VAR / 'portal.sqlite3'}")
}
DATABASE_POOL = env.read("DATABASE_POOL", environment.database_pool, "") or ""
if DATABASE_POOL and DATABASES["default"]:
    if "postgresql" not in DATABASES["default"]["ENGINE"]:
        env.add_error("DATABASE_POOL", "is for PostgreSQL only")
    if "options" in DATABASES["default"].get("OPTIONS", {}):
        env.add_error(
            "DATABASE_URL", "can't have options with DATABASE_POOL; set them for the database's user"
        )
DESK_TIME_ZONE = env.read("DESK_TIME_ZONE", environment.time_zone, "UTC") or "UTC"
STATIC_ROOT = env.read("STATIC_ROOT", environment.directory, str(VAR / "static"))
if DEMO and not environment.is_loopback(urlsplit(PORTAL_URL).hostname or "localhost"):
    env.add_error("DEMO", "anyone can sign in to the demo, so PORTAL_URL must be on a loopback host")
if AWORK_CLIENT_SECRET and not AWORK_CLIENT_ID:
    env.add_error("AWORK_CLIENT_SECRET", "needs AWORK_CLIENT_ID")
if AUDIT_CHECKPOINTS_TOKEN and "://" not in AUDIT_CHECKPOINTS:
    env.add_error("AUDIT_CHECKPOINTS_TOKEN", "needs a URL as AUDIT_CHECKPOINTS")
MISSPELT_SETTINGS = misspelt(os.environ, env.names | {"PROMETHEUS_MULTIPROC_DIR"})
env.raise_errors(MISSPELT_SETTINGS)

SECURE = PORTAL_URL.startswith("https://")
if "http://" in {PORTAL_URL[:7], AWORK_API_URL[:7]}:
    # oauthlib rejects plain http; `environment.url` accepts it for loopback hosts only.
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "portal",  # before the app whose command `collectstatic` it extends
    "portal.web.static_files.StaticFiles",
    "django_htmx",
    "csp",
    "invites",
    "invites.audit.apps.AuditConfig",
]
if DEMO:
    INSTALLED_APPS += ["portal.standin", "invites.demo"]

MIDDLEWARE = [
    # First what every response needs, also one to a request that a later middleware refuses.
    "portal.web.request_log.RequestLog",
    "portal.web.middleware.ServeStaticFiles",
    "portal.web.middleware.RequestId",
    "portal.web.middleware.ReaderLanguage",
    "portal.web.middleware.SecurityHeaders",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.web.middleware.TrustedProxies",
    "portal.web.middleware.MonitoringHost",
    "portal.web.middleware.BodySizeLimit",
    "portal.web.middleware.FormParsing",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.web.middleware.LoginRequired",
    "portal.web.middleware.ReaderTimeZone",
    "portal.web.middleware.AworkWaitBudget",
    "portal.web.middleware.SignInExpiredRedirect",
    "portal.web.middleware.CredentialsPage",
    "portal.web.middleware.RateLimited",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["portal.web.template_loader.FilesystemLoader", "portal.web.template_loader.AppLoader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

if "sqlite" in DATABASES["default"]["ENGINE"]:
    # IMMEDIATE: a transaction waits for the write lock when it begins, so that it cannot fail halfway.
    # FULL: what was committed before a call to awork survives a power cut.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
    }
    # A file, so that the threads of a test share one database.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR / "test.sqlite3")}
elif DATABASE_POOL:
    # Each transaction has another connection, which has no startup options, settings or cursors of ours.
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
else:
    # A process that is suspended, or whose machine is gone, in a transaction would hold its locks for ever.
    options = DATABASES["default"].setdefault("OPTIONS", {})
    limit = "-c idle_in_transaction_session_timeout=20s"
    options["options"] = f"{options.get('options', '')} {limit}".strip()
# Stays open between requests: SQLite cleans up its files whenever the last connection is closed.
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "portal.User"
LOGIN_URL = "login"
HOME_PAGES = {  # each desk role's first page, by URL name
    "manager": "invite",
    "lead": "invitations",
    "auditor": "audit",
    "administrator": "invite",
}
RESULT_PAGES = {"invite-result"}  # where forms lead to, also those that htmx sends
FORM_RECOVERY_PAGES = {  # their forms are restored after a sign-in
    *("invite", "policy", "policy-save"),
    *("invite-many", "invite-many-send"),
    "review",
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # they can name people
SESSION_ENGINE = "portal.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.web.csrf.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]
SECURE_SSL_REDIRECT = SECURE
SECURE_SSL_HOST = urlsplit(PORTAL_URL).netloc  # with its port, which the Host header may lack
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
# Reachable by any Host header, also by plain http.
MONITORING_PATHS = {"/livez", "/readyz", "/healthz", "/metrics"}
SECURE_REDIRECT_EXEMPT = [f"^{path.removeprefix('/')}$" for path in MONITORING_PATHS]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
MAX_FORM_BYTES = 200_000  # ten times as much as the longest form
LARGE_FORM_PATHS = (
    "/invite/many/",
)  # forms under these paths may have a list of 1 MB, and what was corrected
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000  # bytes of a large form
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1500  # a checkbox for each of 1,000 lines, and the fields of those to correct
FILE_UPLOAD_HANDLERS: list[str] = []  # uploads are discarded, but for those in large forms
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

EMAIL_HOST, EMAIL_PORT = MAIL_SERVER.get("host", ""), MAIL_SERVER.get("port", 0)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL_SERVER.get("user", ""), MAIL_SERVER.get("password", "")
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL_SERVER.get("starts_tls", False), MAIL_SERVER.get("is_tls", False)
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = EMAIL_FROM

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # each in its own language
FORMAT_MODULE_PATH = ["portal.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "portal.web.static_storage.Storage"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False  # other sites don't need these files
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOGGING = logging.config(debug=DEBUG)
DEFAULT_EXCEPTION_REPORTER_FILTER = "portal.web.error_reports.TokenSafeReporterFilter"
