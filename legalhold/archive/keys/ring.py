"""The group keys of one archive, opened by its master key. Each is kept twice, in versions: the newest one opens."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from legalhold.archive.errors import ArchiveError, Damage
from legalhold.archive.failpoints import hit
from legalhold.archive.keys.group import (
    ID_BYTES,
    GroupKey,
    KeyObject,
    KeyObjectDamaged,
    check_group_name,
    decode_key_object,
    encode_key_object,
    open_key_object,
)
from legalhold.archive.keys.master import MasterKey
from legalhold.archive.sealing import KEY_BYTES, Random, seal, unseal
from legalhold.archive.store import ObjectExists, ObjectMissing, Store, StoreFailed

PREFIX = "keys/"
COPIES = ("a", "b")
PACK_KEY_BYTES = KEY_BYTES + 28
_PACK_KEYS = b"legalhold pack key"
_OBJECT = re.compile(r"keys/([a-z0-9][a-z0-9_-]*)\.([0-9]{6})\.([ab])")


class KeysMissing(ArchiveError):
    """There are no key objects: this is no archive, or its keys were lost."""


class MasterKeyWrong(ArchiveError):
    """The master key given isn't the one that this archive's keys were wrapped with."""


class KeyDamaged(ArchiveError):
    """Both copies of a group key are damaged."""


class GroupKeyMissing(ArchiveError):
    """Something names a key group that the archive has no key of."""


@dataclass(frozen=True, slots=True)
class _Found:
    group: str
    version: int
    copy: str

    @property
    def name(self) -> str:
        return _object_name(self.group, self.version)


class KeyRing:
    """Opens and wraps the keys of packs; safe for threads."""

    def __init__(self, *, store: Store, master: MasterKey, groups: Mapping[str, GroupKey]) -> None:
        self._store = store
        self._master = master
        self._groups = dict(groups)

    @classmethod
    def open(cls, store: Store, master: MasterKey) -> "KeyRing":
        """Open every group's newest version that this master key opens: a re-wrapping cut short leaves the older one.

        Raises KeysMissing, MasterKeyWrong and KeyDamaged.
        """
        found = sorted(_find(store), key=lambda each: (each.group, -each.version, each.copy))
        if not found:
            raise KeysMissing("the archive has no key objects; is this the right folder, and was all of it restored?")
        groups = {group: _open_group(store, master, group, found) for group in {each.group for each in found}}
        return cls(store=store, master=master, groups=groups)

    def group(self, name: str) -> GroupKey:
        """Return a group's key. Raises GroupKeyMissing."""
        if name not in self._groups:
            raise GroupKeyMissing(f"the archive has no key group {name!r}; it has {', '.join(self.names()) or 'none'}")
        return self._groups[name]

    def names(self) -> tuple[str, ...]:
        """Return the names of the key groups, sorted."""
        return tuple(sorted(self._groups))

    def create_group(self, name: str, *, random: Random) -> GroupKey:
        """Make a new group's key and store it twice. Raises ObjectExists when the group has one."""
        if name in self._groups:
            raise ObjectExists(f"the key group {name} has a key already")
        group = GroupKey(check_group_name(name), random(ID_BYTES), random(KEY_BYTES))
        self._write(group, version=1, random=random)
        self._groups[name] = group
        return group

    def rewrap(self, master: MasterKey, *, random: Random) -> "KeyRing":
        """Store every group's key again under another master key, as a new version; the older ones stay readable."""
        newest = {each.group: each.version for each in sorted(_find(self._store), key=lambda each: each.version)}
        ring = KeyRing(store=self._store, master=master, groups=self._groups)
        for name in self.names():
            ring._write(self._groups[name], version=newest[name] + 1, random=random)
        return ring

    def mend(self) -> tuple[str, ...]:
        """Store the copies again that are missing though the other is whole, and return their names."""
        present = {(each.name, each.copy): each for each in _find(self._store)}
        mended = []
        for (name, copy), whole in sorted(present.items()):
            missing = COPIES[1 - COPIES.index(copy)]
            if (name, missing) not in present and isinstance(_read(self._store, whole), KeyObject):
                self._store.create(name=f"{name}.{missing}", data=self._store.read(name=f"{name}.{copy}"))
                mended.append(f"{name}.{missing}")
        return tuple(mended)

    def damages(self) -> Iterator[Damage]:
        """Yield every copy of every version that is damaged or missing; the archive may still open."""
        found = list(_find(self._store))
        for group, version in sorted({(each.group, each.version) for each in found}):
            for copy in COPIES:
                read = _read(self._store, _Found(group, version, copy))
                if isinstance(read, KeyObject) and read.master_id != self._master.key_id:
                    continue  # an older version, under the master key of its time
                opened = _open(read, group, self._master)
                if isinstance(opened, str):
                    yield Damage(f"{_object_name(group, version)}.{copy}", 0, opened)

    def wrap_pack_key(self, *, group: GroupKey, pack: str, key: bytes, random: Random) -> bytes:
        """Return a pack's key wrapped under its group's, bound to the pack's name."""
        return wrap_pack_key(group=group, pack=pack, key=key, random=random)

    def unwrap_pack_key(self, *, group_id: bytes, pack: str, wrapped: bytes) -> bytes:
        """Return a pack's key. Raises GroupKeyMissing, SealBroken."""
        for group in self._groups.values():
            if group.group_id == group_id:
                return unseal(key=group.subkey(_PACK_KEYS), sealed=wrapped, bound_to=pack.encode())
        raise GroupKeyMissing(f"{pack} is locked with a group key ({group_id.hex()}) that this archive doesn't have")

    def _write(self, group: GroupKey, *, version: int, random: Random) -> None:
        name = _object_name(group.name, version)
        data = encode_key_object(name=name, version=version, group=group, master=self._master, random=random)
        self._store.create(name=f"{name}.{COPIES[0]}", data=data)
        hit("keys.between_copies")
        self._store.create(name=f"{name}.{COPIES[1]}", data=data)


