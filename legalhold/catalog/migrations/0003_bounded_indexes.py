"""Names and paths of any length: what is indexed of them is bounded."""

from django.db import migrations, models
from django.db.models.functions import Substr

from legalhold.connectors.keys import bounded_key


def fill(apps, _schema_editor):
    folders = apps.get_model('catalog', 'Folder').objects
    for folder in folders.all().iterator():
        folders.filter(pk=folder.pk).update(path_key=bounded_key(bytes(folder.path)))


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_triggers'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='folder', name='folder_once'),
        migrations.RemoveIndex(model_name='version', name='version_browse'),
        migrations.AddField(
            model_name='folder',
            name='path_key',
            field=models.BinaryField(null=True),
        ),
        migrations.RunPython(fill),  # no way back: a backup is
        migrations.AlterField(
            model_name='folder',
            name='path_key',
            field=models.BinaryField(),
        ),
        migrations.AddConstraint(
            model_name='folder',
            constraint=models.UniqueConstraint(fields=('source_id', 'path_key'), name='folder_once'),
        ),
        migrations.AddIndex(
            model_name='version',
            index=models.Index('source_id', 'folder_id', Substr('name', 1, 200), 'first_seen', 'last_seen', name='version_browse'),
        ),
    ]
