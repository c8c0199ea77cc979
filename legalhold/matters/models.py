"""Matters, the containers that access is granted on. Matters are closed, never deleted."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from legalhold.database.fields import InstantField


class Matter(models.Model):
    """A legal case or inquiry. ``holds_in_effect`` is written by holds, so that closing can be refused here."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    reference = models.CharField(max_length=100, default="", blank=True)
    zone = models.CharField(max_length=64, default="UTC")
    opened_at = InstantField()
    closed_at = InstantField(null=True)
    holds_in_effect = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="matter_closed_only_without_holds",
                condition=Q(closed_at__isnull=True) | Q(holds_in_effect=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MatterMember(models.Model):
    """Who may work on a matter."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    joined_at = InstantField()
    left_at = InstantField(null=True)

    def __str__(self) -> str:
        return f"{self.user} on {self.matter}"
