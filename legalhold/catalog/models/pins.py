"""Why versions must stay. Compaction reads pins and asks nobody above; whoever makes them says who owns them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from legalhold.catalog.models.sources import Source
from legalhold.custodians.models import Custodian, Group
from legalhold.database.fields import InstantField
from legalhold.matters.models import Matter


class Pin(models.Model):
    """A predicate over versions, or frozen rows. Inserted or ended, never edited.

    ``kinds`` is a bit mask over ``ItemKind`` (0 = every kind); ``owner`` reads ``hold:<key>``, ``export:<key>``…
    """

    class Target(models.TextChoices):
        """What the predicate matches on; ``frozen`` matches only its own ``PinVersion`` rows."""

        SOURCE = "source", "Source"
        CUSTODIAN = "custodian", "Custodian"
        GROUP = "group", "Group"
        ALL = "all", "Everything"
        FROZEN = "frozen", "Frozen rows"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    label = models.CharField(max_length=200)
    reason = models.TextField(default="", blank=True)
    owner = models.CharField(max_length=80, db_index=True)
    matter = models.ForeignKey(Matter, null=True, on_delete=models.PROTECT, related_name="+")
    target = models.CharField(max_length=10, choices=Target.choices)
    source = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="+")
    custodian = models.ForeignKey(Custodian, null=True, on_delete=models.PROTECT, related_name="+")
    group = models.ForeignKey(Group, null=True, on_delete=models.PROTECT, related_name="+")
    kinds = models.BigIntegerField(default=0)
    dated_from = InstantField(null=True)
    dated_to = InstantField(null=True)
    placed_at = InstantField()
    ended_at = InstantField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["target"], name="pin_everything", condition=Q(target="all", ended_at__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(
                name="pin_names_its_target",
                condition=(
                    Q(target="source", source__isnull=False, custodian=None, group=None)
                    | Q(target="custodian", custodian__isnull=False, source=None, group=None)
                    | Q(target="group", group__isnull=False, source=None, custodian=None)
                    | Q(target__in=("all", "frozen"), source=None, custodian=None, group=None)
                ),
            ),
        ]


class PinVersion(models.Model):
    """A version that a frozen pin names. No foreign keys: hot."""

    pin_id = models.BigIntegerField()
    version_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version_id", "pin_id"], name="pin_version_once")]
        indexes = [models.Index(fields=["pin_id"], name="pin_version_pin")]
