"""Who may open, extend and revoke shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.accounts.roles import Permission
from legalhold.matters.access import require

if TYPE_CHECKING:
    from legalhold.matters.access import Access
    from legalhold.matters.models import Matter


def may_manage_shares(*, access: Access, matter: Matter) -> None:
    """Raise ``NotAllowed`` unless ``access`` may open, extend and revoke shares of the matter's exports."""
    require(access=access, permission=Permission.MANAGE_SHARES, matter=matter)
