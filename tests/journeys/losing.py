"""The database is lost: an empty one beside the archive destroys nothing, and is made equal to what was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from exports.queries import find_export, open_export
from exports.writers.verify import verify_tree
from legalhold.assurance.confirming import confirm_head
from legalhold.assurance.rebuilding import rebuild
from legalhold.catalog.dump import dump
from legalhold.journal.errors import JournalFrozen
from legalhold.journal.services import adopt
from legalhold.review.indexing import index_pending
from legalhold.review.models import IndexRow
from tests.journeys.capturing import HELD

if TYPE_CHECKING:
    from tests.journeys.main_job import MainJob


def lose_the_database(job: MainJob) -> None:
    """Empty the database and rebuild it from the archive: its dump, the export and the index are what they were."""
    before = list(dump())
    packs = sorted(job.archive.store.names(prefix="packs/"))
    call_command("flush", verbosity=0, interactive=False)
    assert "goes on with journal/000000000001" in adopt(archive=job.archive).frozen_because
    with pytest.raises(JournalFrozen):
        job.compact()

    done = rebuild(archive=job.archive, by=job.access.actor, at=job.clock(), progress=lambda _text: None)

    assert (done.is_good, done.unnamed, done.unused) == (True, (), ())
    assert list(dump()) == before
    with pytest.raises(JournalFrozen, match="compare the newest journal object"):
        job.compact()
    confirm_head(archive=job.archive, digest=done.digest, access=job.access, at=job.clock())
    assert job.compact().counts["versions_left"] == len(job.books[HELD].ever)
    assert sorted(job.archive.store.names(prefix="packs/")) == packs
    export = find_export(text="All of Alice", access=job.access)
    assert verify_tree(tree=open_export(export=export, archive=job.archive, access=job.access)).is_good
    index_pending(at=job.clock())
    assert IndexRow.objects.count() == job.books[HELD].exported.total()
    job.figures |= {"dumped facts": len(before), "journal objects": done.sequence}
