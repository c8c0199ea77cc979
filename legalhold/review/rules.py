"""Who may look into preserved data, and who may collect it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from legalhold.accounts.roles import Permission
from legalhold.matters.access import require

if TYPE_CHECKING:
    from legalhold.matters.access import Access
    from legalhold.matters.models import Matter


LONGEST_NAME: Final = 180
"""What leaves room to say, where it is named as a reason, that it is a collection."""


class NameInvalid(ValueError):
    """A collection, or the export made of it, can't have this name."""


def check_name(*, name: str) -> None:
    """Raise ``NameInvalid`` unless a collection or an export can be called this."""
    if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise NameInvalid(
            f"name is {name[:LONGEST_NAME]!r}: give 1 to {LONGEST_NAME} printable characters without space at their ends"
        )


def may_search(*, access: Access, matter: Matter | None) -> None:
    """Raise unless ``access`` may read items of the matter; without one, of whoever's data it is."""
    require(access=access, permission=Permission.READ_CONTENT, matter=matter)
    if matter is None:
        require(access=access, permission=Permission.BROWSE_UNHELD)


def may_collect(*, access: Access, matter: Matter) -> None:
    """Raise unless ``access`` may freeze items for the matter."""
    require(access=access, permission=Permission.READ_CONTENT, matter=matter)
    require(access=access, permission=Permission.MANAGE_COLLECTIONS, matter=matter)
