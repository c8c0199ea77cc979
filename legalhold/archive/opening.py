"""An archive as a whole: its store, keys, journal and parts. Knows no settings: they are passed in."""

from dataclasses import dataclass
from pathlib import Path

from legalhold.archive.errors import ArchiveError
from legalhold.archive.journal import JournalChain
from legalhold.archive.keys import GroupKey, KeyRing, KeysMissing, MasterKey
from legalhold.archive.packs import PartReader
from legalhold.archive.sealing import Random
from legalhold.archive.store import LocalStore, Store

ORGANISATION = "organisation"
"""The key group of everything captured: one deduplication domain."""
JOURNAL = "journal"
"""The journal has a key of its own: destroying an organisation's data mustn't destroy the record of it."""


class ArchiveExists(ArchiveError):
    """There are objects but no keys: new keys would never open them."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An opened archive; packs are written for `group`, with names and keys from `random`."""

    store: Store
    keys: KeyRing
    group: GroupKey
    journal: JournalChain
    parts: PartReader
    random: Random


def create_archive(*, root: Path, master: MasterKey, random: Random) -> Archive:
    """Make an archive's keys in a local folder and open it; what a crash left half made is completed.

    An archive that exists is opened. Raises ArchiveExists (objects without keys), MasterKeyWrong, KeyDamaged.
    """
    store = LocalStore(root)
    keys = _open_ring(store, master)
    for name in (JOURNAL, ORGANISATION):
        if name not in keys.names():
            _refuse_objects(store, name)
            keys.create_group(name, random=random)
    keys.mend()
    return _archive(store, keys, random)


def open_archive(*, root: Path, master: MasterKey, random: Random) -> Archive:
    """Open an archive in a local folder. Raises KeysMissing, MasterKeyWrong, KeyDamaged, GroupKeyMissing."""
    store = LocalStore(root)
    return _archive(store, KeyRing.open(store, master), random)


def _open_ring(store: Store, master: MasterKey) -> KeyRing:
    try:
        return KeyRing.open(store, master)
    except KeysMissing:
        return KeyRing(store=store, master=master, groups={})


def _refuse_objects(store: Store, group: str) -> None:
    """Packs and journal objects are written only once both keys exist, so with one of them a key must be lost."""
    for name in store.names(prefix=""):
        if not name.startswith("keys/"):
            raise ArchiveExists(f"{name} exists, but the key group {group} has no key; restore keys/ from a copy")


def _archive(store: Store, keys: KeyRing, random: Random) -> Archive:
    group = keys.group(ORGANISATION)
    journal = JournalChain(store=store, key=keys.group(JOURNAL))
    return Archive(store, keys, group, journal, PartReader(store, keys), random)
