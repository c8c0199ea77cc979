"""How a refusal or failure is told: one line that says what is wrong and what to do, and the same as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import DatabaseError

from legalhold.approvals.confirmation import ApprovalNeeded
from legalhold.cli.printing import shown
from legalhold.database.failures import explain
from legalhold.ingest.services import VanishedShare
from legalhold.journal.errors import JournalFrozen, NotYetDurable

if TYPE_CHECKING:
    from collections.abc import Mapping

OUR_ROOMS: Final = ("legalhold", "exports", "webdav")
FAULT: Final = "this is a fault of the program; the traceback is on standard error"


def refusal(error: BaseException) -> str | None:
    """Return what to tell a person; None for a bug of ours, which needs its traceback."""
    told = _told(error)
    # What a run had done before it failed is said with why it failed.
    return None if told is None else "; ".join([told, *map(shown, getattr(error, "__notes__", ()))])


def refusal_data(error: BaseException) -> Mapping[str, Any]:
    """Return the one JSON object of a command that was refused or failed."""
    data: dict[str, Any] = {"error": type(error).__name__, "message": refusal(error) or FAULT}
    if isinstance(error, (ApprovalNeeded, VanishedShare)):
        data["confirm"] = error.digest
    if isinstance(error, NotYetDurable):
        data["done"] = error.is_all
    return data


def _told(error: BaseException) -> str | None:
    if isinstance(error, ApprovalNeeded):
        return f"{error.text} If that is what you want, run it again with --confirm {error.digest}"
    if isinstance(error, NotYetDurable) and error.__cause__ is not None:
        return _done(error, error.__cause__)
    if type(error).__module__.split(".")[0] in OUR_ROOMS:
        return "\n".join(shown(line) for line in str(error).splitlines())
    if isinstance(error, DatabaseError):
        return explain(error=error)
    if isinstance(error, OSError):
        return f"{error.filename or 'the system'}: {error.strerror or error}"
    return None


def _done(error: NotYetDurable, cause: BaseException) -> str:
    text = shown(str(error.because(refusal(cause) or str(cause))))
    # What froze it, a person must look at: until then nothing is written.
    return text if isinstance(cause, JournalFrozen) else f"{text}; the next command writes it"
