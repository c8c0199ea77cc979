"""What a rebuild left behind: when it was, and what the archive didn't give."""

import legalhold.database.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journal', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='journalhead',
            name='losses',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='journalhead',
            name='losses_digest',
            field=models.CharField(blank=True, default='', max_length=64),
        ),
        migrations.AddField(
            model_name='journalhead',
            name='rebuilt_at',
            field=legalhold.database.fields.InstantField(null=True),
        ),
        migrations.RunPython(migrations.RunPython.noop),  # no way back: a backup is
    ]
