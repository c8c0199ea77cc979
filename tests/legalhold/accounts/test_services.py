"""An account that the journal names is there again after a rebuild, and can't sign in."""

from __future__ import annotations

from uuid import UUID

from legalhold.accounts.models import Role, User
from legalhold.accounts.services import restore_user

WHO = {
    "key": UUID("11111111-2222-3333-4444-555555555555"),
    "email": "a@example.org",
    "name": "A",
    "role": Role.LEGAL_ADMIN,
}


def test_missing_account_is_restored_unusable(db):
    user = restore_user(**WHO)

    assert (user.key, user.email, user.name, user.role) == tuple(WHO.values())
    assert (user.is_active, user.has_usable_password()) == (False, False)


def test_account_that_is_there_is_left_alone(db):
    User.objects.create(**{**WHO, "name": "B"})

    assert restore_user(**WHO).name == "B"
    assert User.objects.get().is_active is True
