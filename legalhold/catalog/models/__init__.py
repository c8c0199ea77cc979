"""The catalog's rows: what is preserved, where its bytes are, and what keeps it. Knows nothing of holds or profiles."""

from legalhold.catalog.models.kept import KeptContent
from legalhold.catalog.models.packs import Content, ContentPart, ItemFacts, Pack, Part
from legalhold.catalog.models.pins import Pin, PinVersion
from legalhold.catalog.models.runs import CompactionRun, Tombstone
from legalhold.catalog.models.sources import GroupMember, Snapshot, Source, SourceCustodian
from legalhold.catalog.models.versions import LIVE, Folder, Version

__all__ = [
    "LIVE",
    "CompactionRun",
    "Content",
    "ContentPart",
    "Folder",
    "GroupMember",
    "ItemFacts",
    "KeptContent",
    "Pack",
    "Part",
    "Pin",
    "PinVersion",
    "Snapshot",
    "Source",
    "SourceCustodian",
    "Tombstone",
    "Version",
]
