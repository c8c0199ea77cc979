"""One row of the counted clock for each boot: several machines may share a database."""

from django.db import migrations, models

import legalhold.database.fields


class Migration(migrations.Migration):
    dependencies = [("database", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="BootClock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("machine_id", models.CharField(max_length=64)),
                ("boot_id", models.CharField(max_length=64, unique=True)),
                ("counted_us", models.BigIntegerField(default=0)),
                ("wall_at", legalhold.database.fields.InstantField()),
                ("boottime_us", models.BigIntegerField(null=True)),
            ],
        ),
        # What was counted goes on; which machine it was isn't known.
        migrations.RunSQL(
            sql="INSERT INTO database_bootclock (machine_id, boot_id, counted_us, wall_at, boottime_us)"
            " SELECT '', boot_id, counted_us, wall_at, boottime_us FROM database_countedclock WHERE wall_at IS NOT NULL",
        ),
        migrations.DeleteModel(name="CountedClock"),
    ]
