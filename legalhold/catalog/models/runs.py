"""Compaction runs and what stays of what they destroyed."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from legalhold.database.fields import InstantField


class CompactionRun(models.Model):
    """One long act of destruction, as a row: what was planned, what was done, and under which epoch of the guard it began.

    ``known_versions`` is how many versions there were or had been, up to the id ``greatest_version``, when it ended: as
    many are there or have a tombstone for ever after, or rows are missing.
    """

    class State(models.TextChoices):
        """A run is complete only when the search index has caught up with its tombstones."""

        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    is_full = models.BooleanField(default=False)
    grace_seconds = models.BigIntegerField()
    plan_digest = models.BinaryField()
    plan = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    epoch = models.BigIntegerField(default=0)
    greatest_version = models.BigIntegerField(default=0)
    known_versions = models.BigIntegerField(default=0)
    started_at = InstantField()
    finished_at = InstantField(null=True)


class Tombstone(models.Model):
    """The record that stays of a destroyed version; it carries digests, no names.

    ``forgotten_at`` is when its names had been rewritten out of the manifests.
    """

    version_id = models.BigIntegerField(unique=True)
    source_id = models.BigIntegerField(db_index=True)
    version_digest = models.BinaryField(max_length=32)
    content_digest = models.BinaryField(max_length=32)
    kind = models.SmallIntegerField()
    size_bytes = models.BigIntegerField()
    first_seen = models.IntegerField()
    last_seen = models.IntegerField()
    run_key = models.UUIDField()
    because = models.CharField(max_length=200)
    destroyed_at = InstantField()
    forgotten_at = InstantField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["destroyed_at"], name="tombstone_unforgotten", condition=Q(forgotten_at__isnull=True)),
        ]
