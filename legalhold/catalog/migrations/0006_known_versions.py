"""What a run knew of when it ended, so that a later one notices rows that are missing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_more_is_kept")]

    operations = [
        migrations.AddField("compactionrun", "greatest_version", models.BigIntegerField(default=0)),
        migrations.AddField("compactionrun", "known_versions", models.BigIntegerField(default=0)),
        migrations.RunPython(migrations.RunPython.noop),  # no way back: a backup is
    ]
