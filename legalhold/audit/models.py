"""The trail: events as recorded in each act's transaction, and the tree they are sealed into. Actors are text."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from legalhold.database.fields import InstantField


class AuditEvent(models.Model):
    """One recorded fact. ``body`` holds the canonical bytes that are hashed; the columns repeat it for queries."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    at = InstantField()
    actor = models.CharField(max_length=200)
    verb = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=64)
    matter_key = models.UUIDField(null=True)
    body = models.BinaryField()
    leaf_digest = models.BinaryField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["matter_key", "id"]), models.Index(fields=["subject_key"])]

    def __str__(self) -> str:
        return f"{self.verb} by {self.actor}"


class SealedEvent(models.Model):
    """An event's place in the tree. An event without such a row is unsealed."""

    position = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField(unique=True)
    leaf_digest = models.BinaryField()

    def __str__(self) -> str:
        return f"event {self.event_id} at {self.position}"


class TreeHead(models.Model):
    """A signed state of the tree after a batch was sealed; ``frontier`` is what appending to it needs."""

    size = models.BigIntegerField(primary_key=True)
    root_digest = models.BinaryField()
    sealed_at = InstantField()
    signature = models.BinaryField()
    frontier = models.BinaryField(default=b"")

    def __str__(self) -> str:
        return f"head of {self.size} events"
