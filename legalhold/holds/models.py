"""Holds and what they reach. A hold is never deleted; what it protects is written down as pins in the catalog."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from legalhold.catalog.models import Source
from legalhold.custodians.models import Custodian, Group
from legalhold.database.fields import InstantField
from legalhold.matters.models import Matter


class Hold(models.Model):
    """A legal hold in a matter. From ``released`` its data stays protected until the release takes effect (``ended``)."""

    class State(models.TextChoices):
        """In order; no state is left backwards except by cancelling a release."""

        DRAFT = "draft", "Draft"
        IN_EFFECT = "in_effect", "In effect"
        RELEASED = "released", "Released"
        ENDED = "ended", "Ended"

    class Type(models.TextChoices):
        """Why organisations hold data."""

        LITIGATION = "litigation", "Litigation"
        INVESTIGATION = "investigation", "Investigation"
        REGULATORY = "regulatory", "Regulatory"
        AUDIT = "audit", "Audit"
        OTHER = "other", "Other"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    hold_type = models.CharField(max_length=20, choices=Type.choices, default=Type.LITIGATION)
    reason = models.TextField(default="", blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    drafted_at = InstantField()
    placed_at = InstantField(null=True)
    released_at = InstantField(null=True)
    ended_at = InstantField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "name"], name="hold_name_once_in_matter")]

    def __str__(self) -> str:
        return self.name


class HoldScope(models.Model):
    """What of each target is held: kinds (a bit mask over ``ItemKind``, 0 = every kind) and dates. Fixed once placed."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="scopes")
    kinds = models.BigIntegerField(default=0)
    dated_from = InstantField(null=True)
    dated_to = InstantField(null=True)


class HoldTarget(models.Model):
    """A custodian, a group or a non-custodial source on a hold. ``removed_at`` is set when a narrowing took effect."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="targets")
    custodian = models.ForeignKey(Custodian, null=True, on_delete=models.PROTECT, related_name="+")
    group = models.ForeignKey(Group, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = InstantField()
    removed_at = InstantField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="hold_target_is_one_thing",
                condition=(
                    Q(custodian__isnull=False, group=None, source=None)
                    | Q(custodian=None, group__isnull=False, source=None)
                    | Q(custodian=None, group=None, source__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(self.custodian or self.group or self.source)


class HoldRelease(models.Model):
    """Letting go of a hold, or of a part of it (a narrowing). It takes effect once the cooling-off has been counted.

    ``pin_keys`` are the pins that end; ``targets`` the ids of the ``HoldTarget`` rows they reach, all of them for a whole release.
    """

    class State(models.TextChoices):
        """A cancelled release changed nothing."""

        COOLING_OFF = "cooling_off", "Cooling off"
        CANCELLED = "cancelled", "Cancelled"
        EFFECTIVE = "effective", "Effective"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="releases")
    is_whole = models.BooleanField()
    target_ids = models.JSONField(default=list)
    pin_keys = models.JSONField(default=list)
    preview_digest = models.CharField(max_length=64)
    preview = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.COOLING_OFF)
    requested_by = models.CharField(max_length=200)
    requested_at = InstantField()
    cooling_off_us = models.BigIntegerField()
    began_counted_us = models.BigIntegerField()
    cancelled_at = InstantField(null=True)
    effective_at = InstantField(null=True)

    @property
    def earliest_at(self) -> datetime:
        """Before when it can't take effect: counted time never runs faster than the wall's."""
        requested_at: datetime = self.requested_at
        return requested_at + timedelta(microseconds=self.cooling_off_us)
