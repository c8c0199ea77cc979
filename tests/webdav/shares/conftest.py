"""An export to share, in a matter of somebody's."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from exports.models import Export
from legalhold.accounts.roles import Permission
from legalhold.matters.access import Access, system_access
from legalhold.matters.models import Matter
from legalhold.review.models import Collection
from webdav.services import open_share

OPENED_AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LAST_DAY = date(2026, 3, 31)


@pytest.fixture
def access():
    return system_access(actor="system:test")


@pytest.fixture
def matter(db):
    return Matter.objects.create(name="Brown v. Harbour", zone="Europe/Berlin", opened_at=OPENED_AT)


@pytest.fixture
def foreign():
    """Somebody with every permission, on another matter only."""
    return Access(actor="user:x", permissions=frozenset(Permission), matters=frozenset({UUID(int=7)}))


@pytest.fixture
def export(matter):
    collection = Collection.objects.create(
        matter=matter, name="All of Alice", description="everything", frozen_at=OPENED_AT, frozen_by="system:test"
    )
    return Export.objects.create(
        matter=matter,
        collection=collection,
        name="First",
        zone="Europe/Berlin",
        state=Export.State.READY,
        created_at=OPENED_AT,
        created_by="system:test",
    )


@pytest.fixture
def opened(export, archive, access, at):
    return open_share(export=export, reader="Outside counsel", ends_on=LAST_DAY, archive=archive, access=access, at=at)
