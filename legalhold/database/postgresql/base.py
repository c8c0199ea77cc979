"""The grown-up database: Django's connection, refused where the server could lose an acknowledged commit."""

from __future__ import annotations

from typing import Any, Final

from django.db.backends.postgresql import base
from psycopg import IsolationLevel

from legalhold.database.errors import DatabaseUnusable
from legalhold.database.forking import forget_in_children

DURABLE: Final = {"fsync": ("on",), "synchronous_commit": ("on", "remote_write", "remote_apply", "local")}
QUESTION: Final = "SELECT " + ", ".join(f"current_setting('{setting}')" for setting in DURABLE)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL connection; every new one is asked whether the server is durable."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        forget_in_children(self)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection. Raises ``DatabaseUnusable`` naming the setting when the server isn't durable."""
        connection = super().get_new_connection(conn_params)
        # Load-bearing, whatever the server's default: the guard's protocol needs a snapshot per statement. With one per
        # transaction the DELETE after the lock wouldn't see a hold that was placed while the lock was waited for.
        connection.isolation_level = self.isolation_level = IsolationLevel.READ_COMMITTED
        row = connection.execute(QUESTION).fetchone()
        # Our statements are short and their costs overestimated: compiling one took a third of a second, and placing a
        # hold held the guard for as long.
        connection.execute("SET jit = off")
        connection.commit()
        for (setting, durable), value in zip(DURABLE.items(), row, strict=True):
            if value not in durable:
                connection.close()
                raise DatabaseUnusable(
                    f"PostgreSQL runs with {setting} = {value}: a commit could be lost; set it to on"
                )
        return connection
