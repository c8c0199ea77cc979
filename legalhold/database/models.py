"""The rows that order and time everything else: the guard's epoch and what each boot's clock has shown."""

from __future__ import annotations

from django.db import models

from legalhold.database.fields import InstantField


class Guard(models.Model):
    """The one row whose epoch counts acts that widen protection (see ``guard``)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"epoch {self.epoch}"


class BootClock(models.Model):
    """What one boot of one machine has shown at its last reading; the counted clock is the largest (see ``counted``).

    ``boottime_us`` is empty until the first reading is taken down.
    """

    machine_id = models.CharField(max_length=64)
    boot_id = models.CharField(max_length=64, unique=True)
    counted_us = models.BigIntegerField(default=0)
    wall_at = InstantField()
    boottime_us = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.counted_us} µs counted"
