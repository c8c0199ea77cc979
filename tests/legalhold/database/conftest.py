"""Databases of their own beside the one under test: files with several real connections."""

from __future__ import annotations

import os

import pytest
from django.db.utils import load_backend

IS_POSTGRESQL = os.environ.get("DATABASE_URL", "").startswith("postgres")

# What only a server can show isn't collected, rather than skipped, where there is none; it runs in the other run.
collect_ignore = [] if IS_POSTGRESQL else ["test_postgresql.py"]

DEFAULTS = {
    "ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_HEALTH_CHECKS": False, "CONN_MAX_AGE": 0, "TIME_ZONE": None,
    "USER": "", "PASSWORD": "", "HOST": "", "PORT": "", "TEST": {},
}  # fmt: skip


@pytest.fixture
def connect(django_db_blocker):
    """Open connections of our SQLite backend; closed at the end."""
    opened = []

    def connect(path, alias="default", **options):
        settings = {**DEFAULTS, "ENGINE": "legalhold.database.sqlite", "NAME": str(path)}
        settings["OPTIONS"] = {"timeout": 5, "transaction_mode": "IMMEDIATE", **options}
        wrapper = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, alias)
        wrapper.inc_thread_sharing()
        opened.append(wrapper)
        return wrapper

    with django_db_blocker.unblock():
        yield connect
        for wrapper in opened:
            wrapper.close()
