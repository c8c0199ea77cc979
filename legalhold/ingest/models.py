"""Ingests: one long act each, as a row; and what each left out, item by item. Administrative: a capture has no matter."""

from __future__ import annotations

import uuid

from django.db import models

from legalhold.catalog.models import Source
from legalhold.database.fields import InstantField


class Ingest(models.Model):
    """One capture of one source as somebody asked for it: who, of what, how it went. ``because`` says why it failed."""

    class State(models.TextChoices):
        """``partial`` was interrupted, or found so much gone that a person must confirm it."""

        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        PARTIAL = "partial", "Partial"
        FAILED = "failed", "Failed"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    sequence = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    actor = models.CharField(max_length=200)
    started_at = InstantField()
    heartbeat_at = InstantField()
    finished_at = InstantField(null=True)
    ledger = models.JSONField(default=dict)
    because = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "sequence"], name="ingest_once_per_snapshot")]

    def __str__(self) -> str:
        return f"{self.source} {self.sequence}"


class LedgerEntry(models.Model):
    """Something an ingest found and didn't capture: by which rule it was excluded, or for which reason code."""

    class Fate(models.TextChoices):
        """The fates that leave no version behind."""

        EXCLUDED = "excluded", "Excluded"
        NOT_CAPTURED = "not_captured", "Not captured"

    ingest = models.ForeignKey(Ingest, on_delete=models.PROTECT, related_name="entries")
    folder = models.BinaryField()
    name = models.BinaryField()
    fate = models.CharField(max_length=12, choices=Fate.choices)
    reason = models.CharField(max_length=100)
    detail = models.TextField(default="", blank=True)
