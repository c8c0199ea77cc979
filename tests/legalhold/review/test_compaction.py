"""Compaction against what review has written down: collections keep their items, the index forgets the destroyed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from legalhold.approvals.confirmation import Confirmation
from legalhold.catalog.destruction import execute, plan
from legalhold.catalog.models import Content, Snapshot, Version
from legalhold.catalog.reading import open_content
from legalhold.review.indexing import drop_destroyed, index_pending
from legalhold.review.models import IndexRow
from legalhold.review.services import collect
from tests.organisation import START, mail


@pytest.fixture
def compact(archive, clock, access):
    """Compact as often as it takes, with nothing between condemning and destroying."""

    def compact() -> int:
        destroyed = 0
        for _ in range(3):
            clock.advance(timedelta(days=1))
            planned = plan(is_full=True, grace_seconds=0, reading=clock.reading(), access=access, at=clock.now)
            run = execute(
                plan=planned, archive=archive, reading=clock.reading(), access=access, at=clock.now, catch_up=drop_destroyed,
                approval=Confirmation(planned.digest),
            )  # fmt: skip
            assert run.state == "completed"
            destroyed += len(planned.destroys)
        return destroyed

    return compact


@pytest.fixture
def matter(organisation):
    alice = organisation.custodian("Adams, Alice")
    box = organisation.source(alice)
    organisation.capture(box, mail("kept"), mail("secret plan"), mail("idle talk"), day=1)
    organisation.capture(box, mail("kept"), day=2)
    organisation.capture(box, mail("kept"), day=3)
    index_pending(at=START)
    Snapshot.objects.filter(sequence__lt=3).update(expired_at=START + timedelta(days=9))
    return organisation.matter("Acme", alice)


def test_compaction_destroys_what_nothing_keeps_and_its_words(matter, compact):
    compact()

    assert {bytes(name) for name in Version.objects.values_list("name", flat=True)} == {b"kept"}
    assert [row.subject for row in IndexRow.objects.all()] == [" kept "]


def test_compaction_destroys_nothing_that_was_collected(matter, compact, archive, access):
    collection = collect(text="secret", matter=matter, name="First", archive=archive, access=access, at=START)

    compact()

    assert {bytes(name) for name in Version.objects.values_list("name", flat=True)} == {b"kept", b"secret plan"}
    assert collection.items == 1
    version = Version.objects.get(name=b"secret plan")
    digest = Content.objects.get(pk=version.content_id).content_digest
    assert b"".join(open_content(digest=bytes(digest), archive=archive)).startswith(b"Subject: secret plan")
