"""The outbox: what protects and what was destroyed, waiting to be written into the archive's own chain."""

from __future__ import annotations

from django.db import models

from legalhold.database.fields import InstantField


class OutboxEntry(models.Model):
    """One recorded fact. ``sequence`` is the journal object that holds it; NULL until that object is durable."""

    verb = models.CharField(max_length=60)
    payload = models.BinaryField()
    recorded_at = InstantField()
    sequence = models.BigIntegerField(null=True, db_index=True)


class JournalHead(models.Model):
    """The newest journal object this catalog knows, and why nothing may be appended while it is frozen.

    ``rebuilt_at`` is when the catalog was made from the archive, NULL if it never was; ``losses`` says what of the journal's
    the archive didn't give then, ``losses_digest`` (hex) names all of it. Both stay until a rebuild finds everything.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField(default=0)
    digest = models.BinaryField(default=bytes(32))
    frozen_because = models.TextField(default="", blank=True)
    rebuilt_at = InstantField(null=True)
    losses = models.TextField(default="", blank=True)
    losses_digest = models.CharField(max_length=64, default="", blank=True)
