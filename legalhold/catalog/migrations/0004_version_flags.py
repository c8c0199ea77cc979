"""A version's flags, as its first capture found them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_bounded_indexes'),
    ]

    operations = [
        # Without a default: SQLite would rebuild the table for one, and drop its triggers.
        migrations.AddField(
            model_name='version',
            name='flags',
            field=models.BinaryField(null=True),
        ),
        migrations.RunPython(migrations.RunPython.noop),  # no way back: a backup is
    ]
