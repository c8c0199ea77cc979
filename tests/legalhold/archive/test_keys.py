import os
import subprocess
import sys
from pathlib import Path

import pytest

from legalhold.archive import (
    GroupKeyMissing,
    GroupNameUnusable,
    KeyDamaged,
    KeyRing,
    KeysMissing,
    MasterKey,
    MasterKeyExists,
    MasterKeyMissing,
    MasterKeyUnusable,
    MasterKeyWrong,
    ObjectExists,
    create_master_key,
    load_master_key,
)
from legalhold.archive.keys.group import KeyObjectDamaged, decode_key_object, encode_key_object, open_key_object
from legalhold.archive.sealing import SealBroken

OTHER = MasterKey(b"o" * 32)


def overwrite(store, name, data):
    (store.root / name).write_bytes(data)


# the master key


def test_created_master_key_is_loaded_again(tmp_path, random):
    path = tmp_path / "deep" / "keys" / "master.key"

    master = create_master_key(path, random=random)

    assert load_master_key(f"file:{path}", environ={}, archive_root=tmp_path / "archive") == master
    assert load_master_key("env:KEY", environ={"KEY": master.text()}) == master
    assert path.stat().st_mode & 0o777 == 0o400


def test_master_key_has_one_line_of_text():
    master = MasterKey(bytes(range(32)))

    assert master.text() == "LHMK1-" + bytes(range(32)).hex() + "-91267e8a"
    assert master.key_id.hex() == "5edf44527d9bae6d34f1706abc841247"
    assert "0102" not in repr(master)


def test_master_key_is_never_overwritten(tmp_path, random):
    create_master_key(tmp_path / "master.key", random=random)
    before = (tmp_path / "master.key").read_bytes()

    with pytest.raises(MasterKeyExists, match=r"master.key exists already"):
        create_master_key(tmp_path / "master.key", random=random)

    assert (tmp_path / "master.key").read_bytes() == before
    assert os.listdir(tmp_path) == ["master.key"]


def test_master_key_that_cannot_be_written_is_told(tmp_path, random):
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(MasterKeyUnusable, match=r"can't be written"):
        create_master_key(tmp_path / "file" / "master.key", random=random)


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_master_key_for_the_owner_alone_is_loaded(tmp_path, master, mode):
    (tmp_path / "k").write_text(f"  {master.text()}\n")
    (tmp_path / "k").chmod(mode)

    assert load_master_key(f"file:{tmp_path / 'k'}", environ={}) == master


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o644, 0o700])
def test_master_key_that_others_may_read_is_refused(tmp_path, master, mode):
    (tmp_path / "k").write_text(master.text())
    (tmp_path / "k").chmod(mode)

    with pytest.raises(MasterKeyUnusable, match=rf"k has mode {mode:04o}; .* chmod 0400"):
        load_master_key(f"file:{tmp_path / 'k'}", environ={})


def test_master_key_inside_the_archive_is_refused(tmp_path, master):
    (tmp_path / "archive").mkdir()
    (tmp_path / "k").write_text(master.text())
    (tmp_path / "archive" / "link").symlink_to(tmp_path / "k")
    (tmp_path / "archive" / "real").write_text(master.text())
    (tmp_path / "link").symlink_to(tmp_path / "archive" / "real")

    with pytest.raises(MasterKeyUnusable, match=r"inside the archive"):
        load_master_key(f"file:{tmp_path / 'link'}", environ={}, archive_root=tmp_path / "archive")


def test_master_key_missing_is_named(tmp_path):
    with pytest.raises(MasterKeyMissing, match=r"no master key at .*/nothing; without it"):
        load_master_key(f"file:{tmp_path}/nothing", environ={})
    with pytest.raises(MasterKeyMissing, match=r"environment has no KEY"):
        load_master_key("env:KEY", environ={})


def test_folder_is_no_master_key(tmp_path):
    with pytest.raises(MasterKeyUnusable, match=r"is not a file"):
        load_master_key(f"file:{tmp_path}", environ={})


def test_master_key_below_a_file_cannot_be_read(tmp_path):
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(MasterKeyUnusable, match=r"can't be read: Not a directory"):
        load_master_key(f"file:{tmp_path}/file/k", environ={})


@pytest.mark.parametrize("spec", ["", "file:", "env:", "kms:x", "/path"])
def test_place_of_another_form_is_refused(spec):
    with pytest.raises(MasterKeyUnusable, match=r"use file:PATH or env:NAME"):
        load_master_key(spec, environ={"": "x"})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "holds no master key"),
        ("LHMK1-00-00", "holds no master key"),
        (MasterKey(bytes(32)).text()[:-1], "holds no master key"),
        (MasterKey(bytes(32)).text().replace("0", "1", 1), "wrong digit"),
        (MasterKey(bytes(32)).text() + " x", "holds no master key"),
    ],
)
def test_text_that_is_no_master_key_is_refused(text, reason):
    with pytest.raises(
        MasterKeyUnusable, match=rf"environment's KEY {reason}|environment's KEY holds a master key with a {reason}"
    ):
        load_master_key("env:KEY", environ={"KEY": text})


