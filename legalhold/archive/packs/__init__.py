"""Packs: immutable files of parts, sealed under a key of their own. docs/format/pack.md gives every byte."""

from legalhold.archive.packs.layout import PackDamaged, PartDamaged, PartEntry, PartKind, new_pack_name
from legalhold.archive.packs.reader import PackReader, PartReader
from legalhold.archive.packs.verify import verify_pack, walk_packs
from legalhold.archive.packs.writer import NewPart, PackWriter

__all__ = [
    "NewPart",
    "PackDamaged",
    "PackReader",
    "PackWriter",
    "PartDamaged",
    "PartEntry",
    "PartKind",
    "PartReader",
    "new_pack_name",
    "verify_pack",
    "walk_packs",
]
