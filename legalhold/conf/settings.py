"""Django's settings. What the organisation may set is read in ``environment``; the rest is decided here."""

import os
import secrets
from pathlib import Path

from legalhold.conf.environment import read_environment

ENVIRONMENT = read_environment(os.environ)
TEMPLATES_FOLDER = Path(__file__).resolve().parents[2] / "templates"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "legalhold.database",
    "legalhold.journal",
    "legalhold.audit",
    "legalhold.accounts",
    "legalhold.matters",
    "legalhold.custodians",
    "legalhold.catalog",
    "legalhold.holds",
    "legalhold.retention",
    "legalhold.ingest",
    "legalhold.review",
    "exports",
    "webdav",
    "legalhold.cli",
]
DATABASES = {"default": ENVIRONMENT.database}
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

# Nothing is signed across restarts yet, so a key for this process alone is enough where none is set.
SECRET_KEY = ENVIRONMENT.secret_key or secrets.token_urlsafe(50)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *ENVIRONMENT.public_hosts]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_SECURE = True
X_FRAME_OPTIONS = "DENY"
ROOT_URLCONF = "legalhold.conf.urls"
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_SSL_REDIRECT = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [str(TEMPLATES_FOLDER)],
        "OPTIONS": {"context_processors": []},
    },
]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LOGGING_CONFIG = None
