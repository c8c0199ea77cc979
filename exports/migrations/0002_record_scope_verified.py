"""An export's record in the archive, whether it tells its scope, and when it was last verified."""

import legalhold.database.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exports", "0001_initial")]

    operations = [
        migrations.AddField("export", "frozen_digest", models.BinaryField(max_length=32, null=True)),
        # Those that are there tell it.
        migrations.AddField("export", "shows_scope", models.BooleanField(default=True)),
        migrations.AlterField("export", "shows_scope", models.BooleanField(default=False)),
        migrations.AddField("export", "verified_at", legalhold.database.fields.InstantField(null=True)),
        migrations.AddField("export", "findings", models.BigIntegerField(null=True)),
        migrations.AlterField("exporteditem", "version_id", models.BigIntegerField(db_index=True, null=True)),
        migrations.RunPython(migrations.RunPython.noop),  # no way back: a backup is
    ]
