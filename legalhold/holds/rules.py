"""Who may act on holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.accounts.roles import Permission
from legalhold.matters.access import require

if TYPE_CHECKING:
    from legalhold.matters.access import Access
    from legalhold.matters.models import Matter


def may_manage(*, access: Access, matter: Matter) -> None:
    """Raise ``NotAllowed`` unless ``access`` may draft, place and widen holds in the matter."""
    require(access=access, permission=Permission.MANAGE_HOLDS, matter=matter)


def may_release(*, access: Access, matter: Matter) -> None:
    """Raise ``NotAllowed`` unless ``access`` may request the release of a hold in the matter."""
    require(access=access, permission=Permission.RELEASE_HOLDS, matter=matter)
