"""The rows that order and time everything else: the guard's epoch and the counted clock."""

from __future__ import annotations

from django.db import models

from legalhold.database.fields import InstantField


class Guard(models.Model):
    """The one row whose epoch counts acts that widen protection (see ``guard``)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"epoch {self.epoch}"


class CountedClock(models.Model):
    """How much time has been shown to pass, by the slower of wall and boot-time clock (see ``counted``)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    counted_us = models.BigIntegerField(default=0)
    wall_at = InstantField(null=True)
    boot_id = models.CharField(max_length=64, default="")
    boottime_us = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.counted_us} µs counted"
