"""What can be wrong with a database before a statement of ours is even tried."""

from django.db.utils import OperationalError, ProgrammingError


class DatabaseUnusable(OperationalError):
    """The database's file, folder or server can't be used safely; the message names it and what to do."""


class WriteOutsideTransaction(ProgrammingError):
    """A statement tried to write many rows outside a transaction. Nothing was written."""
