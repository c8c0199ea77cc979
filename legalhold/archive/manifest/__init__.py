"""What a snapshot added and closed, as chunks that are stored as MANIFEST parts. See docs/format/manifest.md."""

from legalhold.archive.manifest.decoding import decode_manifest
from legalhold.archive.manifest.encoding import encode_manifest
from legalhold.archive.manifest.rows import AddedRow, ClosedRow, ListedFolder, ManifestDamaged, SnapshotManifest

__all__ = [
    "AddedRow",
    "ClosedRow",
    "ListedFolder",
    "ManifestDamaged",
    "SnapshotManifest",
    "decode_manifest",
    "encode_manifest",
]
