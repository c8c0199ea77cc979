"""The key hierarchy: the master key, which opens group keys, which open the keys of packs. Knows no pack's format."""

from legalhold.archive.keys.group import GroupKey, GroupNameUnusable
from legalhold.archive.keys.master import (
    MasterKey,
    MasterKeyExists,
    MasterKeyMissing,
    MasterKeyUnusable,
    create_master_key,
    load_master_key,
)
from legalhold.archive.keys.ring import GroupKeyMissing, KeyDamaged, KeyRing, KeysMissing, MasterKeyWrong

__all__ = [
    "GroupKey",
    "GroupKeyMissing",
    "GroupNameUnusable",
    "KeyDamaged",
    "KeyRing",
    "KeysMissing",
    "MasterKey",
    "MasterKeyExists",
    "MasterKeyMissing",
    "MasterKeyUnusable",
    "MasterKeyWrong",
    "create_master_key",
    "load_master_key",
]
