"""Packs written and read, and every byte of them under attack."""

import random as randomness
import re
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legalhold.archive import (
    ArchiveError,
    ContentSummary,
    GroupKeyMissing,
    KeyRing,
    NewPart,
    ObjectMissing,
    PackDamaged,
    PackReader,
    PackWriter,
    PartDamaged,
    PartKind,
    PartReader,
    encode_recipe,
    new_pack_name,
    verify_pack,
    walk_packs,
)
from legalhold.archive.compression import compress
from legalhold.archive.packs import layout, reader, verify

TEXT = b"Please keep this message. " * 40
NOISE = randomness.Random(1).randbytes(300)


def data_part(data):
    return PartKind.DATA, sha256(data).digest(), data


RECIPE = ContentSummary(sha256(b"whole").digest(), 2000, 7, (sha256(TEXT).digest(), sha256(NOISE).digest()))
PARTS = (
    data_part(TEXT),
    data_part(NOISE),
    data_part(b""),
    (PartKind.RECIPE, RECIPE.digest, encode_recipe(RECIPE)),
    (PartKind.MANIFEST, sha256(b"rows").digest(), b"rows"),
)


def read_all(store, keys, name, entries):
    return [PackReader(store=store, name=name, keys=keys).read(entry) for entry in entries]


def test_parts_are_read_back(store, keys, write_pack):
    name, entries = write_pack(*PARTS)

    pack = PackReader(store=store, name=name, keys=keys)

    assert pack.entries() == tuple(entries)
    assert [pack.read(entry) for entry in entries] == [data for _, _, data in PARTS]
    assert [(entry.kind, entry.digest, entry.raw_length) for entry in entries] == [
        (kind, digest, len(data)) for kind, digest, data in PARTS
    ]


def test_part_is_compressed_only_if_that_is_shorter(write_pack):
    _, entries = write_pack(*PARTS)

    assert entries[0].length < len(TEXT) // 4
    assert entries[1].length == len(NOISE) + 16
    assert entries[2].length == 16


def test_whole_pack_has_no_damage(store, keys, write_pack):
    name, _ = write_pack(*PARTS)

    assert verify_pack(store, keys, name, full=False) == []
    assert verify_pack(store, keys, name, full=True) == []


def test_empty_pack_is_read_back(store, keys, write_pack):
    name, _ = write_pack()

    assert PackReader(store=store, name=name, keys=keys).entries() == ()
    assert verify_pack(store, keys, name, full=True) == []


def test_nothing_of_the_parts_is_in_plain(store, group, write_pack):
    name, _ = write_pack(*PARTS)
    pack = store.read(name=name)

    assert NOISE[:16] not in pack
    assert b"message" not in pack
    assert sha256(TEXT).digest() not in pack
    assert group.secret not in pack


def test_pack_names_are_random_and_spread():
    random = randomness.Random(5).randbytes

    names = [new_pack_name(random) for _ in range(100)]

    assert len(set(names)) == 100
    assert all(name.startswith(f"packs/{name[9:11]}/") and len(name) == 41 for name in names)


def test_writing_is_deterministic(group):
    def write():
        random = randomness.Random(7).randbytes
        writer = PackWriter(name=new_pack_name(random), group=group, random=random)
        for kind, digest, data in PARTS:
            writer.add(kind=kind, digest=digest, data=data)
        return writer.finish()

    assert write() == write()


def test_each_pack_has_its_own_key(group, random):
    first, second = (PackWriter(name="packs/aa/aa", group=group, random=random) for _ in range(2))
    for writer in (first, second):
        writer.add(kind=PartKind.DATA, digest=sha256(NOISE).digest(), data=NOISE)

    assert first.finish()[8:300] != second.finish()[8:300]


# batches


