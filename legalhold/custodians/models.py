"""People whose data may be held, their addresses over time, and groups of them."""

from __future__ import annotations

import uuid

from django.db import models

from legalhold.database.fields import InstantField
from legalhold.matters.models import Matter


class Custodian(models.Model):
    """A natural person; survives renames and leaving. ``merged_into`` is set when two rows turn out to be one person."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    employee_id = models.CharField(max_length=100, null=True, unique=True)  # noqa: DJ001 unique where it is known
    name = models.CharField(max_length=200)
    department = models.CharField(max_length=200, default="", blank=True)
    left_on = models.DateField(null=True)
    created_at = InstantField()
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name


class CustodianAddress(models.Model):
    """An e-mail address a custodian had from one time to another; lower case. Two people may have had the same one."""

    custodian = models.ForeignKey(Custodian, on_delete=models.PROTECT, related_name="addresses")
    address = models.CharField(max_length=320, db_index=True)
    from_at = InstantField(null=True)
    to_at = InstantField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["custodian", "address"], name="custodian_address_once")]


class Group(models.Model):
    """People by attribute or list; who belongs to it over time is recorded in the catalog."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    created_at = InstantField()

    def __str__(self) -> str:
        return self.name


class MatterCustodian(models.Model):
    """A custodian's part in a matter."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="+")
    custodian = models.ForeignKey(Custodian, on_delete=models.PROTECT, related_name="+")
    added_at = InstantField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "custodian"], name="matter_custodian_once")]
