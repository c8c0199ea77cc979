"""The last step of an act that is committed: durable in the journal before anybody is told, or a failure that says it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import DatabaseError

from legalhold.archive import ArchiveError
from legalhold.journal.errors import JournalFrozen, NotYetDurable
from legalhold.journal.services.flushing import flush

if TYPE_CHECKING:
    from legalhold.archive import Archive


def acknowledge(*, archive: Archive, done: str, is_all: bool = True) -> None:
    """Flush after an act's commit. Raises ``NotYetDurable`` with ``done``, what is in effect by now, in half a sentence.

    ``is_all`` is False where a caller goes on from here to what was asked for, and won't.
    What is left is written by the next flush, which every command and every act ends with.
    """
    try:
        flush(archive=archive)
    except (ArchiveError, JournalFrozen, DatabaseError, OSError) as error:
        raise NotYetDurable(done=done, because=str(error), is_all=is_all) from error
