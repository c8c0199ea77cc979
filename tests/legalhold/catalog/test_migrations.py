"""What migrations do to rows that are there already."""

from __future__ import annotations

from importlib import import_module

from django.apps import apps

from legalhold.catalog.models import Folder
from legalhold.connectors.keys import bounded_key

LONG = b"n" * 5_000


def test_folders_get_the_keys_of_their_paths(db):
    for number, path in enumerate((b"", b"Inbox", LONG)):
        Folder.objects.create(source_id=1, path=path, path_key=b"%d" % number, display="")

    import_module("legalhold.catalog.migrations.0003_bounded_indexes").fill(apps, None)

    keys = {bytes(path): bytes(key) for path, key in Folder.objects.values_list("path", "path_key")}
    assert keys == {b"": b"", b"Inbox": b"Inbox", LONG: bounded_key(LONG)}
