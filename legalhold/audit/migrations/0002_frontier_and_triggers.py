"""What appending to the tree needs, and the triggers that refuse to change or remove what was recorded."""

from django.db import migrations, models

from legalhold.audit import triggers


def install(_apps, schema_editor):
    triggers.install(connection=schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='treehead',
            name='frontier',
            field=models.BinaryField(default=b''),
        ),
        migrations.RunPython(install),  # no way back: a backup is
    ]
