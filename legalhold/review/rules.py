"""Who may look into preserved data, and who may collect it."""
from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.accounts.roles import Permission
from legalhold.matters.access import require

if TYPE_CHECKING:
    from legalhold.matters.access import Access
    from legalhold.matters.models import Matter


def may_search(*, access: Access, matter: Matter | None) -> None:
    """Raise unless ``access`` may read items of the matter; without one, of whoever's data it is."""
    require(access=access, permission=Permission.READ_CONTENT, matter=matter)
    if matter is None:
        require(access=access, permission=Permission.BROWSE_UNHELD)


def may_collect(*, access: Access, matter: Matter) -> None:
    """Raise unless ``access`` may freeze items for the matter."""
    require(access=access, permission=Permission.READ_CONTENT, matter=matter)
    require(access=access, permission=Permission.MANAGE_COLLECTIONS, matter=matter)
