"""Items over time: one row per content an item had, with the range of snapshots it was present in. No foreign keys: hot."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Substr

from legalhold.database.fields import InstantField

INDEXED_NAME_BYTES = 200
"""How much of a name is in an index: PostgreSQL refuses an entry of 2.7 kB, and a name may have any length."""

LIVE = 2**31 - 1
"""``last_seen`` of a version that the newest snapshot still shows."""


class Folder(models.Model):
    """A folder of a source; ``path`` is its raw bytes, components joined by ``/`` (the root is empty), of any length.

    ``path_key`` stands for it in the index: the path itself, where that is short.
    """

    source_id = models.BigIntegerField()
    path = models.BinaryField()
    path_key = models.BinaryField()
    display = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source_id", "path_key"], name="folder_once")]


class Version(models.Model):
    """An item's content between two snapshots: present in every one from ``first_seen`` to ``last_seen``.

    ``kind`` is an ``ItemKind``. ``item_from`` and ``item_to`` span every date it could be judged by; NULL is open.
    ``flags`` are those of its first capture, NULL where its place tells none.
    ``condemned_counted_us`` is the counted clock when it was condemned; ``destroyable_at`` is set when grace has ended.
    """

    source_id = models.BigIntegerField()
    folder_id = models.BigIntegerField()
    item_key = models.BinaryField()
    name = models.BinaryField()
    kind = models.SmallIntegerField()
    item_from = InstantField(null=True)
    item_to = InstantField(null=True)
    first_seen = models.IntegerField()
    last_seen = models.IntegerField(default=LIVE)
    size_bytes = models.BigIntegerField()
    content_id = models.BigIntegerField()
    exceptions = models.TextField(default="", blank=True)
    flags = models.BinaryField(null=True)
    condemned_at = InstantField(null=True)
    condemned_counted_us = models.BigIntegerField(null=True)
    destroyable_at = InstantField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source_id", "folder_id", "item_key", "first_seen"],
                name="version_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["source_id", "last_seen", "first_seen"],
                name="version_closed",
                condition=Q(last_seen__lt=LIVE),
            ),
            models.Index(
                "source_id",
                "folder_id",
                Substr("name", 1, INDEXED_NAME_BYTES),
                "first_seen",
                "last_seen",
                name="version_browse",
            ),
            models.Index(fields=["content_id"], name="version_content"),
            models.Index(fields=["condemned_at"], name="version_condemned", condition=Q(condemned_at__isnull=False)),
        ]
