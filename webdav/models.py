"""Shares: who may read which export until when; and what was read."""

from __future__ import annotations

import uuid

from django.db import models

from exports.models import Export
from legalhold.database.fields import InstantField


class Share(models.Model):
    """One reader's way into one export. ``user_name`` is public; of the secret only a keyed hash is kept.

    A share rebuilt from the journal has no hash: it is listed and can't be opened.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="+")
    user_name = models.CharField(max_length=40, unique=True)
    secret_digest = models.BinaryField(max_length=32, default=bytes)
    reader = models.CharField(max_length=200)
    opened_at = InstantField()
    opened_by = models.CharField(max_length=200)
    ends_at = InstantField()
    revoked_at = InstantField(null=True)

    def __str__(self) -> str:
        return self.user_name


class ShareRead(models.Model):
    """A range that was about to be sent. While ``sent_bytes`` is NULL, read it as "up to". No foreign keys: hot."""

    share_id = models.BigIntegerField(db_index=True)
    path = models.TextField()
    digest = models.CharField(max_length=64)
    start = models.BigIntegerField()
    stop = models.BigIntegerField()
    method = models.CharField(max_length=10)
    client = models.CharField(max_length=64)
    at = InstantField()
    sent_bytes = models.BigIntegerField(null=True)
