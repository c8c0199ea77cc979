"""Comparing the catalog's head with the archive's: a crash is caught up with, anything else freezes and says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from legalhold.archive import EMPTY_HEAD, JournalBroken, ObjectMissing
from legalhold.database import turns
from legalhold.database.fields import from_micros
from legalhold.journal.errors import HeadNotConfirmed, JournalAhead, JournalBehind, JournalDiffers, JournalFrozen
from legalhold.journal.services.head import advance, freeze, require_unfrozen, set_head, state
from legalhold.journal.services.outbox import matching_ids

if TYPE_CHECKING:
    from legalhold.archive import Archive, JournalEntry, JournalHead

TURN: Final = "journal"
"""The turn that flushers and whoever compares heads take: else a flush under way would look like a newer archive."""

WHAT_TO_DO: Final = (
    "Nothing is destroyed, placed or captured until a person decides: put the right copy in place, or run "
    "`archive rebuild` to make the catalog from the archive, then `archive confirm`."
)


@dataclass(frozen=True, slots=True)
class AdoptResult:
    """How many entries were found durable though the catalog didn't know, its head's number, and why it is frozen."""

    adopted: int
    sequence: int
    frozen_because: str


def adopt(*, archive: Archive) -> AdoptResult:
    """Take as written what an interrupted flush has written, and freeze where catalog and archive disagree.

    Called at every start. Raises nothing about the journal: the result says it, and whatever needs it refuses.
    """
    adopted, because = 0, ""
    try:
        with turns.alone(name=TURN):
            adopted = catch_up(archive=archive)
    except JournalFrozen:
        because = state().frozen_because
    return AdoptResult(adopted=adopted, sequence=state().head.sequence, frozen_because=because)


def require_equal_heads(*, archive: Archive) -> None:
    """Return only if catalog and archive agree. Raises ``JournalAhead``, ``JournalBehind``, ``JournalDiffers`` or
    ``JournalFrozen``, with what to do.

    Called before every destruction and cleaning, outside transactions: it reads the store.
    """  # noqa: D205 the list of errors is one sentence
    with turns.alone(name=TURN):
        catch_up(archive=archive)


def catch_up(*, archive: Archive) -> int:
    """Advance the head over objects whose entries the outbox holds, and return their number; within the turn only."""
    head = require_unfrozen()
    try:
        newest = archive.journal.head()
        _require_same_past(archive, head, newest)
        return _adopt_objects(archive, head) if newest.sequence > head.sequence else 0
    except JournalBroken as error:
        raise _frozen(JournalFrozen, f"the archive's journal is broken: {error}.") from error


def require_previous(*, archive: Archive) -> JournalHead:
    """Return the head, once the archive has shown that its object is there; within the turn only.

    load-bearing: an object written after one that is gone would be acknowledged on a chain with a hole, which no rebuild
    reads. Raises the refusals of ``catch_up``.
    """
    head = require_unfrozen()
    try:
        known = _read_head(archive, head.sequence)
    except ObjectMissing as error:
        raise _frozen(
            JournalBehind,
            f"the archive has lost {_name(head)}, the newest object that this catalog has written.",
        ) from error
    except JournalBroken as error:
        raise _frozen(JournalFrozen, f"the archive's journal is broken: {error}.") from error
    if known != head:
        raise _differs(known, head)
    return head


def confirm(*, archive: Archive, digest: str) -> None:
    """End the freeze: a person has compared ``digest`` (hex) of the newest object with one kept elsewhere.

    Raises ``HeadNotConfirmed`` for another digest, and ``JournalFrozen`` while the catalog isn't at that object.
    """
    with turns.alone(name=TURN):
        newest, head = archive.journal.head(), state().head
        if newest.digest.hex() != digest.lower():
            raise HeadNotConfirmed(f"{digest} isn't the archive's newest journal object: that is {_name(newest)}")
        if newest != head:
            raise JournalFrozen(
                f"the catalog is at {_name(head)}, the archive at {_name(newest)}: run `archive rebuild`"
            )
        set_head(head=head, because="")


def take_head(*, archive: Archive, because: str) -> JournalHead:
    """Make the archive's newest object the catalog's head, frozen until confirmed: the end of a rebuild."""
    with turns.alone(name=TURN):
        newest = archive.journal.head()
        set_head(head=newest, because=because)
    return newest


def _require_same_past(archive: Archive, head: JournalHead, newest: JournalHead) -> None:
    if newest.sequence < head.sequence:
        raise _frozen(
            JournalBehind,
            f"the archive's journal ends with {_name(newest)}, but this catalog has written up to {_name(head)}: "
            "the archive is an older copy, or its newest objects were lost.",
        )
    known = newest if newest.sequence == head.sequence else _read_head(archive, head.sequence)
    if known != head:
        raise _differs(known, head)


def _differs(known: JournalHead, head: JournalHead) -> JournalFrozen:
    return _frozen(JournalDiffers, f"the archive has {_name(known)}, where this catalog has written {_name(head)}.")


def _read_head(archive: Archive, sequence: int) -> JournalHead:
    return archive.journal.read(sequence)[0] if sequence else EMPTY_HEAD


def _adopt_objects(archive: Archive, head: JournalHead) -> int:
    adopted = 0
    for newer, entries in archive.journal.verify(after=head):
        ids = matching_ids(entries=entries)
        if ids is None:
            raise _frozen(
                JournalAhead,
                f"the archive's journal goes on with {_name(newer)} ({_first(entries)}), which this catalog never wrote: "
                "the database is an older copy than the archive.",
            )
        advance(previous=head, head=newer, ids=ids)
        adopted, head = adopted + len(ids), newer
    return adopted


def _first(entries: tuple[JournalEntry, ...]) -> str:
    first = f"{entries[0].verb} of {from_micros(entries[0].at):%Y-%m-%d %H:%M:%S} UTC"
    return first if len(entries) == 1 else f"{len(entries)} entries, the first {first}"


def _name(head: JournalHead) -> str:
    return f"journal/{head.sequence:012d} (digest {head.digest.hex()})" if head.sequence else "no object"


def _frozen(error: type[JournalFrozen], what: str) -> JournalFrozen:
    because = f"{what} {WHAT_TO_DO}"
    freeze(because=because)
    return error(f"the journal is frozen: {because}")
