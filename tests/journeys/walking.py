"""The steps of the main job in their order, with the time that each takes."""

from __future__ import annotations

import time

from tests.journeys.losing import lose_the_database
from tests.journeys.main_job import MainJob
from tests.journeys.packed import pack_bytes

STEPS = (
    MainJob.capture_all,
    MainJob.place_hold,
    MainJob.expire_and_compact,
    MainJob.export,
    MainJob.find_mailbox,
    MainJob.remove_sources,
    lose_the_database,
)


def walk(job: MainJob) -> None:
    """Run the whole job; its figures say how long each step took."""
    for step in STEPS:
        began = time.monotonic()
        step(job)
        job.figures[f"{step.__name__} s"] = round(time.monotonic() - began, 2)


def compare_with_fresh(job: MainJob, *, archive) -> float:
    """Return the bytes of the packs that the first compaction left by those of an archive that never held more."""
    fresh = job.capture_survivors(archive=archive)
    job.figures["packs fresh"] = pack_bytes(fresh.archive)
    return job.figures["packs after"] / job.figures["packs fresh"]
