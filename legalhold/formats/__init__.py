"""What items are made of: messages, calendars, contacts and the files that hold many of them.

Pure Python over bytes: it knows no folder tree, no archive and no catalog. Nothing here writes an item's bytes anew.
"""

from legalhold.formats.kinds import ItemKind

__all__ = ["ItemKind"]
