"""Saying whose a source is, as an act of its own."""

from __future__ import annotations

from uuid import UUID

import pytest

from legalhold.audit.models import AuditEvent
from legalhold.catalog.associations import SourceAmbiguous
from legalhold.catalog.models import Source, SourceCustodian
from legalhold.custodians.queries import find_custodian
from legalhold.ingest.models import Ingest
from legalhold.ingest.queries import SourceNotShown, find_source
from legalhold.ingest.services.associating import AlreadyAssociated, NotAssociated, associate_source, dissociate_source
from legalhold.journal.models import OutboxEntry
from legalhold.matters.access import Access, NotAllowed


@pytest.fixture
def bob(desk):
    """Bob, who has a source named Files, as Alice has."""
    desk.write(a="one")
    desk.ingest()
    desk.ingest(custodian="bob@example.org")
    return find_custodian(text="bob@example.org")


def test_source_becomes_another_persons_too(desk, bob):
    source = Source.objects.order_by("pk")[0]
    said = {
        "source": source,
        "custodian": bob,
        "from_at": desk.clock.now,
        "archive": desk.archive,
        "at": desk.clock.now,
    }

    row = associate_source(access=desk.access, **said)

    assert (row.source, row.custodian, SourceCustodian.objects.count()) == (source, bob, 3)
    assert AuditEvent.objects.order_by("-pk")[0].verb == "source.associated"
    assert OutboxEntry.objects.filter(sequence=None).count() == 0
    with pytest.raises(AlreadyAssociated, match=r"Files is bob@example\.org's already"):
        associate_source(access=desk.access, **said)
    with pytest.raises(NotAllowed):
        associate_source(access=Access(actor="user:x", permissions=frozenset(), matters=None), **said)
    assert SourceCustodian.objects.count() == 3


def test_source_is_no_longer_somebodys_and_stays_held(desk, bob):
    source = Source.objects.order_by("-pk")[0]
    said = {"source": source, "custodian": bob, "to_at": desk.clock.now, "at": desk.clock.now}

    row = dissociate_source(access=desk.access, **said)

    assert (row.source, SourceCustodian.objects.get(pk=row.pk).to_at) == (source, desk.clock.now)
    assert AuditEvent.objects.order_by("-pk")[0].verb == "source.association_ended"
    with pytest.raises(NotAssociated, match=r"Files isn't bob@example\.org's now"):
        dissociate_source(access=desk.access, **said)
    with pytest.raises(NotAllowed):
        dissociate_source(access=Access(actor="user:x", permissions=frozenset(), matters=None), **said)


def test_source_is_found_by_key_or_by_a_name_of_its_own(desk, bob):
    keys = [str(source.key) for source in Source.objects.order_by("pk")]
    laptop = desk.ingest(source="Laptop").source_key

    assert find_source(text="Laptop", access=desk.access).key == laptop
    assert str(find_source(text=keys[0], access=desk.access).key) == keys[0]
    with pytest.raises(SourceAmbiguous, match="2 sources are named 'Files'"):
        find_source(text="Files", access=desk.access)
    for text in ("Attic", str(UUID(int=1))):
        with pytest.raises(SourceNotShown, match=text):
            find_source(text=text, access=desk.access)
    assert str(Ingest.objects.order_by("pk")[0]) == "Files 1"
