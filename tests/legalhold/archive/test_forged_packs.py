"""Packs whose seals are whole and whose words are wrong; and packs of a whole archive."""

import random as randomness
import re
from hashlib import sha256

import pytest

from legalhold.archive import (
    GroupKeyMissing,
    KeyRing,
    PackDamaged,
    PackReader,
    PackWriter,
    PartDamaged,
    PartKind,
    verify_pack,
    walk_packs,
)
from legalhold.archive.compression import compress
from legalhold.archive.packs import layout, reader
from tests.packed import TEXT, data_part


def forge(store, group, parts, change_entry=None):
    """Store a pack sealed under the right key by a writer with a bug: what no seal can tell."""
    writer = PackWriter(name="packs/fe/fe", group=group, random=randomness.Random(1).randbytes)
    for kind, digest, stored, raw_length in parts:
        writer._append(kind, digest, stored, raw_length)
    if change_entry:
        writer._entries[0] = change_entry(writer._entries[0])
    store.create(name="packs/fe/fe", data=writer.finish())
    return writer.entries


ZSTD_TEXT = bytes.fromhex("28b52ffd")


@pytest.mark.parametrize(
    ("kind", "stored", "raw_length", "reason"),
    [
        (PartKind.DATA, b"x" * 10, 10, "don't fit their digest"),
        (PartKind.DATA, b"x" * 10, 11, "can't be decompressed|don't announce"),
        (PartKind.DATA, ZSTD_TEXT, 11, "can't be decompressed|don't announce"),
        (PartKind.RECIPE, b"x" * 30, 30, "none of a format known"),
    ],
)
def test_sealed_nonsense_is_found_only_by_a_full_verify(store, keys, group, kind, stored, raw_length, reason):
    (entry,) = forge(store, group, [(kind, bytes(32), stored, raw_length)])

    assert verify_pack(store, keys, "packs/fe/fe", full=False) == []
    (found,) = verify_pack(store, keys, "packs/fe/fe", full=True)
    assert found.offset == entry.offset
    assert re.search(reason, found.reason)


def test_announced_length_is_checked_before_memory_is_taken(store, keys, group):
    bomb = compress(bytes(50_000_000))
    (entry,) = forge(store, group, [(PartKind.DATA, bytes(32), bomb, 4000)])

    with pytest.raises(PartDamaged, match=r"don't announce 4000 bytes"):
        PackReader(store=store, name="packs/fe/fe", keys=keys).read(entry)


def test_bytes_after_the_compressed_frame_are_refused(store, keys, group):
    (entry,) = forge(store, group, [(PartKind.DATA, sha256(TEXT).digest(), compress(TEXT) + b"more", len(TEXT))])

    with pytest.raises(PartDamaged, match=r"can't be decompressed"):
        PackReader(store=store, name="packs/fe/fe", keys=keys).read(entry)


def test_unknown_dictionary_is_told(store, keys, group):
    (entry,) = forge(store, group, [(PartKind.DATA, bytes(32), b"x", 1)])

    with pytest.raises(PartDamaged, match=r"needs dictionary 5"):
        reader.unpack_part(name="packs/fe/fe", entry=entry._replace(dictionary=5), stored=b"x")


@pytest.mark.parametrize(
    ("change", "offsets"),
    [
        (lambda entry: entry._replace(offset=9), [8, 32, 9]),
        (lambda entry: entry._replace(length=entry.length - 1), [30, 8]),
    ],
)
def test_footer_that_does_not_cover_every_byte_is_damage(store, keys, group, change, offsets):
    forge(store, group, [(PartKind.DATA, sha256(b"1234567").digest(), b"1234567", 7)], change_entry=change)

    assert sorted(found.offset for found in verify_pack(store, keys, "packs/fe/fe", full=True)) == sorted(set(offsets))


def test_footer_of_another_length_than_the_trailer_says_is_damage(store, keys, group, monkeypatch):
    monkeypatch.setattr(
        "legalhold.archive.packs.writer.encode_entries", lambda entries: layout.encode_entries(entries[1:])
    )
    forge(store, group, [(PartKind.DATA, bytes(32), b"x", 1), (PartKind.DATA, bytes(32), b"y", 1)])

    with pytest.raises(PackDamaged, match=r"lists 1 parts, the trailer says 2"):
        PackReader(store=store, name="packs/fe/fe", keys=keys).entries()


@pytest.mark.parametrize("footer", [b"x", layout.ENTRY.pack(99, bytes(32), 8, 17, 1, 0)])
def test_footer_that_is_no_list_of_parts_is_damage(store, keys, group, monkeypatch, footer):
    monkeypatch.setattr("legalhold.archive.packs.writer.encode_entries", lambda _: footer)
    forge(store, group, [(PartKind.DATA, bytes(32), b"x", 1)])

    with pytest.raises(PackDamaged, match=r"the footer is damaged"):
        PackReader(store=store, name="packs/fe/fe", keys=keys).entries()


def test_walk_yields_every_pack_with_its_parts_or_its_damage(store, keys, master, write_pack, random):
    names = sorted(write_pack(data_part(b"%d" % number))[0] for number in range(3))
    (store.root / names[1]).write_bytes(b"nothing")

    walked = dict(walk_packs(store, keys))

    assert list(walked) == names
    assert isinstance(walked[names[1]], PackDamaged)
    assert [len(walked[name]) for name in (names[0], names[2])] == [1, 1]


def test_walk_goes_on_after_a_pack_that_the_disk_does_not_give(store, keys, write_pack, bad_sectors):
    names = sorted(write_pack(data_part(b"%d" % number))[0] for number in range(3))

    walked = dict(walk_packs(bad_sectors(names[1]), keys))

    assert list(walked) == names
    assert isinstance(walked[names[1]], PackDamaged)
    assert str(walked[names[1]]) == f"{names[1]}: Input/output error"
    assert [len(walked[name]) for name in (names[0], names[2])] == [1, 1]


def test_pack_of_an_unknown_group_is_told_and_is_no_damage(store, keys, master, write_pack):
    name, _ = write_pack(data_part(b"x"))
    strangers = KeyRing(store=store, master=master, groups={})

    with pytest.raises(GroupKeyMissing):
        verify_pack(store, strangers, name, full=False)
    ((found, error),) = walk_packs(store, strangers)
    assert found == name
    assert str(error).startswith(f"{name} is locked with a group key")


def test_missing_pack_is_damage(store, keys):
    (found,) = verify_pack(store, keys, "packs/aa/aa", full=True)

    assert str(found) == "packs/aa/aa at byte 0: there is no object packs/aa/aa"
