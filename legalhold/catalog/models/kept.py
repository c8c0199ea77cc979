"""Contents that stay though no version is made of them: what rooms above wrote into the archive for a rebuild."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from legalhold.database.fields import InstantField


class KeptContent(models.Model):
    """A reason to keep a content, as a pin is one to keep versions. Inserted or ended, never edited. No foreign keys: hot.

    ``owner`` reads ``export:<key>``…
    """

    content_id = models.BigIntegerField()
    owner = models.CharField(max_length=80, db_index=True)
    kept_at = InstantField()
    ended_at = InstantField(null=True)

    class Meta:
        indexes = [models.Index(fields=["content_id"], name="kept_content", condition=Q(ended_at__isnull=True))]
