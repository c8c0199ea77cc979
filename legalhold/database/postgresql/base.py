"""The grown-up database: Django's connection, refused where the server could lose an acknowledged commit."""
from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base

DURABLE = {"fsync": ("on",), "synchronous_commit": ("on", "remote_write", "remote_apply", "local")}


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL connection; every new one is asked whether the server is durable."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection. Raises ``ImproperlyConfigured`` naming the setting when the server isn't durable."""
        connection = super().get_new_connection(conn_params)
        for setting, durable in DURABLE.items():
            row = connection.execute(f"SHOW {setting}").fetchone()
            if row[0] not in durable:
                connection.close()
                raise ImproperlyConfigured(f"PostgreSQL runs with {setting} = {row[0]}: a commit could be lost; set it to on")
        connection.rollback()
        return connection
