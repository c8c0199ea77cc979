"""Triggers that refuse more: folders, tombstones and custody keep what they say, and ids change by no name."""

from django.db import migrations

from legalhold.catalog import triggers


def install(_apps, schema_editor):
    triggers.install(connection=schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_version_flags")]

    operations = [migrations.RunPython(install)]  # no way back: a backup is
