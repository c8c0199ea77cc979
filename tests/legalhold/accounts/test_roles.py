"""What each role allows, and what no role has."""

from __future__ import annotations

from pathlib import Path

import pytest

from legalhold.accounts.models import Role
from legalhold.accounts.roles import EVERY_PERMISSION, PERMISSIONS, Permission

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "operations" / "permissions.md"


def test_every_role_is_listed():
    assert set(PERMISSIONS) == set(Role)


def test_every_permission_is_documented():
    documented = [line.split("`")[1] for line in DOCUMENT.read_text("utf-8").splitlines() if line.startswith("| `")]

    assert documented == [permission.value for permission in Permission]


def test_document_says_which_roles_have_which_permission():
    for line in DOCUMENT.read_text("utf-8").splitlines():
        if line.startswith("| `"):
            _, name, _, roles, _ = (cell.strip() for cell in line.split("|"))
            having = [role.label for role in Role if Permission(name.strip("`")) in PERMISSIONS[role]]

            assert roles == (", ".join(having) or "commands only"), name


def test_who_runs_the_machine_sees_no_content_and_releases_nothing():
    allowed = PERMISSIONS[Role.SYSTEM_ADMINISTRATOR]

    assert (
        allowed & {Permission.READ_CONTENT, Permission.RELEASE_HOLDS, Permission.APPROVE, Permission.BROWSE_UNHELD}
        == set()
    )


def test_nobody_both_requests_a_release_and_approves_it():
    assert [role for role in Role if {Permission.RELEASE_HOLDS, Permission.APPROVE} <= PERMISSIONS[role]] == []


@pytest.mark.parametrize("role", [Role.CUSTODIAN, Role.COUNSEL])
def test_outsiders_have_no_permission(role):
    assert PERMISSIONS[role] == set()


def test_every_permission_is_every_one():
    assert len(EVERY_PERMISSION) == len(Permission) == 18