def wrap_pack_key(*, group: GroupKey, pack: str, key: bytes, random: Random) -> bytes:
    """Return a pack's key wrapped under its group's, bound to the pack's name; PACK_KEY_BYTES long."""
    return seal(key=group.subkey(_PACK_KEYS), data=key, bound_to=pack.encode(), random=random)


def _object_name(group: str, version: int) -> str:
    return f"{PREFIX}{group}.{version:06d}"


def _find(store: Store) -> Iterator[_Found]:
    for name in store.names(prefix=PREFIX):
        match = _OBJECT.fullmatch(name)
        if match:
            yield _Found(match[1], int(match[2]), match[3])


def _read(store: Store, found: _Found) -> KeyObject | str:
    """Return a copy's fields, or what is wrong with it."""
    try:
        data = store.read(name=f"{found.name}.{found.copy}")
        return decode_key_object(name=found.name, version=found.version, data=data)
    except ObjectMissing:
        return "it is missing"
    except (KeyObjectDamaged, StoreFailed) as error:  # a sector that can't be read: the other copy may be whole
        return str(error)


def _open(read: KeyObject | str, group: str, master: MasterKey) -> GroupKey | str:
    """Return the group key of a copy, or what is wrong with it."""
    if isinstance(read, str):
        return read
    try:
        return open_key_object(stored=read, group_name=group, master=master)
    except KeyObjectDamaged as error:
        return str(error)


def _open_group(store: Store, master: MasterKey, group: str, found: list[_Found]) -> GroupKey:
    others: set[str] = set()
    reasons: list[str] = []
    for each in (each for each in found if each.group == group):
        read = _read(store, each)
        if isinstance(read, KeyObject) and read.master_id != master.key_id:
            others.add(read.master_id.hex())
            continue
        opened = _open(read, group, master)
        if isinstance(opened, GroupKey):
            return opened
        reasons.append(f"{each.name}.{each.copy}: {opened}")
    if others:
        raise MasterKeyWrong(
            f"the master key given ({master.key_id.hex()}) doesn't open the key group {group}, which was wrapped with "
            f"{' or '.join(sorted(others))}; nothing was changed. Set LEGALHOLD_MASTER_KEY to that key",
        )
    raise KeyDamaged(f"the key group {group} can't be opened; restore one of its copies. {'; '.join(reasons)}")