# group keys


def test_group_keys_are_opened_again(store, master, keys, random):
    other = keys.create_group("journal", random=random)

    opened = KeyRing.open(store, master)

    assert opened.names() == ("journal", "organisation")
    assert opened.group("organisation") == keys.group("organisation")
    assert opened.group("journal") == other
    assert list(store.names(prefix="")) == [
        "keys/journal.000001.a",
        "keys/journal.000001.b",
        "keys/organisation.000001.a",
        "keys/organisation.000001.b",
    ]
    assert list(opened.damages()) == []


def test_no_secret_is_stored_or_printed(store, master, group):
    stored = b"".join(store.read(name=name) for name in store.names(prefix=""))

    assert group.secret not in stored
    assert master.secret not in stored
    assert repr(group.secret) not in repr(group)


def test_subkeys_differ_by_purpose(group):
    assert len({group.subkey(b"a"), group.subkey(b"b"), group.secret}) == 3


def test_other_master_key_is_told_from_damage(store, keys, master):
    with pytest.raises(
        MasterKeyWrong, match=rf"given .{OTHER.key_id.hex()}. doesn't open .* {master.key_id.hex()}; nothing"
    ):
        KeyRing.open(store, OTHER)


def test_archive_without_keys_is_told(store, master):
    (store.root / "keys").mkdir(parents=True)
    (store.root / "keys" / "readme").write_text("no key object")

    with pytest.raises(KeysMissing, match=r"no key objects"):
        KeyRing.open(store, master)


def test_group_is_created_once(keys, random):
    with pytest.raises(ObjectExists, match=r"organisation has a key already"):
        keys.create_group("organisation", random=random)


@pytest.mark.parametrize("name", ["", "A", "a.b", "a/b", "-a", "a" * 41])
def test_unusable_group_name_is_refused(keys, random, name):
    with pytest.raises(GroupNameUnusable):
        keys.create_group(name, random=random)


def test_unknown_group_is_named(store, keys, master):
    with pytest.raises(GroupKeyMissing, match=r"no key group 'x'; it has organisation"):
        keys.group("x")
    with pytest.raises(GroupKeyMissing, match=r"it has none"):
        KeyRing(store=store, master=master, groups={}).group("x")


@pytest.mark.parametrize("copy", ["a", "b"])
def test_every_flipped_bit_of_one_copy_is_seen_and_survived(store, in_memory, master, group, copy):
    memory = in_memory(store)
    name = f"keys/organisation.000001.{copy}"
    whole = store.read(name=name)
    for position in range(len(whole)):
        for bit in range(8):
            data = bytearray(whole)
            data[position] ^= 1 << bit
            memory.objects[name] = bytes(data)

            opened = KeyRing.open(memory, master)

            assert opened.group("organisation") == group
            assert [damage.name for damage in opened.damages()] == [name]


def test_truncated_copies_are_damage_and_not_another_master_key(store, master, keys):
    whole = store.read(name="keys/organisation.000001.a")
    for length in range(len(whole)):
        for copy in "ab":
            overwrite(store, f"keys/organisation.000001.{copy}", whole[:length])

        with pytest.raises(KeyDamaged, match=r"organisation can't be opened; .*000001.a: .*000001.b: "):
            KeyRing.open(store, master)


def test_key_object_under_another_name_is_refused(store, master, keys, random):
    keys.create_group("other", random=random)
    for copy in "ab":
        overwrite(store, f"keys/organisation.000001.{copy}", store.read(name="keys/other.000001.a"))

    with pytest.raises(KeyDamaged, match=r"its seal is broken"):
        KeyRing.open(store, master)
    assert [str(damage) for damage in keys.damages()] == [
        f"keys/organisation.000001.{copy} at byte 0: its seal is broken: the bytes were changed, or belong to another object"
        for copy in "ab"
    ]


def test_key_object_of_another_version_is_refused(group, master, random):
    data = encode_key_object(name="keys/g.000002", version=2, group=group, master=master, random=random)

    with pytest.raises(KeyObjectDamaged, match=r"version 2, stored under the name of version 1"):
        decode_key_object(name="keys/g.000001", version=1, data=data)


def test_key_object_of_a_later_format_is_refused(group, master, random, monkeypatch):
    monkeypatch.setattr("legalhold.archive.keys.group.FORMAT_VERSION", 2)
    data = encode_key_object(name="keys/g.000001", version=1, group=group, master=master, random=random)
    monkeypatch.undo()

    with pytest.raises(KeyObjectDamaged, match=r"no key object of a format known here"):
        decode_key_object(name="keys/g.000001", version=1, data=data)


