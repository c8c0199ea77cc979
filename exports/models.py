"""Exports as frozen manifests: which file shows which content under which name, and what became of each item."""

from __future__ import annotations

import uuid

from django.db import models

from legalhold.database.fields import InstantField
from legalhold.matters.models import Matter
from legalhold.review.models import Collection


class Export(models.Model):
    """A collection laid out for reading. ``manifest_digest`` is the SHA-256 of its manifest file and names all its bytes.

    ``frozen_digest`` is that of its record in the archive, by which a rebuild makes its rows again; None of an export
    made before there were records. ``verified_at`` and ``findings`` are of the last time every byte was read.
    """

    class State(models.TextChoices):
        """Only a ready export can be read. One left ``creating`` by a crash is made anew under its name."""

        CREATING = "creating", "Being created"
        READY = "ready", "Ready"

    class Layout(models.TextChoices):
        """How it is laid out; see ``docs/format/export.md``."""

        COUNSEL = "counsel", "Counsel"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="+")
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    layout = models.CharField(max_length=20, choices=Layout.choices, default=Layout.COUNSEL)
    zone = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CREATING)
    created_at = InstantField()
    created_by = models.CharField(max_length=200)
    counts = models.JSONField(default=dict)
    files = models.BigIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    manifest_digest = models.BinaryField(null=True, max_length=32)
    frozen_digest = models.BinaryField(null=True, max_length=32)
    shows_scope = models.BooleanField(default=False)
    verified_at = InstantField(null=True)
    findings = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "name"], name="export_name_once_in_matter")]

    def __str__(self) -> str:
        return self.name


class ExportFile(models.Model):
    """One file or folder as shown. No foreign keys: hot. ``folder`` is the path above it, "" at the root.

    ``digest``, ``size_bytes`` and ``crc32`` are of the bytes as shown; ``content_digest`` is of the captured content.
    """

    class Form(models.TextChoices):
        """How the shown bytes come from what is stored."""

        FOLDER = "folder", "Folder"
        EXACT = "exact", "As captured"
        WRAPPED = "wrapped", "Captured lines in a wrapper"
        OWN = "own", "Written by us"

    export_id = models.BigIntegerField()
    ordinal = models.BigIntegerField()
    folder = models.CharField(max_length=200)
    name = models.CharField(max_length=100)
    form = models.CharField(max_length=10, choices=Form.choices)
    version_id = models.BigIntegerField(null=True)
    content_digest = models.BinaryField(null=True, max_length=32)
    digest = models.BinaryField(null=True, max_length=32)
    size_bytes = models.BigIntegerField(default=0)
    crc32 = models.BigIntegerField(default=0)
    media_type = models.CharField(max_length=100, default="")
    modified_at = InstantField()
    created_at = InstantField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["export_id", "folder", "name"], name="export_path_once"),
            models.UniqueConstraint(fields=["export_id", "ordinal"], name="export_ordinal_once"),
        ]


class OwnBytes(models.Model):
    """A piece of a file written by us, in order. It holds names and subjects, as the index does, and no content."""

    export_id = models.BigIntegerField()
    ordinal = models.BigIntegerField()
    piece = models.IntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export_id", "ordinal", "piece"], name="own_piece_once")]


class ExportedItem(models.Model):
    """What became of a collected item: exactly one fate. No foreign keys: hot.

    ``version_id`` is None where a rebuild didn't find the version: it was destroyed since, or is lost.
    """

    class Fate(models.TextChoices):
        """Collected = exported + duplicates + withheld + not exported."""

        EXPORTED = "exported", "Exported"
        DUPLICATE = "duplicate", "Duplicate of a named item"
        WITHHELD = "withheld", "Withheld by decision"
        NOT_EXPORTED = "not_exported", "Not exported"

    export_id = models.BigIntegerField()
    version_id = models.BigIntegerField(null=True, db_index=True)
    control_number = models.BigIntegerField(null=True)
    fate = models.CharField(max_length=12, choices=Fate.choices)
    reason = models.CharField(max_length=200, default="", blank=True)
    same_as_version_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export_id", "version_id"], name="exported_item_once")]
