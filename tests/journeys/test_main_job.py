"""The main job on the samples: what a hold keeps, what compaction takes, what comes out."""

from __future__ import annotations

import pytest
from django.db import transaction

from legalhold.catalog import destruction
from legalhold.catalog.destruction import manifests, repack
from legalhold.catalog.models import Pin
from tests.journeys import main_job
from tests.journeys.walking import compare_with_fresh, walk


def test_main_job_on_samples(run_job, small, fresh_archive):
    job = run_job(small)

    walk(job)

    assert job.figures["mails exported"] == 20
    # On so little data the manifests of a dozen more snapshots count: some five kilobytes of forty.
    assert 1 <= compare_with_fresh(job, archive=fresh_archive()) <= 1.2


def forget_the_hold(job, _monkeypatch):
    with transaction.atomic():
        destruction.end_pins(keys=list(Pin.objects.values_list("key", flat=True)), at=job.clock())


def leave_the_index(_job, monkeypatch):
    monkeypatch.setattr(main_job, "drop_destroyed", lambda: 0)


def leave_the_packs(_job, monkeypatch):
    monkeypatch.setattr(repack, "repack", lambda **_: None)


def leave_the_names(_job, monkeypatch):
    monkeypatch.setattr(manifests, "rewrite", lambda **_: None)


@pytest.mark.parametrize(
    ("seed", "noticed"),
    [
        (forget_the_hold, "assert self.in_catalog(HELD) == held.ever"),
        (leave_the_index, "assert words & indexed_words() == set()"),
        (leave_the_packs, "assert gone & found == set()"),
        (leave_the_names, "assert [name for name in names if name in left.manifests] == []"),
    ],
)
def test_main_job_fails_on_a_seeded_bug(run_job, small, monkeypatch, seed, noticed):
    job = run_job(small)
    job.capture_all()
    job.place_hold()
    seed(job, monkeypatch)

    with pytest.raises(AssertionError) as failed:
        job.expire_and_compact()

    assert str(failed.traceback[-1].statement).strip() == noticed