def mail(count, size, seed=3):
    source = randomness.Random(seed)
    return [NewPart(*data_part(source.randbytes(size // 2) + b"a" * (size // 2))) for _ in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 9, 100])
def test_batch_gives_the_same_pack_as_one_part_after_another(group, count):
    parts = mail(count, 900)
    writers = [PackWriter(name="packs/aa/aa", group=group, random=randomness.Random(7).randbytes) for _ in range(2)]

    entries = writers[0].add_all(parts)
    single = tuple(writers[1].add(kind=part.kind, digest=part.digest, data=part.data) for part in parts)

    assert entries == single == writers[0].entries
    assert writers[0].finish() == writers[1].finish()


def test_batch_stops_when_the_pack_is_full(group, random):
    parts = mail(100, 1000)
    writer = PackWriter(name="packs/aa/aa", group=group, random=random, target_bytes=20_000)

    taken = writer.add_all(parts)

    assert writer.is_full
    assert [entry.digest for entry in taken] == [part.digest for part in parts[: len(taken)]]
    assert 20_000 <= taken[-1].offset + taken[-1].length < 20_000 + 1016
    assert writer.add_all(parts) == ()
    writer.add(kind=PartKind.DATA, digest=sha256(b"x").digest(), data=b"x")
    assert len(writer.entries) == len(taken) + 1


def test_second_batch_returns_its_own_entries(group, random):
    writer = PackWriter(name="packs/aa/aa", group=group, random=random)

    first, second = writer.add_all(mail(3, 100)), writer.add_all(mail(2, 100, seed=4))

    assert (len(first), len(second)) == (3, 2)
    assert writer.entries == first + second


def test_part_larger_than_the_target_is_taken_alone(group, random):
    writer = PackWriter(name="packs/aa/aa", group=group, random=random, target_bytes=1000)

    assert len(writer.add_all(mail(3, 5000))) == 1


def test_finished_writer_takes_nothing_more(group, random):
    writer = PackWriter(name="packs/aa/aa", group=group, random=random)
    writer.finish()

    with pytest.raises(AttributeError):
        writer.add(kind=PartKind.DATA, digest=sha256(b"x").digest(), data=b"x")


# damage


@pytest.fixture
def small_pack(store, write_pack, in_memory):
    """A small pack in memory: its store, name, entries and bytes."""
    name, entries = write_pack(data_part(b"held " * 30), data_part(NOISE[:40]), PARTS[3])
    return in_memory(store), name, entries, store.read(name=name)


def outcome(store, keys, name, expected):
    """Say "error" or "right"; wrong data fails."""
    try:
        pack = PackReader(store=store, name=name, keys=keys)
        read = [pack.read(entry) for entry in pack.entries()]
    except ArchiveError:
        return "error"
    assert read == expected
    return "right"


def flips(data):
    for position in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[position] ^= 1 << bit
            yield position, bytes(flipped)


def test_every_flipped_bit_is_found_by_verify_and_never_gives_wrong_data(keys, small_pack):
    memory, name, entries, whole = small_pack
    expected = read_all(memory, keys, name, entries)
    outcomes = {"error": 0, "right": 0}

    for _, data in flips(whole):
        memory.objects[name] = data
        assert verify_pack(memory, keys, name, full=False)
        outcomes[outcome(memory, keys, name, expected)] += 1

    # only the header isn't needed to read parts
    assert outcomes == {"error": 8 * (len(whole) - 8), "right": 8 * 8}


def test_every_truncation_is_found(keys, small_pack):
    memory, name, _, whole = small_pack

    for length in range(len(whole)):
        memory.objects[name] = whole[:length]
        assert len(verify_pack(memory, keys, name, full=False)) == 1
        with pytest.raises(PackDamaged, match=name):
            PackReader(store=memory, name=name, keys=keys)


@pytest.mark.parametrize("position", [0, 8, 50])
def test_inserted_bytes_are_found(keys, small_pack, position):
    memory, name, _, whole = small_pack
    memory.objects[name] = whole[:position] + b"more" + whole[position:]

    with pytest.raises(PackDamaged, match=r"bytes are missing or too many"):
        PackReader(store=memory, name=name, keys=keys)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.dictionaries(st.integers(0, 10_000), st.integers(1, 255), min_size=1), tail=st.binary(max_size=20))
def test_many_changed_bytes_never_give_wrong_data(keys, small_pack, edits, tail):
    memory, name, entries, whole = small_pack
    memory.objects[name] = whole
    expected = read_all(memory, keys, name, entries)
    data = bytearray(whole)
    for position, value in edits.items():
        data[position % len(data)] ^= value
    memory.objects[name] = bytes(data) + tail

    if bytes(data) + tail == whole:
        return
    assert verify_pack(memory, keys, name, full=False)
    outcome(memory, keys, name, expected)


def test_flipped_bits_escape_a_verify_that_does_not_check_every_byte(keys, small_pack, monkeypatch):
    memory, name, _, whole = small_pack
    monkeypatch.setattr(verify, "_check_tiling", lambda *_: [])

    escaped = 0
    for _, data in flips(whole[:20]):
        memory.objects[name] = data + whole[20:]
        escaped += not verify_pack(memory, keys, name, full=False)

    assert escaped == 8 * 8


def test_damage_names_pack_offset_and_part(keys, small_pack):
    memory, name, entries, whole = small_pack
    data = bytearray(whole)
    data[entries[1].offset + 3] ^= 1
    memory.objects[name] = bytes(data)

    with pytest.raises(
        PartDamaged, match=rf"{name} at byte {entries[1].offset}, part {entries[1].digest.hex()}: its bytes"
    ):
        PackReader(store=memory, name=name, keys=keys).read(entries[1])
    (found,) = verify_pack(memory, keys, name, full=False)
    assert (found.name, found.offset) == (name, entries[1].offset)


def test_part_of_another_pack_is_refused(store, keys, write_pack):
    first, entries = write_pack(data_part(NOISE))
    second, _ = write_pack(data_part(NOISE))
    pack = store.read(name=second)
    (store.root / first).write_bytes(
        store.read(name=first)[:8] + pack[8 : 8 + entries[0].length] + store.read(name=first)[8 + entries[0].length :]
    )

    with pytest.raises(PartDamaged):
        PackReader(store=store, name=first, keys=keys).read(entries[0])


def test_pack_under_another_name_is_refused(store, keys, write_pack):
    name, _ = write_pack(data_part(NOISE))
    store.create(name="packs/00/00", data=store.read(name=name))

    with pytest.raises(PackDamaged, match=r"packs/00/00: its wrapped key: its seal is broken"):
        PackReader(store=store, name="packs/00/00", keys=keys)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": PartKind.MANIFEST},
        {"digest": bytes(32)},
        {"offset": 9},
        {"length": 40},
        {"length": 15},
        {"length": 10_000},
        {"raw_length": 151},
        {"dictionary": 1},
    ],
)
def test_entry_that_is_not_the_parts_own_is_refused(keys, small_pack, change):
    memory, name, entries, _ = small_pack

    with pytest.raises(PartDamaged, match=name):
        PackReader(store=memory, name=name, keys=keys).read(entries[0]._replace(**change))


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


# whole archives


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


# the reader of parts


class CountingStore:
    """A store that counts its reads."""

    def __init__(self, store):
        self._store = store
        self.reads = 0

    def read(self, **arguments):
        self.reads += 1
        return self._store.read(**arguments)

    def __getattr__(self, name):
        return getattr(self._store, name)


def test_part_reader_keeps_keys_and_parts_within_bounds(store, keys, write_pack):
    name, entries = write_pack(data_part(b"a" * 60), data_part(b"b" * 60), data_part(b"c" * 200))
    counting = CountingStore(store)
    parts = PartReader(counting, keys, cache_bytes=100)

    reads = []
    for entry in (entries[0], entries[0], entries[1], entries[1], entries[0], entries[2], entries[2]):
        assert len(parts.read(pack=name, entry=entry)) == entry.raw_length
        reads.append(counting.reads)

    # the trailer is read once; two parts of 60 bytes don't fit together, one of 200 never does
    assert reads == [2, 2, 3, 3, 4, 5, 6]


def test_part_reader_tells_a_pack_that_is_gone(store, keys, write_pack):
    name, entries = write_pack(data_part(b"a" * 60), data_part(b"b" * 60))
    parts = PartReader(store, keys)
    parts.read(pack=name, entry=entries[0])
    store.delete(name=name)

    with pytest.raises(ObjectMissing, match=name):
        parts.read(pack=name, entry=entries[1])
    with pytest.raises(ObjectMissing, match=name):
        PartReader(store, keys).read(pack=name, entry=entries[0])


def test_part_reader_is_safe_for_threads(store, keys, write_pack):
    written = [write_pack(*(data_part(b"%d %d " % (pack, part) * 100) for part in range(20))) for pack in range(3)]
    wanted = [(name, entry) for name, entries in written for entry in entries] * 10
    parts = PartReader(store, keys, cache_bytes=3000)

    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda each: parts.read(pack=each[0], entry=each[1]), wanted))

    assert [sha256(data).digest() for data in read] == [entry.digest for _, entry in wanted]
