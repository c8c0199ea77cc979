"""What is really in an archive's packs, read from their decrypted footers, and what is left of destroyed items' words."""

from __future__ import annotations

from dataclasses import dataclass

from legalhold.archive import Archive, PackReader, PartKind, walk_packs
from legalhold.catalog.models import ItemFacts
from legalhold.review.models import IndexRow

TEXTS = ("subject", "sender", "addressees", "copied", "participants", "name", "filename", "words")


@dataclass(frozen=True, slots=True)
class Packed:
    """The digests of all contents and parts in the packs, the bytes of all manifests, and the size of the pack files."""

    digests: frozenset[str]
    manifests: bytes
    size_bytes: int


def read_packs(archive: Archive) -> Packed:
    """Open every pack; one that can't be opened fails the caller."""
    digests: set[str] = set()
    manifests = []
    for name, entries in walk_packs(archive.store, archive.keys):
        assert isinstance(entries, tuple), entries
        reader = PackReader(store=archive.store, name=name, keys=archive.keys)
        digests |= {entry.digest.hex() for entry in entries if entry.kind is not PartKind.MANIFEST}
        manifests += [reader.read(entry) for entry in entries if entry.kind is PartKind.MANIFEST]
    return Packed(frozenset(digests), b"\0".join(manifests), pack_bytes(archive))


def pack_bytes(archive: Archive) -> int:
    """Return the size of all pack files together."""
    return sum(archive.store.size(name=name) for name in archive.store.names(prefix="packs/"))


def indexed_words(versions: set[int] | None = None) -> set[str]:
    """Return the words of all index rows, or of those of some versions."""
    rows = IndexRow.objects.values_list("version_id", *TEXTS)
    return {
        word for pk, *texts in rows if versions is None or pk in versions for text in texts for word in text.split()
    }


def all_facts() -> str:
    """Return every text that facts of items hold."""
    return "\n".join(str(row).casefold() for row in ItemFacts.objects.values_list("subject", "sender", "message_id"))
