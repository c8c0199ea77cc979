"""Sources with snapshots taken on given days, and profiles set as a command would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from legalhold.approvals.confirmation import ApprovalNeeded, Confirmation
from legalhold.catalog.associations import add_member, associate
from legalhold.catalog.models import Snapshot, Source
from legalhold.custodians.models import Custodian, Group
from legalhold.database import guard
from legalhold.matters.access import system_access
from legalhold.retention.services import ProfileNumbers, assign_profile, expire_snapshots, set_profile

START = datetime(2026, 1, 1, tzinfo=UTC)


class Keeping:
    """Profiles, what they are for, and the snapshots they are applied to."""

    def __init__(self) -> None:
        self.access = system_access(actor="system:tester")

    def profile(self, name="Standard", *, approval=None, is_default=False, **numbers):
        return set_profile(
            name=name, numbers=ProfileNumbers(**numbers), is_default=is_default, access=self.access, at=START,
            approval=approval,
        )  # fmt: skip

    def assign(self, profile, *, approval=None, **target):
        return assign_profile(profile=profile, access=self.access, at=START, approval=approval, **target)

    def custodian(self, *sources: Source) -> Custodian:
        person = Custodian.objects.create(name=f"Person {Custodian.objects.count()}", created_at=START)
        with guard.exclusive():
            for source in sources:
                associate(source=source, custodian=person, from_at=START, at=START)
        return person

    def group(self, *members: Custodian) -> Group:
        group = Group.objects.create(name=f"Group {Group.objects.count()}", created_at=START)
        with guard.exclusive():
            for member in members:
                add_member(group=group, custodian=member, from_at=START, at=START)
        return group

    def source(self, *days: int, **columns) -> Source:
        """A source with a complete snapshot taken at noon of each day, counted from 1 January 2026."""
        source = Source.objects.create(name="Mailbox", kind="mailbox", created_at=START, **columns)
        for day in days:
            self.snapshot(source, day)
        return source

    def snapshot(self, source: Source, day: int, state="complete") -> None:
        Snapshot.objects.create(
            source=source, sequence=Snapshot.objects.filter(source=source).count() + 1, state=state,
            taken_at=START + timedelta(days=day, hours=12),
        )  # fmt: skip

    def expire(self, day: int):
        return expire_snapshots(access=self.access, at=START + timedelta(days=day))

    def left(self, source: Source) -> list[int]:
        """The sequences that haven't expired."""
        left = Snapshot.objects.filter(source=source, expired_at=None).order_by("sequence")
        return list(left.values_list("sequence", flat=True))

    def confirmed(self, act, **given):
        """Ask, read the digest, and confirm it."""
        with pytest.raises(ApprovalNeeded) as asked:
            act(**given)
        return act(**given, approval=Confirmation(asked.value.digest))


@pytest.fixture
def keeping(db) -> Keeping:
    return Keeping()
