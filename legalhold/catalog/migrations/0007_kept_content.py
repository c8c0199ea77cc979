"""Contents kept for rooms above, and the triggers that keep them."""

import legalhold.database.fields
from django.db import migrations, models

from legalhold.catalog import triggers


def install(_apps, schema_editor):
    triggers.install(connection=schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0006_known_versions")]

    operations = [
        migrations.CreateModel(
            name="KeptContent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content_id", models.BigIntegerField()),
                ("owner", models.CharField(db_index=True, max_length=80)),
                ("kept_at", legalhold.database.fields.InstantField()),
                ("ended_at", legalhold.database.fields.InstantField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)), fields=["content_id"], name="kept_content"
                    )
                ],
            },
        ),
        migrations.RunPython(install),  # no way back: a backup is
    ]
