"""What each role allows, and what no role has."""

from __future__ import annotations

import pytest

from legalhold.accounts.models import Role
from legalhold.accounts.roles import EVERY_PERMISSION, PERMISSIONS, Permission


def test_every_role_is_listed():
    assert set(PERMISSIONS) == set(Role)


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
