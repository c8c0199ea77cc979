"""An archive's pieces, each on real files, with randomness that is the same in every run."""

import pytest

from legalhold.archive import (
    KeyRing,
    LocalStore,
    MasterKey,
    ObjectMissing,
    ObjectTruncated,
    PackWriter,
    PartKind,
    StoreFailed,
    new_pack_name,
)


class MemoryStore:
    """Objects in memory that a test may change at will: thousands of damages a second."""

    def __init__(self, store):
        self.objects = {name: store.read(name=name) for name in store.names(prefix="")}

    def read(self, *, name, offset=0, length=None):
        if name not in self.objects:
            raise ObjectMissing(name)
        data = self.objects[name][offset : None if length is None else offset + length]
        if length is not None and len(data) != length:
            raise ObjectTruncated(name)
        return data

    def size(self, *, name):
        return len(self.read(name=name))

    def names(self, *, prefix):
        return iter(sorted(name for name in self.objects if name.startswith(prefix)))


class BadSectors(LocalStore):
    """A folder on a disk that can't read some of its files any more; which ones, ``unreadable`` tells."""

    unreadable: tuple[str, ...] = ()

    def read(self, *, name, offset=0, length=None):
        if name in self.unreadable:
            raise StoreFailed(f"{name}: Input/output error")
        return super().read(name=name, offset=offset, length=length)


@pytest.fixture
def bad_sectors(store):
    """Open the same folder again with files that can't be read."""

    def bad(*names):
        opened = BadSectors(store.root)
        opened.unreadable = names
        return opened

    return bad


@pytest.fixture
def in_memory():
    return MemoryStore


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "store")


@pytest.fixture
def master():
    return MasterKey(bytes(range(32)))


@pytest.fixture
def keys(store, master, random):
    ring = KeyRing(store=store, master=master, groups={})
    ring.create_group("organisation", random=random)
    return ring


@pytest.fixture
def group(keys):
    return keys.group("organisation")


@pytest.fixture
def write_pack(store, group, random):
    """Store a pack of (kind, digest, data) parts; return its name and entries."""

    def write(*parts):
        writer = PackWriter(name=new_pack_name(random), group=group, random=random)
        entries = [writer.add(kind=PartKind(kind), digest=digest, data=data) for kind, digest, data in parts]
        store.create(name=writer.name, data=writer.finish())
        return writer.name, entries

    return write
