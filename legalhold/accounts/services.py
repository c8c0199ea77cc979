"""What may happen to an account so far: it is rebuilt from the journal. Invitations and sign-in come later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.accounts.models import User

if TYPE_CHECKING:
    from uuid import UUID


def restore_user(*, key: UUID, email: str, name: str, role: str) -> User:
    """Return the account with that key; a missing one is made inactive and without a password, to be invited again."""
    user = User.objects.filter(key=key).first()
    if user is None:
        user = User(key=key, email=email, name=name, role=role, is_active=False)
        user.set_unusable_password()
        user.save()
    return user
