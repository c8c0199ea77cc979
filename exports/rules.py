"""Who may make exports, and who may read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.accounts.roles import Permission
from legalhold.matters.access import require

if TYPE_CHECKING:
    from legalhold.matters.access import Access
    from legalhold.matters.models import Matter


def may_export(*, access: Access, matter: Matter) -> None:
    """Raise unless ``access`` may make exports of the matter's collections."""
    require(access=access, permission=Permission.MANAGE_EXPORTS, matter=matter)


def may_read(*, access: Access, matter: Matter) -> None:
    """Raise unless ``access`` may read what was exported of the matter."""
    require(access=access, permission=Permission.READ_CONTENT, matter=matter)
