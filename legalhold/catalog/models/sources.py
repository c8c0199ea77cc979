"""Data sources, whose they were and when, and the snapshots taken of them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from legalhold.custodians.models import Custodian, Group
from legalhold.database.fields import InstantField


class Source(models.Model):
    """One place data is captured from. A removed source's row stays; its data leaves through the gate."""

    class State(models.TextChoices):
        """``removing`` means that everything captured from it may go, once nothing pins it."""

        ACTIVE = "active", "Active"
        RETIRED = "retired", "Retired"
        REMOVING = "removing", "Removing"

    class Kind(models.TextChoices):
        """What is captured there."""

        MAILBOX = "mailbox", "Mailbox"
        CALENDAR = "calendar", "Calendar"
        ADDRESS_BOOK = "address_book", "Address book"
        DEVICE_FILES = "device_files", "Device files"
        SHARED_FOLDER = "shared_folder", "Shared folder"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=200)
    steward = models.ForeignKey(Custodian, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    created_at = InstantField()
    capture_due_at = InstantField(null=True)
    exclusions_in_force = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.name


class SourceCustodian(models.Model):
    """Whose a source was, from when to when. Append-only: ending one changes what is shown, never what is held."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    custodian = models.ForeignKey(Custodian, on_delete=models.PROTECT, related_name="+")
    from_at = InstantField()
    to_at = InstantField(null=True)


class GroupMember(models.Model):
    """Who belonged to a group, from when to when. Append-only, like an association."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+")
    custodian = models.ForeignKey(Custodian, on_delete=models.PROTECT, related_name="+")
    from_at = InstantField()
    to_at = InstantField(null=True)


class Snapshot(models.Model):
    """One capture of one source at a time; numbered 1, 2, 3… per source; never deleted, so provenance stays."""

    class State(models.TextChoices):
        """A partial snapshot lists only what was seen and closes nothing in folders it didn't list."""

        OPEN = "open", "Open"
        COMPLETE = "complete", "Complete"
        PARTIAL = "partial", "Partial"

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    sequence = models.PositiveIntegerField()
    taken_at = InstantField()
    ingested_at = InstantField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    expired_at = InstantField(null=True)
    kept_by = models.CharField(max_length=200, default="", blank=True)
    expires_at = InstantField(null=True)
    custody = models.JSONField(default=dict)
    ledger = models.JSONField(default=dict)
    manifest_content = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "sequence"], name="snapshot_number_once")]
        indexes = [
            models.Index(
                fields=["manifest_content"],
                name="snapshot_manifest",
                condition=Q(manifest_content__isnull=False),
            ),
        ]