def test_whole_key_object_opens(group, master, random):
    data = encode_key_object(name="keys/organisation.000007", version=7, group=group, master=master, random=random)

    stored = decode_key_object(name="keys/organisation.000007", version=7, data=data)

    assert open_key_object(stored=stored, group_name="organisation", master=master) == group


def test_missing_copy_is_reported_and_mended(store, master, keys, group):
    whole = store.read(name="keys/organisation.000001.b")
    (store.root / "keys" / "organisation.000001.b").unlink()

    opened = KeyRing.open(store, master)

    assert opened.group("organisation") == group
    assert [str(damage) for damage in opened.damages()] == ["keys/organisation.000001.b at byte 0: it is missing"]
    assert opened.mend() == ("keys/organisation.000001.b",)
    assert store.read(name="keys/organisation.000001.b") == whole
    assert list(opened.damages()) == []
    assert opened.mend() == ()


@pytest.mark.parametrize("copy", ["a", "b"])
def test_copy_that_the_disk_does_not_give_is_survived_and_reported(store, master, group, bad_sectors, copy):
    name = f"keys/organisation.000001.{copy}"

    ring = KeyRing.open(bad_sectors(name), master)

    assert ring.group("organisation") == group
    assert [str(damage) for damage in ring.damages()] == [f"{name} at byte 0: {name}: Input/output error"]


def test_damaged_copy_is_not_copied(store, master, keys, random):
    keys.rewrap(master, random=random)
    (store.root / "keys" / "organisation.000001.b").unlink()
    overwrite(store, "keys/organisation.000001.a", b"damaged")

    assert KeyRing.open(store, master).mend() == ()
    assert [damage.name for damage in keys.damages()] == ["keys/organisation.000001.a", "keys/organisation.000001.b"]


def test_rewrapped_keys_open_with_the_new_master_key_and_still_with_the_old(store, master, keys, group, random):
    ring = keys.rewrap(OTHER, random=random)

    assert KeyRing.open(store, OTHER).group("organisation") == group
    assert KeyRing.open(store, master).group("organisation") == group
    assert list(ring.damages()) == []
    assert list(store.names(prefix="keys/organisation.000002")) == [
        "keys/organisation.000002.a",
        "keys/organisation.000002.b",
    ]


REWRAP = """
import random, sys
from pathlib import Path
from legalhold.archive import KeyRing, LocalStore, MasterKey
from legalhold.archive.failpoints import arm
store = LocalStore(Path(sys.argv[1]))
keys = KeyRing.open(store, MasterKey(bytes(range(32))))
arm(name=sys.argv[2], nth=int(sys.argv[3]))
keys.rewrap(MasterKey(b"o" * 32), random=random.Random(9).randbytes)
"""


@pytest.mark.parametrize(
    ("failpoint", "nth"), [("keys.between_copies", 1), ("keys.between_copies", 2), ("store.before_link", 3)]
)
def test_rewrapping_cut_short_loses_no_key(store, master, keys, group, random, failpoint, nth):
    other = keys.create_group("journal", random=random)

    result = subprocess.run(
        [sys.executable, "-c", REWRAP, str(store.root), failpoint, str(nth)],
        check=False,
        cwd=Path(__file__).parents[3],
    )

    assert result.returncode == -9
    opened = KeyRing.open(store, master)
    assert (opened.group("organisation"), opened.group("journal")) == (group, other)
    opened.mend()
    assert list(opened.damages()) == []


# keys of packs


def test_pack_key_opens_only_for_its_pack_and_group(keys, group, random):
    other = keys.create_group("other", random=random)
    wrapped = keys.wrap_pack_key(group=group, pack="packs/aa/aa", key=b"k" * 32, random=random)

    assert keys.unwrap_pack_key(group_id=group.group_id, pack="packs/aa/aa", wrapped=wrapped) == b"k" * 32
    with pytest.raises(SealBroken):
        keys.unwrap_pack_key(group_id=group.group_id, pack="packs/bb/bb", wrapped=wrapped)
    with pytest.raises(SealBroken):
        keys.unwrap_pack_key(group_id=other.group_id, pack="packs/aa/aa", wrapped=wrapped)
    with pytest.raises(SealBroken):
        keys.unwrap_pack_key(group_id=group.group_id, pack="packs/aa/aa", wrapped=b"")
    with pytest.raises(GroupKeyMissing, match=r"packs/aa/aa is locked with a group key .7878"):
        keys.unwrap_pack_key(group_id=b"x" * 16, pack="packs/aa/aa", wrapped=wrapped)
