"""Why nothing may be appended or destroyed: catalog and archive don't say the same."""

from __future__ import annotations


class JournalFrozen(Exception):
    """The journal is frozen: nothing is appended, acknowledged or destroyed until a person confirms its head."""


class JournalAhead(JournalFrozen):
    """The archive's journal has objects that this catalog never wrote: the catalog is an older copy."""


class JournalBehind(JournalFrozen):
    """The archive's journal ends before what this catalog has written: the archive is an older copy, or lost objects."""


class JournalDiffers(JournalFrozen):
    """Catalog and archive have written different objects under the same number: they are of different histories."""


class HeadNotConfirmed(Exception):
    """The digest given isn't that of the archive's newest journal object; the freeze stays."""


class NotYetDurable(Exception):
    """An act is committed and in effect, but the archive's journal couldn't take its entries: a rebuild wouldn't know it.

    ``done`` says in half a sentence what is in effect, ``is_all`` whether that is all that was asked for; ``__cause__`` is why
    the journal couldn't be written.
    """

    def __init__(self, *, done: str, because: str, is_all: bool = True) -> None:
        super().__init__(
            f"{'done, but' if is_all else 'only begun, and'} not yet in the archive's journal: {done}; {because}"
        )
        self.done = done
        self.is_all = is_all

    def because(self, because: str) -> NotYetDurable:
        """Return the same with its reason in other words."""
        return NotYetDurable(done=self.done, because=because, is_all=self.is_all)
