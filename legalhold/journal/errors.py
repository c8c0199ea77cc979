"""Why nothing may be appended or destroyed: catalog and archive don't say the same."""


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
