"""What can be wrong with a database before a statement of ours is even tried."""

from django.core.exceptions import ImproperlyConfigured
from django.db.utils import ProgrammingError


class DatabaseUnusable(ImproperlyConfigured):
    """The database's file, folder or server can't be used safely; the message names it and what to do."""


class WriteOutsideTransaction(ProgrammingError):
    """A statement tried to write without its turn in the writers' queue. Nothing was written."""
