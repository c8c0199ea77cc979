"""The steps of the main job in their order, with the time that each takes."""
from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.journeys.packed import pack_bytes

if TYPE_CHECKING:
    from tests.journeys.main_job import MainJob


def walk(job: MainJob) -> None:
    """Run the whole job; its figures say how long each step took."""
    steps = (job.capture_all, job.place_hold, job.expire_and_compact, job.export, job.find_mailbox, job.remove_sources)
    for step in steps:
        began = time.monotonic()
        step()
        job.figures[f"{step.__name__} s"] = round(time.monotonic() - began, 2)


def compare_with_fresh(job: MainJob, *, archive) -> float:
    """Return the bytes of the packs that the first compaction left by those of an archive that never held more."""
    fresh = job.capture_survivors(archive=archive)
    job.figures["packs fresh"] = pack_bytes(fresh.archive)
    return job.figures["packs after"] / job.figures["packs fresh"]
