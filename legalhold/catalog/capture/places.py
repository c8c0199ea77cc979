"""Folders of a source as the catalog writes them: raw components joined by a slash, and a text to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from legalhold.connectors.keys import bounded_key
from legalhold.database import rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from legalhold.connectors import Folder


def path_of(folder: Folder) -> bytes:
    """Return the path of a folder's components; the root's is empty."""
    return b"/".join(folder)


def folder_of(path: bytes) -> Folder:
    """Return the components of a folder's path."""
    return tuple(path.split(b"/")) if path else ()


def display_of(raw: bytes) -> str:
    """Return a text to show for raw bytes: what isn't UTF-8 is replaced, NUL too (PostgreSQL's text can't hold it)."""
    return raw.decode("utf-8", "replace").replace("\x00", "\ufffd")


def folder_ids(*, source_id: int) -> dict[bytes, int]:
    """Return the ids of a source's folders by path."""
    found = rows.fetch("SELECT path, id FROM catalog_folder WHERE source_id = %s", [source_id])
    return {bytes(path): int(folder_id) for path, folder_id in found}


def ensure_folders(*, source_id: int, paths: Iterable[bytes]) -> None:
    """Insert the folders that the catalog doesn't know yet; joins the caller's transaction."""
    new = [(source_id, path, bounded_key(path), display_of(path)) for path in sorted(set(paths))]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO catalog_folder (source_id, path, path_key, display) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (source_id, path_key) DO NOTHING",
            new,
        )
