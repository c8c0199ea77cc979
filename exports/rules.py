"""Who may make exports, and who may read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.accounts.roles import Permission
from legalhold.matters.access import require

if TYPE_CHECKING:
    from exports.models import Export
    from legalhold.matters.access import Access
    from legalhold.matters.models import Matter


class ExportNotVerified(Exception):
    """Nobody knows whether every byte of the export can be read, or it is known that some can't."""


def may_export(*, access: Access, matter: Matter) -> None:
    """Raise unless ``access`` may make exports of the matter's collections."""
    require(access=access, permission=Permission.MANAGE_EXPORTS, matter=matter)


def may_read(*, access: Access, matter: Matter) -> None:
    """Raise unless ``access`` may read what was exported of the matter."""
    require(access=access, permission=Permission.READ_CONTENT, matter=matter)


def require_verified(*, export: Export) -> None:
    """Raise ``ExportNotVerified`` unless every file was read, and found equal, since the export was made or rebuilt."""
    if export.verified_at is None:
        raise ExportNotVerified(f"export {export.name!r} was never verified; run `export verify {export.key}` first")
    if export.findings:
        raise ExportNotVerified(
            f"export {export.name!r} isn't whole: {export.findings} findings when it was last verified; see"
            f" `export verify {export.key}`, and verify it again when the archive is mended"
        )
