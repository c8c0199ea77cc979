"""The main job on real mail: a thousand messages held, five hundred others compacted away."""

from __future__ import annotations

import pytest

from tests.journeys.walking import compare_with_fresh, walk


@pytest.mark.corpora
def test_main_job_on_corpora(run_job, large, fresh_archive):
    job = run_job(large)

    walk(job)

    assert job.figures["mails exported"] == 1_000
    assert 0.95 <= compare_with_fresh(job, archive=fresh_archive()) <= 1.05
    print(job.figures)
