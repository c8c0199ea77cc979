"""The trail: events as recorded in each act's transaction, and the tree they are sealed into. Actors are text."""
from __future__ import annotations

import uuid

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
        indexes = [models.Index(fields=["matter_key", "id"]), models.Index(fields=["subject_key"])]


class SealedEvent(models.Model):
    """An event's place in the tree. An event without such a row is unsealed."""

    position = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField(unique=True)
    leaf_digest = models.BinaryField()


class TreeHead(models.Model):
    """A signed state of the tree after a batch was sealed."""

    size = models.BigIntegerField(primary_key=True)
    root_digest = models.BinaryField()
    sealed_at = InstantField()
    signature = models.BinaryField()
