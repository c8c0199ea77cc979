"""Who may make exports, and who may read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.accounts.roles import Permission
from legalhold.matters.access import require

if TYPE_CHECKING:
    from exports.models import Export
    from legalhold.matters.access import Access
    from legalhold.matters.models import Matter


class ExportNotWhole(Exception):
    """It is known that not every byte of the export can be read."""


def may_export(*, access: Access, matter: Matter) -> None:
    """Raise unless ``access`` may make exports of the matter's collections."""
    require(access=access, permission=Permission.MANAGE_EXPORTS, matter=matter)


def may_read(*, access: Access, matter: Matter) -> None:
    """Raise unless ``access`` may read what was exported of the matter."""
    require(access=access, permission=Permission.READ_CONTENT, matter=matter)


def require_whole(*, export: Export) -> None:
    """Raise ``ExportNotWhole`` if something was found when the export was last verified; one never verified passes."""
    if export.findings:
        raise ExportNotWhole(
            f"export {export.name!r} isn't whole: {export.findings} findings when it was last verified; see"
            f" `export verify {export.key}`, and verify it again when the archive is mended"
        )
