"""What each role allows, as data. Access to a matter needs membership besides; see ``matters.access``."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from legalhold.accounts.models import Role


class Permission(StrEnum):
    """What somebody may do; each is described in ``docs/operations/permissions.md``."""

    READ_MATTERS = "read_matters"
    MANAGE_MATTERS = "manage_matters"
    MANAGE_CUSTODIANS = "manage_custodians"
    CAPTURE = "capture"
    REMOVE_SOURCES = "remove_sources"
    MANAGE_HOLDS = "manage_holds"
    RELEASE_HOLDS = "release_holds"
    APPROVE = "approve"
    READ_CONTENT = "read_content"
    BROWSE_UNHELD = "browse_unheld"
    MANAGE_COLLECTIONS = "manage_collections"
    MANAGE_EXPORTS = "manage_exports"
    MANAGE_SHARES = "manage_shares"
    MANAGE_RETENTION = "manage_retention"
    COMPACT = "compact"
    READ_AUDIT = "read_audit"
    MANAGE_USERS = "manage_users"
    MANAGE_SYSTEM = "manage_system"


EVERY_PERMISSION: Final = frozenset(Permission)

PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    # Runs the machine; sees no content and releases nothing, so that one person can't do both.
    Role.SYSTEM_ADMINISTRATOR: frozenset({Permission.MANAGE_USERS, Permission.MANAGE_SYSTEM, Permission.CAPTURE}),
    Role.LEGAL_ADMIN: frozenset(
        {
            Permission.READ_MATTERS,
            Permission.MANAGE_MATTERS,
            Permission.MANAGE_CUSTODIANS,
            Permission.CAPTURE,
            Permission.REMOVE_SOURCES,
            Permission.MANAGE_HOLDS,
            Permission.RELEASE_HOLDS,
            Permission.READ_CONTENT,
            Permission.MANAGE_COLLECTIONS,
            Permission.MANAGE_EXPORTS,
            Permission.MANAGE_SHARES,
            Permission.MANAGE_RETENTION,
            Permission.COMPACT,
        }
    ),
    Role.APPROVER: frozenset({Permission.READ_MATTERS, Permission.APPROVE}),
    Role.MATTER_READER: frozenset({Permission.READ_MATTERS, Permission.READ_CONTENT}),
    Role.AUDITOR: frozenset({Permission.READ_MATTERS, Permission.READ_AUDIT}),
    Role.CUSTODIAN: frozenset(),
    Role.HELP_DESK: frozenset({Permission.MANAGE_USERS}),
    # Counsel reads through shares alone; a share is its own credential.
    Role.COUNSEL: frozenset(),
}
"""The roles an installation starts with. What isn't listed isn't allowed."""
