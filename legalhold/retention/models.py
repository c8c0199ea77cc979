"""How long snapshots are kept, and for whom."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from legalhold.catalog.models import Source
from legalhold.custodians.models import Custodian, Group
from legalhold.database.fields import InstantField


class RetentionProfile(models.Model):
    """Keep all snapshots for N days, then weekly, monthly and yearly ones; at least the last N whatever their age.

    ``week_starts_on`` counts from Monday = 0 (6 is Sunday). ``graduates`` says which snapshot of a period is kept.
    ``capture_every_hours`` is how often sources are to be captured, 0 for no interval.
    """

    class Graduates(models.TextChoices):
        """The oldest of a period is what comparable products keep by default."""

        OLDEST = "oldest", "Oldest"
        LATEST = "latest", "Latest"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    keep_all_days = models.PositiveIntegerField(default=90)
    weekly_weeks = models.PositiveIntegerField(default=0)
    monthly_months = models.PositiveIntegerField(default=0)
    yearly_years = models.PositiveIntegerField(default=0)
    keep_last = models.PositiveIntegerField(default=1)
    week_starts_on = models.PositiveSmallIntegerField(default=6)
    graduates = models.CharField(max_length=6, choices=Graduates.choices, default=Graduates.OLDEST)
    zone = models.CharField(max_length=64, default="UTC")
    capture_every_hours = models.PositiveIntegerField(default=0)
    is_default = models.BooleanField(default=False)
    set_at = InstantField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="profile_keeps_the_newest", condition=Q(keep_last__gte=1)),
            models.UniqueConstraint(name="one_default_profile", fields=["is_default"], condition=Q(is_default=True)),
        ]

    def __str__(self) -> str:
        return self.name


class ProfileAssignment(models.Model):
    """Whom a profile is for. The narrowest wins: source, then custodians, then their groups, then the default."""

    profile = models.ForeignKey(RetentionProfile, on_delete=models.PROTECT, related_name="assignments")
    source = models.OneToOneField(Source, null=True, on_delete=models.PROTECT, related_name="+")
    custodian = models.OneToOneField(Custodian, null=True, on_delete=models.PROTECT, related_name="+")
    group = models.OneToOneField(Group, null=True, on_delete=models.PROTECT, related_name="+")
    assigned_at = InstantField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="assignment_is_for_one_thing",
                condition=(
                    Q(source__isnull=False, custodian=None, group=None)
                    | Q(source=None, custodian__isnull=False, group=None)
                    | Q(source=None, custodian=None, group__isnull=False)
                ),
            ),
        ]
