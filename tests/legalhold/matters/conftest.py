"""Two matters and the people of each."""

from __future__ import annotations

import pytest

from legalhold.accounts.models import Role, User
from legalhold.matters.access import system_access
from legalhold.matters.services import create_matter


@pytest.fixture
def system():
    return system_access(actor="system:tester")


@pytest.fixture
def matter(db, system, at):
    return create_matter(name="Adams v. Brown", reference="2026-17", zone="Europe/Berlin", access=system, at=at)


@pytest.fixture
def foreign(db, system, at):
    return create_matter(name="Clark v. Davis", access=system, at=at)


@pytest.fixture
def person(db):
    def person(role, name="alice", **fields):
        return User.objects.create(email=f"{name}@example.org", name=name.title(), role=Role(role), **fields)

    return person
