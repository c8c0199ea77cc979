"""Who may change matters, and what a matter's name and zone may be."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from legalhold.accounts.roles import Permission
from legalhold.matters.access import require

if TYPE_CHECKING:
    from legalhold.matters.access import Access
    from legalhold.matters.models import Matter

LONGEST_NAME = 200
LONGEST_REFERENCE = 100


class MatterInvalid(ValueError):
    """A matter can't have this name, reference or zone; the message names the field and what it may be."""


def may_manage(*, access: Access, matter: Matter | None = None) -> None:
    """Raise ``NotAllowed`` unless ``access`` may create matters, or change the one given."""
    require(access=access, permission=Permission.MANAGE_MATTERS, matter=matter)


def check_fields(*, name: str, reference: str, zone: str) -> None:
    """Raise ``MatterInvalid`` for a name or reference that is empty, too long or unprintable, or an unknown zone."""
    if not name.strip() or name != name.strip() or not name.isprintable():
        raise MatterInvalid(f"name is {name!r}: give printable text without space at its ends")
    if len(name) > LONGEST_NAME:
        raise MatterInvalid(f"name has {len(name)} characters: give at most {LONGEST_NAME}")
    if len(reference) > LONGEST_REFERENCE or not (reference.isprintable()):
        raise MatterInvalid(f"reference is {reference!r}: give at most {LONGEST_REFERENCE} printable characters")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise MatterInvalid(f"zone {zone!r} is unknown: give one like Europe/Berlin") from error
