"""Where bytes are: contents by digest, the parts they are made of, the packs that hold the parts. No foreign keys: hot."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from legalhold.database.fields import InstantField


class Content(models.Model):
    """Bytes identified by their SHA-256, stored once. ``dead_at`` marks one that nothing referred to when it was looked at."""

    content_digest = models.BinaryField(unique=True, max_length=32)
    size_bytes = models.BigIntegerField()
    crc32 = models.BigIntegerField()
    dead_at = InstantField(null=True)

    class Meta:
        indexes = [models.Index(fields=["dead_at"], name="content_dead", condition=Q(dead_at__isnull=False))]


class ContentPart(models.Model):
    """The parts of a content in order. ``ordinal`` −1 is its recipe part, which every content without exactly one part has."""

    pk = models.CompositePrimaryKey("content_id", "ordinal")
    content_id = models.BigIntegerField()
    ordinal = models.IntegerField()
    part_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["part_id"], name="content_part_part")]


class Part(models.Model):
    """A piece of content in a pack. ``kind`` is an archive ``PartKind``; offsets and lengths are bytes in the pack."""

    kind = models.SmallIntegerField()
    part_digest = models.BinaryField(max_length=32)
    pack_id = models.BigIntegerField()
    offset = models.BigIntegerField()
    length = models.BigIntegerField()
    raw_length = models.BigIntegerField()
    dictionary = models.IntegerField(default=0)
    dead_at = InstantField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["part_digest", "kind"], name="part_once")]
        indexes = [
            models.Index(fields=["pack_id"], name="part_pack"),
            models.Index(fields=["dead_at"], name="part_dead", condition=Q(dead_at__isnull=False)),
        ]


class Pack(models.Model):
    """An immutable file of parts. Its row stands before the file; ``lease_until`` is when a ``writing`` one is given up."""

    class State(models.TextChoices):
        """Only ``live`` packs are read; a ``condemned`` one is unlinked once its name is durable in the journal."""

        WRITING = "writing", "Writing"
        LIVE = "live", "Live"
        CONDEMNED = "condemned", "Condemned"

    name = models.CharField(max_length=100, unique=True)
    length = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WRITING)
    key_group = models.CharField(max_length=40)
    owner_key = models.UUIDField(null=True)
    lease_until = InstantField(null=True)
    created_at = InstantField()


class ItemFacts(models.Model):
    """What search and load files need to know of a content; derived, rebuildable, and destroyed with the content."""

    content_id = models.BigIntegerField(primary_key=True)
    subject = models.TextField(default="", blank=True)
    sender = models.TextField(default="", blank=True)
    recipients = models.JSONField(default=list)
    names = models.JSONField(default=list)
    message_id = models.TextField(default="", blank=True)
    in_reply_to = models.TextField(default="", blank=True)
    sent_at = InstantField(null=True)
    start_at = InstantField(null=True)
    end_at = InstantField(null=True)
    attachments = models.JSONField(default=list)
    exceptions = models.TextField(default="", blank=True)
