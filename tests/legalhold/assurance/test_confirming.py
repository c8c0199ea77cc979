"""The freeze ends only by a digest that somebody brings, and only for who may."""

from __future__ import annotations

import pytest

from legalhold.accounts.roles import PERMISSIONS, Role
from legalhold.assurance.confirming import NothingFrozen, confirm_head
from legalhold.audit.models import AuditEvent
from legalhold.journal import services as journal
from legalhold.journal.errors import HeadNotConfirmed, JournalFrozen
from legalhold.journal.queries import is_frozen, journal_state
from legalhold.matters.access import Access, NotAllowed


@pytest.fixture
def rebuilt(house):
    """An organisation that was rebuilt and is frozen; returns the digest that ends it."""
    house.begin()
    journal.flush(archive=house.archive)
    house.lose()
    return house.rebuild().digest


def test_digest_of_the_head_ends_the_freeze_and_is_recorded(house, rebuilt):
    house.confirm(rebuilt.upper())

    assert not is_frozen()
    event = AuditEvent.objects.get(verb="archive.head_confirmed")
    assert (event.actor, rebuilt.encode() in bytes(event.body)) == ("system:tester", True)


def test_any_other_digest_leaves_it_frozen(house, rebuilt):
    for digest in ("", "0" * 64, rebuilt[:-1]):
        with pytest.raises(HeadNotConfirmed):
            confirm_head(archive=house.archive, digest=digest, access=house.access, at=house.clock())

    assert is_frozen()
    assert not AuditEvent.objects.filter(verb="archive.head_confirmed").exists()


def test_who_does_not_run_the_system_confirms_nothing(house, rebuilt):
    access = Access("user:admin", PERMISSIONS[Role.LEGAL_ADMIN], None)

    with pytest.raises(NotAllowed, match="manage_system"):
        confirm_head(archive=house.archive, digest=rebuilt, access=access, at=house.clock())

    assert is_frozen()


def test_nothing_frozen_is_said(house):
    house.begin()
    journal.flush(archive=house.archive)

    with pytest.raises(NothingFrozen):
        house.confirm(journal_state().digest)


def test_catalog_that_is_behind_is_not_confirmed_by_the_true_digest(house):
    """The digest is right, but the catalog isn't at that object: only a rebuild helps."""
    house.begin()
    journal.flush(archive=house.archive)
    house.lose()

    with pytest.raises(JournalFrozen, match="run `archive rebuild`"):
        house.confirm()

    assert is_frozen()
