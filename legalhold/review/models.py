"""What can be searched, and what was found and frozen. Index rows are derived; a collection is a decision and stays."""

from __future__ import annotations

import uuid

from django.db import models

from legalhold.catalog.models import Snapshot
from legalhold.database.fields import InstantField
from legalhold.matters.models import Matter


class IndexedSnapshot(models.Model):
    """A snapshot whose new versions have index rows; one without such a row is named by every search."""

    snapshot = models.OneToOneField(Snapshot, on_delete=models.PROTECT, related_name="+")
    indexed_at = InstantField()


class IndexRow(models.Model):
    """What a version is found by. No foreign keys: hot. Dropped once the version has a tombstone.

    Texts are words without case and accents, a space on either side of each; two spaces tell values apart.
    ``dated_from`` and ``dated_to`` are NULL where open; both are where no date is known.
    """

    version_id = models.BigIntegerField(primary_key=True)
    source_id = models.BigIntegerField(db_index=True)
    kind = models.SmallIntegerField()
    sent_at = InstantField(null=True, db_index=True)
    dated_from = InstantField(null=True)
    dated_to = InstantField(null=True)
    has_attachment = models.BooleanField(default=False)
    subject = models.TextField(default="", blank=True)
    sender = models.TextField(default="", blank=True)
    addressees = models.TextField(default="", blank=True)
    copied = models.TextField(default="", blank=True)
    participants = models.TextField(default="", blank=True)
    name = models.TextField(default="", blank=True)
    filename = models.TextField(default="", blank=True)
    words = models.TextField(default="", blank=True)


class Collection(models.Model):
    """Items selected for a matter and frozen: pins owned by ``collection:<key>`` keep them."""

    class State(models.TextChoices):
        """While it is being frozen nothing can be made of it; a crash then leaves more kept, not less."""

        FREEZING = "freezing", "Being frozen"
        FROZEN = "frozen", "Frozen"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    description = models.TextField(default="", blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.FREEZING)
    frozen_at = InstantField()
    frozen_by = models.CharField(max_length=200)
    items = models.BigIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "name"], name="collection_name_once_in_matter")]

    def __str__(self) -> str:
        return self.name


class CollectionItem(models.Model):
    """A version in a collection. No foreign keys: hot."""

    collection_id = models.BigIntegerField()
    version_id = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection_id", "version_id"], name="collection_item_once")]


class CollectionWindow(models.Model):
    """Whose a source was, from one snapshot to another, when the collection was frozen; nobody's where custodian is NULL."""

    collection_id = models.BigIntegerField(db_index=True)
    source_id = models.BigIntegerField()
    custodian_id = models.BigIntegerField(null=True)
    first_sequence = models.IntegerField()
    last_sequence = models.IntegerField()
