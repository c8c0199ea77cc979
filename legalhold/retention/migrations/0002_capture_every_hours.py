"""How often a profile's sources are to be captured."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("retention", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="retentionprofile",
            name="capture_every_hours",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RunPython(migrations.RunPython.noop),  # no way back: a backup is
    ]
