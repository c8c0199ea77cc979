"""An export as a tree: rows of its frozen manifest, bytes out of the archive. Decides nothing: creation has decided all."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from exports.models import Export, ExportFile, OwnBytes
from exports.trees.names import clean
from exports.trees.node import ContentRef, Node, is_node_name
from exports.trees.unreadable import BytesUnreadable
from exports.trees.wrapping import as_shown
from exports.writers.zip64 import ZipFile
from legalhold.archive.errors import ArchiveError
from legalhold.catalog.reading import ContentDamaged, ContentUnknown, open_content
from legalhold.database import rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from legalhold.archive import Archive

OWN_PIECE_BYTES = 256 * 1024
FILES_AT_ONCE = 1_000
_ROW = """
    SELECT export_id, ordinal, name, form, size_bytes, content_digest FROM exports_exportfile
    WHERE export_id = %s AND folder = %s AND name = %s
"""


class _Row(NamedTuple):
    """What reading a file's bytes takes of its row; not a model, as a ZIP asks for it once a file."""

    export_id: int
    ordinal: int
    name: str
    form: str
    size_bytes: int
    content_digest: bytes | None


class ExportNotReady(Exception):
    """The export is still being created, or its creation was cut short; it can't be read."""


class ExportTree:
    """A ready export for readers; safe for threads, and the same until the export ends."""

    def __init__(self, *, export: Export, archive: Archive) -> None:
        if export.state != Export.State.READY:
            raise ExportNotReady(f"export {export.name!r} isn't ready; create it again under its name")
        self.export, self._archive = export, archive
        root = ExportFile.objects.get(export_id=export.pk, folder="", name="")
        self._root = _node(root, ())

    def lookup(self, path: tuple[str, ...]) -> Node | None:
        """Return the node at a path, None where there is none."""
        if not path:
            return self._root
        if not all(is_node_name(name) for name in path):
            return None
        row = ExportFile.objects.filter(export_id=self.export.pk, folder="/".join(path[:-1]), name=path[-1]).first()
        return _node(row, path) if row is not None else None

    def children(self, node: Node) -> Sequence[Node]:
        """Return a folder's nodes in the order of the export."""
        if not node.is_folder:
            return ()
        below = ExportFile.objects.filter(export_id=self.export.pk, folder="/".join(node.path)).exclude(name="")
        return [_node(row, (*node.path, row.name)) for row in below.order_by("ordinal")]

    def open(self, node: Node, *, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield a file's bytes. Raises ``BytesUnreadable`` where the archive can't give them."""
        row = _Row(*rows.fetch(_ROW, [self.export.pk, "/".join(node.path[:-1]), node.name])[0])
        end = row.size_bytes if stop is None else min(stop, row.size_bytes)
        try:
            yield from self._blocks(row, start, end)
        except (ArchiveError, ContentDamaged, ContentUnknown) as error:
            raise BytesUnreadable(f"{'/'.join(node.path)}: {error}") from error

    def files(self) -> Iterator[tuple[Node, int]]:
        """Yield every file in the order of the export, with the CRC-32 of its bytes."""
        last = -1
        shown = (
            ExportFile.objects.filter(export_id=self.export.pk).exclude(form=ExportFile.Form.FOLDER).order_by("ordinal")
        )
        while found := list(shown.filter(ordinal__gt=last)[:FILES_AT_ONCE]):
            for row in found:
                path = (*row.folder.split("/"), row.name) if row.folder else (row.name,)
                yield _node(row, path), row.crc32
            last = found[-1].ordinal

    def _blocks(self, row: _Row, start: int, stop: int) -> Iterator[bytes]:
        if row.form == ExportFile.Form.OWN:
            return _own_blocks(row, start, stop)
        digest = bytes(row.content_digest or b"")
        if row.form == ExportFile.Form.EXACT:
            return open_content(digest=digest, archive=self._archive, start=start, stop=stop)
        content = b"".join(open_content(digest=digest, archive=self._archive))
        return iter((as_shown(content=content)[start:stop],))


def zip_of(tree: ExportTree) -> ZipFile:
    """Return an export as one ZIP file whose size is known and whose bytes are the same each time."""
    export = tree.export
    digest = bytes(export.manifest_digest or b"").hex()
    node = tree.lookup(())
    assert node is not None
    return ZipFile(
        tree=tree, zone=ZoneInfo(export.zone), file_name=f"{clean(export.name)}.zip", etag=f"zip-{digest}",
        modified_at=node.modified_at,
    )  # fmt: skip


def _own_blocks(row: _Row, start: int, stop: int) -> Iterator[bytes]:
    pieces = range(start // OWN_PIECE_BYTES, -(-stop // OWN_PIECE_BYTES)) if start < stop else ()
    for number in pieces:
        piece = OwnBytes.objects.filter(export_id=row.export_id, ordinal=row.ordinal, piece=number).first()
        if piece is None:
            raise BytesUnreadable(f"{row.name}: piece {number} of it isn't in the database")
        offset = number * OWN_PIECE_BYTES
        yield bytes(piece.data)[max(0, start - offset) : stop - offset]


def _node(row: ExportFile, path: tuple[str, ...]) -> Node:
    digest = bytes(row.digest or b"").hex()
    return Node(
        path=path,
        is_folder=row.form == ExportFile.Form.FOLDER,
        size_bytes=row.size_bytes,
        modified_at=row.modified_at.astimezone(UTC),
        created_at=row.created_at.astimezone(UTC),
        etag=digest,
        content=ContentRef(digest) if digest else b"",
        media_type=row.media_type,
    )
