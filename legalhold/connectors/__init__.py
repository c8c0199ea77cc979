"""Reading data sources: folders and files as they lie on disk, item by item, bytes as they are.

Pure Python: knows no catalog and no archive, writes nothing, follows no symbolic link.
"""

from legalhold.connectors.connecting import FORMATS, connect
from legalhold.connectors.detection import FormatUnknown, SourceEmpty, SourceMissing, SourceNotReadable, detect_format
from legalhold.connectors.exclusions import ExclusionRule, Exclusions
from legalhold.connectors.items import (
    Connector,
    Excluded,
    FileOpened,
    Finding,
    Folder,
    FolderListed,
    ItemNotReadable,
    NotCaptured,
    Origin,
    RawItem,
)

__all__ = [
    "FORMATS",
    "Connector",
    "Excluded",
    "ExclusionRule",
    "Exclusions",
    "FileOpened",
    "Finding",
    "Folder",
    "FolderListed",
    "FormatUnknown",
    "ItemNotReadable",
    "NotCaptured",
    "Origin",
    "RawItem",
    "SourceEmpty",
    "SourceMissing",
    "SourceNotReadable",
    "connect",
    "detect_format",
]
