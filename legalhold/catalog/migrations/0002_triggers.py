"""The columns and indexes that the gate needs, and the triggers that refuse what doesn't go through it."""

import legalhold.database.fields
from django.db import migrations, models

from legalhold.catalog import triggers


def install(_apps, schema_editor):
    triggers.install(connection=schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='tombstone',
            name='forgotten_at',
            field=legalhold.database.fields.InstantField(null=True),
        ),
        migrations.AddIndex(
            model_name='tombstone',
            index=models.Index(condition=models.Q(('forgotten_at__isnull', True)), fields=['destroyed_at'], name='tombstone_unforgotten'),
        ),
        migrations.AddIndex(
            model_name='snapshot',
            index=models.Index(condition=models.Q(('manifest_content__isnull', False)), fields=['manifest_content'], name='snapshot_manifest'),
        ),
        migrations.AddIndex(
            model_name='pin',
            index=models.Index(condition=models.Q(('ended_at__isnull', True), ('target', 'all')), fields=['target'], name='pin_everything'),
        ),
        migrations.RunPython(install),  # no way back: a backup is
    ]
