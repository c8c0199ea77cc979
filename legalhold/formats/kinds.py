"""The kinds of items."""

from enum import IntEnum


class ItemKind(IntEnum):
    """What an item is; stored as a number and matched by a pin's bit mask `1 << kind`, so values never change."""

    UNKNOWN = 0
    MESSAGE = 1
    EVENT = 2
    TASK = 3
    CONTACT = 4
    NOTE = 5
    CHAT = 6
    FILE = 7
    CONTAINER = 8
