"""Prints the newest snapshot of every source, item by item, as a program of its own: what `archives.py` times as listing."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "legalhold.conf.settings"
    import django

    django.setup()
    from legalhold.catalog.models import Snapshot, Source
    from legalhold.catalog.reading import listing

    for source in Source.objects.all():
        newest = Snapshot.objects.filter(source=source).order_by("-sequence").first()
        for version in listing(source_id=source.pk, sequence=newest.sequence):
            sys.stdout.write(f"{version.size_bytes} {version.folder.decode()}/{version.item_key.decode()}\n")


if __name__ == "__main__":
    main()
