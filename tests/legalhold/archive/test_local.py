"""What only a folder of files can do wrong: durability, exclusiveness, full disks, strays."""

import errno
import os
import resource
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from legalhold.archive import (
    LocalStore,
    ObjectExists,
    ObjectMissing,
    ObjectTruncated,
    StoreFailed,
    StoreFull,
    WriterStopped,
    failpoints,
)
from legalhold.archive.failpoints import FAILPOINTS
from legalhold.archive.store import durable


def test_files_and_folders_are_for_the_owner_alone(store):
    store.create(name="packs/ab/x", data=b"x")

    modes = {path.relative_to(store.root).as_posix(): path.stat().st_mode & 0o777 for path in store.root.rglob("*")}
    assert modes == {"packs": 0o700, "packs/ab": 0o700, "packs/ab/x": 0o600}
    assert store.root.stat().st_mode & 0o777 == 0o700


def test_root_is_made_with_its_parents(tmp_path):
    LocalStore(tmp_path / "a" / "b" / "c").create(name="x", data=b"x")

    assert (tmp_path / "a" / "b" / "c" / "x").read_bytes() == b"x"


def test_root_that_exists_may_be_below_a_folder_that_cannot_be_opened(tmp_path):
    (tmp_path / "above" / "root").mkdir(parents=True)
    opened = []
    real_open = os.open

    def open_and_note(path, flags, *rest):
        opened.append(Path(path))
        return real_open(path, flags, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", open_and_note)
        LocalStore(tmp_path / "above" / "root").create(name="x", data=b"x")

    assert tmp_path / "above" not in opened


@contextmanager
def noting_calls():
    """Note what makes a file durable, in order, as (call, file name)."""
    calls = []
    real = {name: getattr(os, name) for name in ("write", "fsync", "link", "unlink")}

    def name_of(descriptor):
        return Path(os.readlink(f"/proc/self/fd/{descriptor}")).name.partition("-")[0]

    def note(call, name):
        if (call, name) != (calls[-1] if calls else None):
            calls.append((call, name))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", lambda fd, data: (note("write", name_of(fd)), real["write"](fd, data))[1])
        patch.setattr(os, "fsync", lambda fd: (note("fsync", name_of(fd)), real["fsync"](fd))[1])
        patch.setattr(os, "link", lambda a, b, **more: (note("link", Path(b).name), real["link"](a, b, **more))[1])
        patch.setattr(
            os,
            "unlink",
            lambda path, **more: (note("unlink", Path(path).name.partition("-")[0]), real["unlink"](path, **more))[1],
        )
        yield calls


DURABLE_ORDER = [
    ("fsync", "store"),
    ("write", ".tmp"),
    ("fsync", ".tmp"),
    ("link", "x"),
    ("unlink", ".tmp"),
    ("fsync", "packs"),
]


def creation_calls(store):
    (store.root).mkdir()
    with noting_calls() as calls:
        store.create(name="packs/x", data=b"data")
    return calls


def test_object_is_flushed_before_its_name_and_its_name_before_the_return(store):
    assert creation_calls(store) == DURABLE_ORDER


def write_without_flush(path, data, mode):
    temporary, descriptor = durable._open_temporary(path, mode)
    os.write(descriptor, data)
    os.close(descriptor)
    return temporary


def write_in_place(*, path, data, mode=0o600):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    os.write(descriptor, data)
    os.fsync(descriptor)
    os.close(descriptor)
    durable.flush_folder(path.parent)


@pytest.mark.parametrize(
    ("target", "mutant"),
    [
        ("durable.flush_folder", lambda _: None),
        ("durable._write_temporary", write_without_flush),
        ("local.create_file", write_in_place),
    ],
)
def test_order_of_durability_sees_each_seeded_bug(store, monkeypatch, target, mutant):
    monkeypatch.setattr(f"legalhold.archive.store.{target}", mutant)

    assert creation_calls(store) != DURABLE_ORDER


def test_removal_is_flushed(store):
    store.create(name="packs/x", data=b"data")

    with noting_calls() as calls:
        store.delete(name="packs/x")

    assert calls == [("unlink", "x"), ("fsync", "packs")]


def test_folder_is_flushed_once_per_process(store):
    store.create(name="packs/x", data=b"1")

    with noting_calls() as calls:
        store.create(name="packs/y", data=b"2")

    assert [name for call, name in calls if call == "fsync"] == [".tmp", "packs"]


@pytest.mark.parametrize("failing", [".tmp", "packs", "store"])
def test_failed_flush_stops_the_writer(store, monkeypatch, failing):
    store.root.mkdir()
    real = os.fsync

    def fsync(descriptor):
        if Path(os.readlink(f"/proc/self/fd/{descriptor}")).name.startswith(failing):
            raise OSError(errno.EIO, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(WriterStopped, match=r"packs/x could not be flushed to disk .Input/output error"):
        store.create(name="packs/x", data=b"x")

    monkeypatch.setattr(os, "fsync", real)
    with pytest.raises(WriterStopped, match=r"packs/x could not"):
        store.create(name="packs/y", data=b"y")
    with pytest.raises(WriterStopped, match=r"packs/x could not"):
        store.delete(name="packs/x")
    assert "packs/y" not in set(store.names(prefix=""))
    assert list(store.strays()) == []


def test_failed_flush_after_a_removal_stops_the_writer(store, monkeypatch):
    store.create(name="x", data=b"x")
    monkeypatch.setattr(os, "fsync", lambda _fd: (_ for _ in ()).throw(OSError(errno.EIO, "Input/output error")))

    with pytest.raises(WriterStopped, match=r"x could not be flushed"):
        store.delete(name="x")


def test_no_room_is_told_and_leaves_nothing(store):
    store.create(name="packs/small", data=b"x")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(StoreFull, match=f"no room at {store.root} for packs/large "):
            store.create(name="packs/large", data=bytes(10_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert list(store.names(prefix="")) == ["packs/small"]
    assert list(store.strays()) == []
    store.create(name="packs/large", data=bytes(10_000))


def test_full_disk_is_told(store, monkeypatch):
    monkeypatch.setattr(
        os, "write", lambda _fd, _data: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device"))
    )

    with pytest.raises(
        StoreFull, match=f"^no room at {store.root} for packs/x .No space left on device.: free some space"
    ):
        store.create(name="packs/x", data=b"x")


def test_short_writes_are_continued(store, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, bytes(data)[:3]))

    store.create(name="x", data=b"0123456789")

    assert store.read(name="x") == b"0123456789"


def test_short_reads_are_continued(store, monkeypatch):
    store.create(name="x", data=b"0123456789")
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, count, offset: real(fd, min(count, 3), offset))

    assert store.read(name="x", offset=1) == b"123456789"


def test_file_that_shrinks_while_it_is_read_is_told(store, monkeypatch):
    store.create(name="x", data=b"0123456789")
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, count, offset: real(fd, count, offset)[:4] if offset == 0 else b"")

    with pytest.raises(ObjectTruncated, match=r"x ends 6 bytes short of byte 10"):
        store.read(name="x")


def test_object_below_another_cannot_be_stored(store):
    store.create(name="packs", data=b"x")

    with pytest.raises(StoreFailed, match=f"^{store.root}/packs/a can't be stored"):
        store.create(name="packs/a", data=b"x")


def test_object_named_like_a_folder_cannot_be_stored(store):
    store.create(name="packs/a", data=b"x")

    with pytest.raises(ObjectExists):
        store.create(name="packs", data=b"x")


def test_refusal_of_the_system_names_the_object(store, monkeypatch):
    store.create(name="packs/a", data=b"x")
    monkeypatch.setattr(
        os, "link", lambda _a, _b: (_ for _ in ()).throw(OSError(errno.EPERM, "Operation not permitted"))
    )

    with pytest.raises(StoreFailed, match=f"^{store.root}/packs/b: Operation not permitted"):
        store.create(name="packs/b", data=b"x")

    assert list(store.strays()) == []


def test_folder_that_cannot_be_listed_is_told(store, monkeypatch):
    monkeypatch.setattr(
        os, "scandir", lambda _path: (_ for _ in ()).throw(PermissionError(errno.EACCES, "Permission denied"))
    )

    with pytest.raises(StoreFailed, match=r"can't be listed: Permission denied"):
        list(store.names(prefix=""))


def test_strays_are_reported_and_are_no_names(store):
    store.create(name="packs/ab/x", data=b"x")
    (store.root / "packs" / "ab" / ".tmp-y-1-1").write_bytes(b"half")
    (store.root / "Lost Found").mkdir()
    (store.root / "Lost Found" / "z").write_bytes(b"")

    assert list(store.names(prefix="")) == ["packs/ab/x"]
    assert list(store.strays()) == ["Lost Found", "packs/ab/.tmp-y-1-1"]
    with pytest.raises(ObjectMissing):
        store.read(name="packs/ab/y")


def test_what_is_left_of_writing_is_named_with_its_age_and_discarded(store):
    store.create(name="packs/ab/x", data=b"x")
    left = store.root / "packs" / "ab" / ".tmp-y-1-1"
    left.write_bytes(b"half")
    os.utime(left, (5, 1000))
    for name in ("Lost", ".tmp-y", ".tmp-y-1-z"):
        (store.root / "packs" / name).write_bytes(b"somebody's")
    (store.root / "packs" / ".tmp-folder-1-1").mkdir()

    found = list(store.unfinished())
    for _ in range(2):
        store.discard(unfinished=found[0])

    assert found == [("packs/ab/.tmp-y-1-1", 1000.0)]
    assert list(store.strays()) == ["packs/.tmp-folder-1-1", "packs/.tmp-y", "packs/.tmp-y-1-z", "packs/Lost"]
    assert store.read(name="packs/ab/x") == b"x"


def test_file_that_is_gone_while_it_is_looked_for_is_not_named(store, monkeypatch):
    (store.root / "packs").mkdir(parents=True)
    monkeypatch.setattr(store, "strays", lambda: iter(["packs/.tmp-x-1-1"]))

    assert list(store.unfinished()) == []


def test_deleting_leaves_nothing_of_the_writing_either(store):
    """A crash after the link leaves a second name for all bytes; another object's is left alone."""
    store.create(name="packs/x", data=b"x")
    os.link(store.root / "packs/x", store.root / "packs/.tmp-x-1-1")
    for name in (".tmp-x-1-2", ".tmp-x-1-3-4", ".tmp-y-1-1"):
        (store.root / "packs" / name).write_bytes(b"half")

    store.delete(name="packs/x")
    store.delete(name="packs/x")

    assert list(store.strays()) == ["packs/.tmp-x-1-3-4", "packs/.tmp-y-1-1"]


def test_what_is_left_of_an_object_that_was_never_there_is_deleted(store):
    (store.root / "packs").mkdir(parents=True)
    (store.root / "packs" / ".tmp-x-1-1").write_bytes(b"half")

    store.delete(name="packs/x")

    assert list(store.strays()) == []


@pytest.mark.parametrize(("failpoint", "is_stored"), [("store.before_link", False), ("store.after_link", True)])
def test_writer_whose_temporary_file_was_removed_leaves_whole_objects_only(store, failpoint, is_stored):
    (store.root / "packs").mkdir(parents=True)
    failpoints.arm(name=failpoint, action=lambda: [path.unlink() for path in (store.root / "packs").glob(".tmp-*")])
    try:
        with nullcontext() if is_stored else pytest.raises(StoreFailed):
            store.create(name="packs/x", data=b"x")
    finally:
        failpoints.disarm()

    assert list(store.names(prefix="")) == ["packs/x"] * is_stored


def test_stray_of_an_earlier_process_with_our_id_is_no_obstacle(store, monkeypatch):
    (store.root / "packs").mkdir(parents=True)
    (store.root / "packs" / f".tmp-x-{os.getpid()}-7").write_bytes(b"half")
    monkeypatch.setattr(durable, "_counter", iter([7, 8]))

    store.create(name="packs/x", data=b"whole")

    assert store.read(name="packs/x") == b"whole"


CRASH = """
import sys
from pathlib import Path
from legalhold.archive import LocalStore
from legalhold.archive.failpoints import arm
store = LocalStore(Path(sys.argv[1]))
arm(name=sys.argv[2])
store.create(name="packs/x", data=b"0123456789")
store.delete(name="packs/x")
"""

# after the crash: the object's bytes, if it is there, and how many strays
AFTER_CRASH = {
    "store.before_write": (None, 1),
    "store.mid_write": (None, 1),
    "store.before_fsync": (None, 1),
    "store.before_link": (None, 1),
    "store.after_link": (b"0123456789", 1),
    "store.before_folder_fsync": (b"0123456789", 0),
    "store.after_create": (b"0123456789", 0),
    "store.before_unlink": (b"0123456789", 0),
    "store.after_unlink": (None, 0),
}


@pytest.mark.parametrize("failpoint", [name for name in FAILPOINTS if name.startswith("store.")])
def test_killed_writer_leaves_a_whole_object_or_none(store, failpoint):
    result = subprocess.run(
        [sys.executable, "-c", CRASH, str(store.root), failpoint], check=False, cwd=Path(__file__).parents[3]
    )

    assert result.returncode == -9
    names = list(store.names(prefix=""))
    found = store.read(name="packs/x") if names else None
    assert (found, len(list(store.strays()))) == AFTER_CRASH[failpoint]
    if found is None:
        store.create(name="packs/x", data=b"again")
